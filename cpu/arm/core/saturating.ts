// Saturating instructions (ARM DDI 0406C, A4.4.4 and A4.4.5; QADD to QSUB, SSAT, SSAT16, USAT, USAT16 of A8.8;
// pseudocode SignedSatQ, UnsignedSatQ).

import type { Builder, Node } from "../../ir/index.ts"
import { inBothSets } from "../both-sets.ts"
import { a32, t32 } from "../encoding.ts"
import { getR, setR } from "../registers.ts"
import { Q } from "../state.ts"
import { is15, isBadReg } from "../unpredictable.ts"
import { ASR, LSL, shiftImmediate } from "./shifter.ts"

/** Sets Q if the i32, 0 or 1, is 1: the flag is sticky. */
export function addSaturationFlag(b: Builder, saturated: Node): void {
  b.set(Q, b.or(b.get(Q), saturated))
}

/** `wrapped`, or on signed overflow the limit on the side of `x`'s sign, with Q. */
function limit(b: Builder, x: Node, wrapped: Node, overflow: Node): Node {
  const overflowed = b.shrU(overflow, b.i32(31))
  addSaturationFlag(b, overflowed)
  return b.select(overflowed, b.xor(b.shrS(x, b.i32(31)), b.i32(0x7fff_ffff)), wrapped)
}

/** Sum of signed words, saturated. */
function saturatedSum(b: Builder, x: Node, y: Node): Node {
  const sum = b.add(x, y)
  return limit(b, x, sum, b.and(b.xor(x, sum), b.xor(y, sum)))
}

/** Difference of signed words, saturated. */
function saturatedDifference(b: Builder, x: Node, y: Node): Node {
  const difference = b.sub(x, y)
  return limit(b, x, difference, b.and(b.xor(x, y), b.xor(x, difference)))
}

type Operation = (b: Builder, m: Node, n: Node) => Node

/** QADD and its like; the opcodes are A32's bits 22 to 21 and T32's bits 5 to 4. */
const saturating = (name: string, section: string, a32: string, t32: string, operation: Operation) =>
  inBothSets({
    name,
    section,
    a32: `cond 00010${a32}0 rn rd (0000) 0101 rm`,
    t32: `111110101000 rn 1111 rd 10${t32} rm`,
    args: "rd, rm, rn",
    registers: ["rd", "rn", "rm"],
    semantics: (b, { rd, rn, rm }) => setR(b, rd, operation(b, getR(b, rm), getR(b, rn))),
  })

const doublingSum: Operation = (b, m, n) => saturatedSum(b, m, saturatedSum(b, n, n))
const doublingDifference: Operation = (b, m, n) => saturatedDifference(b, m, saturatedSum(b, n, n))

/** QADD: adds signed words with saturation. A8.8.134 */
export const qadd = saturating("qadd", "A8.8.134", "00", "00", saturatedSum)

/** QSUB: subtracts signed words with saturation. A8.8.141 */
export const qsub = saturating("qsub", "A8.8.141", "01", "10", saturatedDifference)

/** QDADD: doubles the second operand and adds it, with saturation of both. A8.8.138 */
export const qdadd = saturating("qdadd", "A8.8.138", "10", "01", doublingSum)

/** QDSUB: doubles the second operand and subtracts it, with saturation of both. A8.8.139 */
export const qdsub = saturating("qdsub", "A8.8.139", "11", "11", doublingDifference)

type Saturation = { readonly value: Node; readonly changed: Node }

/** Saturates a signed value to the range whose greatest member is `2 ** bits - 1`, from 0 or its complement. */
function saturate(b: Builder, x: Node, bits: Node, signed: boolean): Saturation {
  const most = b.sub(b.shl(b.i32(1), bits), b.i32(1))
  const least = signed ? b.not(most) : b.i32(0)
  const value = b.select(b.gtS(x, most), most, b.select(b.ltS(x, least), least, x))
  return { value, changed: b.ne(value, x) }
}

function saturateWord(b: Builder, x: Node, bits: Node, signed: boolean): Node {
  const { value, changed } = saturate(b, x, bits, signed)
  addSaturationFlag(b, changed)
  return value
}

function saturateHalves(b: Builder, x: Node, bits: Node, signed: boolean): Node {
  const low = saturate(b, b.extend16S(x), bits, signed)
  const high = saturate(b, b.shrS(x, b.i32(16)), bits, signed)
  addSaturationFlag(b, b.or(low.changed, high.changed))
  return b.or(b.and(low.value, b.i32(0xffff)), b.shl(high.value, b.i32(16)))
}

/** SSAT or USAT. SSAT encodes one less than the bits of its range: the bits of the greatest value, without the sign. */
function saturateTo(name: string, section: string, signed: boolean, opcode: string, bits: "satBits" | "sat") {
  return [
    a32({
      encoding: "A1",
      section,
      name: `${name}{cond}`,
      bits: `cond 01101${opcode}1 sat rd imm5 sh 01 rn`,
      args: `rd, ${bits}, saturated`,
      feature: "v6",
      unpredictable: is15("rd", "rn"),
      semantics(b, { sh, sat, rd, imm5, rn }) {
        const x = shiftImmediate(b, sh ? ASR : LSL, getR(b, rn), b.imm(imm5)).value
        setR(b, rd, saturateWord(b, x, b.imm(sat), signed))
      },
    }),
    t32({
      encoding: "T1",
      section,
      name: `${name}{cond}`,
      bits: `11110 (0) 11${opcode}0 sh 0 rn 0 imm3 rd imm2 (0) sat`,
      args: `rd, ${bits}, thumbSaturated`,
      feature: "v6t2",
      unpredictable: isBadReg("rd", "rn"),
      semantics(b, { sh, sat, rd, thumbShift, rn }) {
        const x = shiftImmediate(b, sh ? ASR : LSL, getR(b, rn), b.imm(thumbShift)).value
        setR(b, rd, saturateWord(b, x, b.imm(sat), signed))
      },
    }),
  ]
}

/** SSAT: saturates a shifted word to a signed range. A8.8.193 */
export const ssat = saturateTo("ssat", "A8.8.193", true, "0", "satBits")

/** USAT: saturates a shifted signed word to an unsigned range. A8.8.266 */
export const usat = saturateTo("usat", "A8.8.266", false, "1", "sat")

/** SSAT16 or USAT16. */
const saturateHalvesTo = (name: string, section: string, signed: boolean, opcode: string, bits: "sat4Bits" | "sat4") =>
  inBothSets({
    name,
    section,
    a32: `cond 01101${opcode}10 sat4 rd (1111) 0011 rn`,
    t32: `11110 (0) 11${opcode}010 rn 0000 rd 00 (00) sat4`,
    args: `rd, ${bits}, rn`,
    feature: "v6",
    registers: ["rd", "rn"],
    semantics: (b, { sat4, rd, rn }) => setR(b, rd, saturateHalves(b, getR(b, rn), b.imm(sat4), signed)),
  })

/** SSAT16: saturates both halfwords to a signed range. A8.8.194 */
export const ssat16 = saturateHalvesTo("ssat16", "A8.8.194", true, "0", "sat4Bits")

/** USAT16: saturates both signed halfwords to an unsigned range. A8.8.267 */
export const usat16 = saturateHalvesTo("usat16", "A8.8.267", false, "1", "sat4")
