// Branches (ARM DDI 0406C, A8.8.18, A8.8.25 to A8.8.29, A8.8.236; encodings A5.5, A6.2.6, A6.3.4). From Thumb to Thumb,
// bit 0 of a link is set; a branch within an IT block is its last instruction, so that no context goes with it.

import type { Builder, Node } from "../../ir/index.ts"
import { a32, t16, t32 } from "../encoding.ts"
import { A32, bxWritePC, exposePc, getR, pcOffset, setR, T32 } from "../registers.ts"
import { inItBlock, notLastInItBlock } from "../unpredictable.ts"

/** The address after the instruction, as a link from that instruction set. */
const link = (b: Builder, set: typeof A32 | typeof T32): Node => b.add(b.nextPc(), b.i32(set))

const to = (b: Builder, offset: Node): void => b.branch(b.add(b.pc(), offset))

/** B: branches, if its condition holds. A8.8.18 */
export const b = [
  a32({
    encoding: "A1",
    section: "A8.8.18",
    name: "b{cond}",
    bits: "cond 1010 imm24",
    args: "branch24",
    inlineGuard: true,
    semantics: (b, f) => to(b, b.imm(f.branch24)),
  }),
  t16({
    encoding: "T1",
    section: "A8.8.18",
    name: "b{cond}",
    bits: "1101 cond imm8",
    args: "branch8",
    where: { cond: (c) => c < 14 },
    inlineGuard: true,
    unpredictable: inItBlock,
    semantics: (b, f) => to(b, b.imm(f.branch8)),
  }),
  t16({
    encoding: "T2",
    section: "A8.8.18",
    name: "b{cond}",
    bits: "11100 imm11",
    args: "branch11",
    unpredictable: notLastInItBlock,
    semantics: (b, f) => to(b, b.imm(f.branch11)),
  }),
  t32({
    encoding: "T3",
    section: "A8.8.18",
    name: "b{cond}.w",
    bits: "11110 sbit cond imm6 10 j1 0 j2 imm11",
    args: "branch20",
    where: { cond: (c) => c < 14 },
    feature: "v6t2",
    inlineGuard: true,
    unpredictable: inItBlock,
    semantics: (b, f) => to(b, b.imm(f.branch20)),
  }),
  t32({
    encoding: "T4",
    section: "A8.8.18",
    name: "b{cond}.w",
    bits: "11110 sbit imm10 10 j1 1 j2 imm11",
    args: "branchT4",
    feature: "v6t2",
    unpredictable: notLastInItBlock,
    semantics: (b, f) => to(b, b.imm(f.branchT4)),
  }),
]

const isOne = (bit: number) => bit === 1

/** Before Thumb-2, BL and BLX reached less: halfwords that have 0 for J1 or J2 were other instructions (A8.8.25, A6.3.4). */
const REACHES = [
  { part: "from ARMv6T2", reach: { feature: "v6t2" } },
  { part: "before ARMv6T2", reach: { feature: "pre7", where: { j1: isOne, j2: isOne } } },
]

/** BL: branches, and leaves the address of the next instruction in lr. A8.8.25 */
export const bl = [
  a32({
    encoding: "A1",
    section: "A8.8.25",
    name: "bl{cond}",
    bits: "cond 1011 imm24",
    args: "branch24",
    semantics(b, f) {
      setR(b, 14, link(b, A32))
      to(b, b.imm(f.branch24))
    },
  }),
  ...REACHES.map(({ part, reach }) =>
    t32({
      encoding: `T1, ${part}`,
      section: "A8.8.25",
      name: "bl{cond}",
      bits: "11110 sbit imm10 11 j1 1 j2 imm11",
      args: "branchT4",
      ...reach,
      unpredictable: notLastInItBlock,
      semantics(b, f) {
        setR(b, 14, link(b, T32))
        to(b, b.imm(f.branchT4))
      },
    }),
  ),
]

/** BLX: the same, and changes the instruction set or lets a register choose it. A8.8.25, A8.8.26 */
export const blx = [
  a32({
    encoding: "A2",
    section: "A8.8.25",
    name: "blx",
    bits: "1111101 h imm24",
    args: "branch24h",
    semantics(b, f) {
      setR(b, 14, link(b, A32))
      b.branch(b.add(b.pc(), b.imm(f.branch24h)), b.i32(T32))
    },
  }),
  ...REACHES.map(({ part, reach }) =>
    t32({
      encoding: `T2, ${part}`,
      section: "A8.8.25",
      name: "blx{cond}",
      bits: "11110 sbit imm10 11 j1 0 j2 imm10l 0",
      args: "branchToA32",
      ...reach,
      unpredictable: notLastInItBlock,
      semantics(b, f) {
        setR(b, 14, link(b, T32))
        b.branch(b.add(b.and(b.pc(), b.i32(-4)), b.imm(f.branchToA32)), b.i32(A32))
      },
    }),
  ),
  a32({
    encoding: "A1",
    section: "A8.8.26",
    name: "blx{cond}",
    bits: "cond 00010010 (111111111111) 0011 rm",
    args: "rm",
    unpredictable: (v) => v["rm"] === 15,
    semantics(b, f) {
      const target = getR(b, f.rm)
      setR(b, 14, link(b, A32))
      bxWritePC(b, target)
    },
  }),
  t16({
    encoding: "T1",
    section: "A8.8.26",
    name: "blx{cond}",
    bits: "010001111 rm (000)",
    args: "rm",
    unpredictable: (v) => v["rm"] === 15 || notLastInItBlock(v),
    semantics(b, f) {
      const target = getR(b, f.rm)
      setR(b, 14, link(b, T32))
      bxWritePC(b, target)
    },
  }),
]

/** BX: branches to the address in a register, which chooses the instruction set. A8.8.27 */
export const bx = [
  a32({
    encoding: "A1",
    section: "A8.8.27",
    name: "bx{cond}",
    bits: "cond 00010010 (111111111111) 0001 rm",
    args: "rm",
    semantics(b, f) {
      exposePc(b, f.pc, A32)
      bxWritePC(b, getR(b, f.rm))
    },
  }),
  t16({
    encoding: "T1",
    section: "A8.8.27",
    name: "bx{cond}",
    bits: "010001110 rm (000)",
    args: "rm",
    unpredictable: notLastInItBlock,
    semantics(b, f) {
      exposePc(b, f.pc, T32)
      bxWritePC(b, getR(b, f.rm))
    },
  }),
]

/** BXJ: BX, on a CPU without Jazelle. A8.8.28 */
export const bxj = [
  a32({
    encoding: "A1",
    section: "A8.8.28",
    name: "bxj{cond}",
    bits: "cond 00010010 (111111111111) 0010 rm",
    args: "rm",
    unpredictable: (v) => v["rm"] === 15,
    semantics: (b, f) => bxWritePC(b, getR(b, f.rm)),
  }),
  t32({
    encoding: "T1",
    section: "A8.8.28",
    name: "bxj{cond}",
    bits: "111100111100 rm 10 (0) 0 (1111) (00000000)",
    args: "rm",
    feature: "v6t2",
    unpredictable: (v) => v["rm"]! === 13 || v["rm"] === 15 || notLastInItBlock(v),
    semantics: (b, f) => bxWritePC(b, getR(b, f.rm)),
  }),
]

/** CBZ, CBNZ: branch forward if a register is zero, or not. A8.8.29 */
export const cbz = t16({
  encoding: "T1",
  section: "A8.8.29",
  name: "cb{x?n}z",
  bits: "1011 x 0 i 1 imm5 ln",
  args: "ln, branchForward",
  feature: "v6t2",
  unpredictable: inItBlock,
  semantics(b, f) {
    const value = getR(b, f.ln)
    const offset = b.imm(f.branchForward)
    const test = f.x ? value : b.eqz(value)
    b.if(test, () => to(b, offset))
  },
})

/** TBB: branches forward by as many halfwords as a byte of a table says. A8.8.236 */
export const tbb = t32({
  encoding: "T1",
  section: "A8.8.236",
  name: "tbb{cond}",
  bits: "111010001101 rn (1111) (0000) 0000 rm",
  args: "[rn, rm]",
  feature: "v6t2",
  unpredictable: (v) => v["rn"] === 13 || v["rm"] === 13 || v["rm"] === 15 || notLastInItBlock(v),
  semantics(b, f) {
    exposePc(b, f.pc, T32)
    byTable(b, b.load(1, b.add(getR(b, f.rn), getR(b, f.rm))))
  },
})

/** TBH: branches forward by as many halfwords as a halfword of a table says. A8.8.236 */
export const tbh = t32({
  encoding: "T1",
  section: "A8.8.236",
  name: "tbh{cond}",
  bits: "111010001101 rn (1111) (0000) 0001 rm",
  args: "[rn, rm, lsl #1]",
  feature: "v6t2",
  unpredictable: (v) => v["rn"] === 13 || v["rm"] === 13 || v["rm"] === 15 || notLastInItBlock(v),
  semantics(b, f) {
    exposePc(b, f.pc, T32)
    byTable(b, b.load(2, b.add(getR(b, f.rn), b.shl(getR(b, f.rm), b.i32(1)))))
  },
})

/** Branches forward by halfwords, from the program counter as Thumb reads it. */
function byTable(b: Builder, halfwords: Node): void {
  to(b, b.add(b.shl(halfwords, b.i32(1)), b.i32(pcOffset[T32])))
}
