// Bit fields: BFC, BFI, SBFX, UBFX (ARM DDI 0406C, A4.4.9 and A8.8).

import type { Builder, Node } from "../../ir/index.ts"
import type { FieldValues } from "../../isa/index.ts"
import { a32, t32 } from "../encoding.ts"
import { getR, setR } from "../registers.ts"
import { anyOf, is15, isBadReg } from "../unpredictable.ts"

/** `x` where the mask has ones, else `old`. */
const insert = (b: Builder, old: Node, x: Node, mask: Node) => b.or(b.and(old, b.not(mask)), b.and(x, mask))

const lsbOf = (v: FieldValues) => v["lsb"] ?? (v["imm3"]! << 2) + v["imm2"]!
const endsBelowStart = (v: FieldValues) => v["msb"]! < lsbOf(v)
const reachesBeyondWord = (v: FieldValues) => lsbOf(v) + v["widthm1"]! > 31

/** BFC: clears adjacent bits of a register. A8.8.19 */
export const bfc = [
  a32({
    encoding: "A1",
    section: "A8.8.19",
    name: "bfc{cond}",
    bits: "cond 0111110 msb rd lsb 0011111",
    args: "rd, bitRange",
    feature: "v6t2",
    unpredictable: anyOf(is15("rd"), endsBelowStart),
    semantics(b, { rd, bitFieldMask }) {
      setR(b, rd, b.and(getR(b, rd), b.not(b.imm(bitFieldMask))))
    },
  }),
  t32({
    encoding: "T1",
    section: "A8.8.19",
    name: "bfc{cond}",
    bits: "11110 (0) 110110 1111 0 imm3 rd imm2 (0) msb",
    args: "rd, thumbBitRange",
    feature: "v6t2",
    unpredictable: anyOf(isBadReg("rd"), endsBelowStart),
    semantics(b, { rd, thumbBitFieldMask }) {
      setR(b, rd, b.and(getR(b, rd), b.not(b.imm(thumbBitFieldMask))))
    },
  }),
]

/** BFI: copies the lowest bits of a register over adjacent bits of another. A8.8.20 */
export const bfi = [
  a32({
    encoding: "A1",
    section: "A8.8.20",
    name: "bfi{cond}",
    bits: "cond 0111110 msb rd lsb 001 rn",
    args: "rd, rn, bitRange",
    feature: "v6t2",
    unpredictable: anyOf(is15("rd"), endsBelowStart),
    semantics(b, { rd, rn, lsb, bitFieldMask }) {
      setR(b, rd, insert(b, getR(b, rd), b.shl(getR(b, rn), b.imm(lsb)), b.imm(bitFieldMask)))
    },
  }),
  t32({
    encoding: "T1",
    section: "A8.8.20",
    name: "bfi{cond}",
    bits: "11110 (0) 110110 rn 0 imm3 rd imm2 (0) msb",
    args: "rd, rn, thumbBitRange",
    feature: "v6t2",
    unpredictable: anyOf(isBadReg("rd"), ({ rn }) => rn === 13, endsBelowStart),
    semantics(b, { rd, rn, thumbShift, thumbBitFieldMask }) {
      setR(b, rd, insert(b, getR(b, rd), b.shl(getR(b, rn), b.imm(thumbShift)), b.imm(thumbBitFieldMask)))
    },
  }),
]

/** The field of `widthm1 + 1` bits from `lsb`, moved to the top of the word and back down. */
function extractField(b: Builder, x: Node, lsb: Node, widthm1: Node, signed: boolean): Node {
  const left = b.sub(b.sub(b.i32(31), widthm1), lsb)
  const right = b.sub(b.i32(31), widthm1)
  return signed ? b.shrS(b.shl(x, left), right) : b.shrU(b.shl(x, left), right)
}

function extraction(name: string, section: string, signed: boolean, opcode: string) {
  return [
    a32({
      encoding: "A1",
      section,
      name: `${name}{cond}`,
      bits: `cond 01111${opcode}1 widthm1 rd lsb 101 rn`,
      args: "rd, rn, fieldRange",
      feature: "v6t2",
      unpredictable: anyOf(is15("rd", "rn"), reachesBeyondWord),
      semantics(b, { widthm1, rd, lsb, rn }) {
        setR(b, rd, extractField(b, getR(b, rn), b.imm(lsb), b.imm(widthm1), signed))
      },
    }),
    t32({
      encoding: "T1",
      section,
      name: `${name}{cond}`,
      bits: `11110 (0) 11${opcode}100 rn 0 imm3 rd imm2 (0) widthm1`,
      args: "rd, rn, thumbFieldRange",
      feature: "v6t2",
      unpredictable: anyOf(isBadReg("rd", "rn"), reachesBeyondWord),
      semantics(b, { widthm1, rd, thumbShift, rn }) {
        setR(b, rd, extractField(b, getR(b, rn), b.imm(thumbShift), b.imm(widthm1), signed))
      },
    }),
  ]
}

/** SBFX: extracts adjacent bits and extends their sign. A8.8.164 */
export const sbfx = extraction("sbfx", "A8.8.164", true, "0")

/** UBFX: extracts adjacent bits and fills with zeros. A8.8.246 */
export const ubfx = extraction("ubfx", "A8.8.246", false, "1")
