// Shifts and bit fields, formats I5, I7, I10 to I15 and I29 (Software Developer's Manual, volume 3, 4.3.1, 4.3.2, 4.3.8).

import type { Builder, Node, Operand } from "../ir/index.ts"
import { iUnit } from "./encoding.ts"
import { gr, illegal, setGr } from "./registers.ts"

/** An operand as an amount for shifts of i64. */
const amount = (b: Builder, operand: Operand): Node => b.extendU(b.imm(operand))

/** 63 minus the operand: the encodings hold positions so. */
const from63 = (b: Builder, operand: Operand): Node => b.sub(b.i64(63), amount(b, operand))

/** The low bits, one more than the operand tells. */
const lowBits = (b: Builder, lessOne: Operand): Node => b.shrU(b.i64(-1), from63(b, lessOne))

// Bits `mask << position` of `into` replaced; what would go past bit 63 is lost, as the manual clips the length.
function deposit(b: Builder, value: Node, into: Node, position: Node, mask: Node): Node {
  const place = b.shl(mask, position)
  return b.or(b.and(b.shl(value, position), place), b.and(into, b.not(place)))
}

const isShort = (b: Builder, count: Node): Node => b.ltU(count, b.i64(64))

/** shl: shifts a register left by a register. */
export const shl = iUnit({
  name: "shl",
  section: "4.3.1",
  encoding: "I7",
  bits: "0111 1 00 1 0 01 00 (0) r3 r2 r1 qp",
  args: "r1=r2,r3",
  semantics(b, f) {
    if (f.illegalR1) return illegal(b)
    const x = gr(b, f.r2)
    const count = gr(b, f.r3)
    const shifted = b.select(isShort(b, count.value), b.shl(x.value, count.value), b.i64(0))
    setGr(b, f.r1, shifted, b.or(x.nat, count.nat))
  },
})

/** shr.u, shr: shift a register right by a register, unsigned or signed. */
export const shr = [
  iUnit({
    name: "shr.u",
    section: "4.3.1",
    encoding: "I5",
    bits: "0111 1 00 1 0 00 00 (0) r3 r2 r1 qp",
    args: "r1=r3,r2",
    semantics(b, f) {
      if (f.illegalR1) return illegal(b)
      const x = gr(b, f.r3)
      const count = gr(b, f.r2)
      const shifted = b.select(isShort(b, count.value), b.shrU(x.value, count.value), b.i64(0))
      setGr(b, f.r1, shifted, b.or(x.nat, count.nat))
    },
  }),
  iUnit({
    name: "shr",
    section: "4.3.1",
    encoding: "I5",
    bits: "0111 1 00 1 0 00 10 (0) r3 r2 r1 qp",
    args: "r1=r3,r2",
    semantics(b, f) {
      if (f.illegalR1) return illegal(b)
      const x = gr(b, f.r3)
      const count = gr(b, f.r2)
      const by = b.select(isShort(b, count.value), count.value, b.i64(63))
      setGr(b, f.r1, b.shrS(x.value, by), b.or(x.nat, count.nat))
    },
  }),
]

/** shrp: shifts a pair of registers right and takes the low one. */
export const shrp = iUnit({
  name: "shrp",
  section: "4.3.2",
  encoding: "I10",
  bits: "0101 (0) 11 0 count6d r3 r2 r1 qp",
  args: "r1=r2,r3,count6d",
  semantics(b, f) {
    if (f.illegalR1) return illegal(b)
    const high = gr(b, f.r2)
    const low = gr(b, f.r3)
    const count = amount(b, f.count6d)
    // In two steps, for a count of 0 must lose all of the high register.
    const carried = b.shl(b.shl(high.value, b.i64(1)), b.sub(b.i64(63), count))
    setGr(b, f.r1, b.or(b.shrU(low.value, count), carried), b.or(high.nat, low.nat))
  },
})

/** extr, extr.u: extract a bit field, signed or unsigned. */
export const extr = iUnit({
  name: "extr{y?:.u}",
  section: "4.3.2",
  encoding: "I11",
  bits: "0101 (0) 01 0 len6d r3 pos6b y r1 qp",
  args: "r1=r3,pos6b,len6",
  semantics(b, f) {
    if (f.illegalR1) return illegal(b)
    const x = gr(b, f.r3)
    const position = amount(b, f.pos6b)
    if (f.y === 0) return setGr(b, f.r1, b.and(b.shrU(x.value, position), lowBits(b, f.len6d)), x.nat)
    // A field that reaches past bit 63 ends there.
    const above = b.sub(from63(b, f.len6d), position)
    const left = b.select(b.ltS(above, b.i64(0)), b.i64(0), above)
    setGr(b, f.r1, b.shrS(b.shl(x.value, left), b.add(left, position)), x.nat)
  },
})

/** dep.z: deposits a bit field of a register or an immediate into zeros. */
export const depZ = [
  iUnit({
    name: "dep.z",
    section: "4.3.2",
    encoding: "I12",
    bits: "0101 (0) 01 1 len6d 0 cpos6c r2 r1 qp",
    args: "r1=r2,pos6,len6",
    semantics(b, f) {
      if (f.illegalR1) return illegal(b)
      const x = gr(b, f.r2)
      setGr(b, f.r1, b.shl(b.and(x.value, lowBits(b, f.len6d)), from63(b, f.cpos6c)), x.nat)
    },
  }),
  iUnit({
    name: "dep.z",
    section: "4.3.2",
    encoding: "I13",
    bits: "0101 s 01 1 len6d 1 cpos6c imm7b r1 qp",
    args: "r1=imm8,pos6,len6",
    semantics(b, f) {
      if (f.illegalR1) return illegal(b)
      const value = b.and(b.extendS(b.imm(f.imm8)), lowBits(b, f.len6d))
      setGr(b, f.r1, b.shl(value, from63(b, f.cpos6c)), b.i32(0))
    },
  }),
]

/** dep: deposits a bit field of an immediate or a register into a register. */
export const dep = [
  iUnit({
    name: "dep",
    section: "4.3.2",
    encoding: "I14",
    bits: "0101 s 11 1 len6d r3 cpos6b (0) r1 qp",
    args: "r1=imm1,r3,pos6i,len6",
    semantics(b, f) {
      if (f.illegalR1) return illegal(b)
      const into = gr(b, f.r3)
      const value = b.extendS(b.imm(f.imm1))
      setGr(b, f.r1, deposit(b, value, into.value, from63(b, f.cpos6b), lowBits(b, f.len6d)), into.nat)
    },
  }),
  iUnit({
    name: "dep",
    section: "4.3.2",
    encoding: "I15",
    bits: "0100 cpos6d len4d r3 r2 r1 qp",
    args: "r1=r2,r3,pos6r,len4",
    semantics(b, f) {
      if (f.illegalR1) return illegal(b)
      const x = gr(b, f.r2)
      const into = gr(b, f.r3)
      const result = deposit(b, x.value, into.value, from63(b, f.cpos6d), lowBits(b, f.len4d))
      setGr(b, f.r1, result, b.or(x.nat, into.nat))
    },
  }),
]

const sizes = (xsize: number) => xsize < 3
const SIGN_EXTEND = ["i64.extend8S", "i64.extend16S", "i64.extend32S"] as const
const ZERO_EXTEND = [0xff, 0xffff, 0xffff_ffff] as const

/** sxt, zxt: extend the low 1, 2 or 4 bytes of a register by sign or with zeros. */
export const extend = [
  iUnit({
    name: "sxt{xsize}",
    section: "4.3.8",
    encoding: "I29",
    bits: "0000 (0) 000 0101 xsize r3 (0000000) r1 qp",
    args: "r1=r3",
    where: { xsize: sizes },
    semantics(b, f) {
      if (f.illegalR1) return illegal(b)
      const x = gr(b, f.r3)
      setGr(b, f.r1, b.op(SIGN_EXTEND[f.xsize]!, x.value), x.nat)
    },
  }),
  iUnit({
    name: "zxt{xsize}",
    section: "4.3.8",
    encoding: "I29",
    bits: "0000 (0) 000 0100 xsize r3 (0000000) r1 qp",
    args: "r1=r3",
    where: { xsize: sizes },
    semantics(b, f) {
      if (f.illegalR1) return illegal(b)
      const x = gr(b, f.r3)
      setGr(b, f.r1, b.and(x.value, b.i64(ZERO_EXTEND[f.xsize]!)), x.nat)
    },
  }),
]
