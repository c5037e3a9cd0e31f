// Reversal of bytes and bits, and counting leading zeros: CLZ, RBIT, REV, REV16, REVSH (ARM DDI 0406C, A4.4.9 and A8.8).

import type { Builder, Node } from "../../ir/index.ts"
import { inBothSets } from "../both-sets.ts"
import { t16 } from "../encoding.ts"
import { getR, setR } from "../registers.ts"

type Operation = (b: Builder, x: Node) => Node

const masked = (b: Builder, x: Node, mask: number) => b.and(x, b.i32(mask))

const reverseBytes: Operation = (b, x) =>
  b.or(masked(b, b.rotl(x, b.i32(8)), 0x00ff_00ff), masked(b, b.rotr(x, b.i32(8)), 0xff00_ff00))

const reverseBytesOfHalves: Operation = (b, x) =>
  b.or(masked(b, b.shl(x, b.i32(8)), 0xff00_ff00), masked(b, b.shrU(x, b.i32(8)), 0x00ff_00ff))

const reverseSignedHalf: Operation = (b, x) => b.extend16S(reverseBytesOfHalves(b, x))

/** Exchanges neighbouring groups of bits: `mask` covers the lower of each two. */
function exchange(b: Builder, x: Node, by: number, mask: number): Node {
  return b.or(b.shl(masked(b, x, mask), b.i32(by)), masked(b, b.shrU(x, b.i32(by)), mask))
}

const reverseBits: Operation = (b, x) =>
  reverseBytes(b, exchange(b, exchange(b, exchange(b, x, 1, 0x5555_5555), 2, 0x3333_3333), 4, 0x0f0f_0f0f))

type Unary = {
  readonly name: string
  readonly section: string
  readonly feature?: "v6" | "v6t2"
  /** Bits 26 to 20 and 7 to 5 of A32, bits 21 to 20 and 5 to 4 of T32. */
  readonly a32: readonly [high: string, low: string]
  readonly t32: readonly [high: string, low: string]
  readonly operation: Operation
}

/** A32 and T32 encodings; T32 has the operand's register twice. */
function unary({ name, section, feature, a32, t32, operation }: Unary, width: "" | ".w" = "") {
  return inBothSets({
    name,
    section,
    a32: `cond 0${a32[0]} (1111) rd (1111) ${a32[1]}1 rm`,
    t32: `1111101010${t32[0]} rn 1111 rd 10${t32[1]} rm`,
    t32Encoding: width === "" ? "T1" : "T2",
    width,
    args: "rd, rm",
    t32Args: "rd, sameRegister",
    ...(feature && { feature }),
    registers: ["rd", "rm"],
    t32Unpredictable: (v) => v["rn"] !== v["rm"],
    semantics: (b, { rd, rm }) => setR(b, rd, operation(b, getR(b, rm))),
  })
}

/** The same with a 16-bit encoding before them in the manual; the opcode is its bits 7 to 6. */
function unaryWithLow(instruction: Unary, opcode: string) {
  const { name, section, operation } = instruction
  return [
    ...unary({ ...instruction, feature: "v6" }, ".w"),
    t16({
      encoding: "T1",
      section,
      name: `${name}{cond}`,
      bits: `10111010${opcode} lm ld`,
      args: "ld, lm",
      feature: "v6",
      semantics(b, { lm, ld }) {
        setR(b, ld, operation(b, getR(b, lm)))
      },
    }),
  ]
}

/** CLZ: counts the zeros above the highest one. A8.8.33 */
export const clz = unary({
  name: "clz",
  section: "A8.8.33",
  a32: ["0010110", "000"],
  t32: ["11", "00"],
  operation: (b, x) => b.clz(x),
})

/** RBIT: reverses the bits of a word. A8.8.144 */
export const rbit = unary({
  name: "rbit",
  section: "A8.8.144",
  feature: "v6t2",
  a32: ["1101111", "001"],
  t32: ["01", "10"],
  operation: reverseBits,
})

/** REV: reverses the bytes of a word. A8.8.145 */
export const rev = unaryWithLow(
  { name: "rev", section: "A8.8.145", a32: ["1101011", "001"], t32: ["01", "00"], operation: reverseBytes },
  "00",
)

/** REV16: reverses the bytes of each halfword. A8.8.146 */
export const rev16 = unaryWithLow(
  { name: "rev16", section: "A8.8.146", a32: ["1101011", "101"], t32: ["01", "01"], operation: reverseBytesOfHalves },
  "01",
)

/** REVSH: reverses the bytes of the bottom halfword and extends its sign. A8.8.147 */
export const revsh = unaryWithLow(
  { name: "revsh", section: "A8.8.147", a32: ["1101111", "101"], t32: ["01", "11"], operation: reverseSignedHalf },
  "11",
)
