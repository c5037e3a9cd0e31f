// Reversal of bytes and bits, and counting leading zeros: CLZ, RBIT, REV, REV16, REVSH (ARM DDI 0406C, A4.4.9 and A8.8).

import type { Builder, Node } from "../../ir/index.ts"
import { a32, t16, t32 } from "../encoding.ts"
import { getR, setR } from "../registers.ts"
import { is15, isBadReg } from "../unpredictable.ts"

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

/** A32 and T32 encodings; T32 has the operand's register twice. `width` is ".w" where T16 has an encoding too. */
function unary(
  name: string,
  width: "" | ".w",
  feature: "v6" | "v6t2" | undefined,
  a32Bits: { readonly high: string; readonly low: string },
  t32Bits: { readonly high: string; readonly low: string },
  operation: Operation,
) {
  return [
    a32({
      name: `${name}{cond}`,
      bits: `cond 0${a32Bits.high} (1111) rd (1111) ${a32Bits.low}1 rm`,
      args: "rd, rm",
      ...(feature && { feature }),
      unpredictable: is15("rd", "rm"),
      semantics(b, { rd, rm }) {
        setR(b, rd, operation(b, getR(b, rm)))
      },
    }),
    t32({
      name: `${name}{cond}${width}`,
      bits: `1111101010${t32Bits.high} rn 1111 rd 10${t32Bits.low} rm`,
      args: "rd, sameRegister",
      feature: "v6t2",
      unpredictable: (v) => isBadReg("rd", "rm")(v) || v["rn"] !== v["rm"],
      semantics(b, { rd, rm }) {
        setR(b, rd, operation(b, getR(b, rm)))
      },
    }),
  ]
}

function low(name: string, opcode: string, operation: Operation) {
  return t16({
    name: `${name}{cond}`,
    bits: `10111010${opcode} lm ld`,
    args: "ld, lm",
    feature: "v6",
    semantics(b, { lm, ld }) {
      setR(b, ld, operation(b, getR(b, lm)))
    },
  })
}

export const clz = unary("clz", "", undefined, { high: "0010110", low: "000" }, { high: "11", low: "00" }, (b, x) =>
  b.clz(x),
)
export const rbit = unary("rbit", "", "v6t2", { high: "1101111", low: "001" }, { high: "01", low: "10" }, reverseBits)

export const rev = [
  ...unary("rev", ".w", "v6", { high: "1101011", low: "001" }, { high: "01", low: "00" }, reverseBytes),
  low("rev", "00", reverseBytes),
]

export const rev16 = [
  ...unary("rev16", ".w", "v6", { high: "1101011", low: "101" }, { high: "01", low: "01" }, reverseBytesOfHalves),
  low("rev16", "01", reverseBytesOfHalves),
]

export const revsh = [
  ...unary("revsh", ".w", "v6", { high: "1101111", low: "101" }, { high: "01", low: "11" }, reverseSignedHalf),
  low("revsh", "11", reverseSignedHalf),
]
