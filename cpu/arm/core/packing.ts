// Packing and unpacking: PKHBT, PKHTB, and sign and zero extension (ARM DDI 0406C, A4.4.6; A5.4.3, A6.3.12).

import type { Builder, Node } from "../../ir/index.ts"
import { inBothSets } from "../both-sets.ts"
import { a32, t16, t32 } from "../encoding.ts"
import { getR, setR } from "../registers.ts"
import { is15, isBadReg } from "../unpredictable.ts"
import { ASR, LSL, shiftImmediate } from "./shifter.ts"

/** The bottom halfword of one word under the top halfword of another. */
function pack(b: Builder, bottom: Node, top: Node): Node {
  return b.or(b.and(bottom, b.i32(0xffff)), b.and(top, b.i32(0xffff_0000)))
}

/** PKHBT: the bottom halfword of one register under the top halfword of another, shifted left. A8.8.125 */
export const pkhbt = [
  a32({
    encoding: "A1",
    section: "A8.8.125",
    name: "pkhbt{cond}",
    bits: "cond 01101000 rn rd imm5 001 rm",
    args: "rd, rn, shiftedLeft",
    feature: "v6",
    unpredictable: is15("rd", "rn", "rm"),
    semantics(b, { rn, rd, imm5, rm }) {
      const y = shiftImmediate(b, LSL, getR(b, rm), b.imm(imm5)).value
      setR(b, rd, pack(b, getR(b, rn), y))
    },
  }),
  t32({
    encoding: "T1",
    section: "A8.8.125",
    name: "pkhbt{cond}",
    bits: "111010101100 rn (0) imm3 rd imm2 00 rm",
    args: "rd, rn, thumbShiftedLeft",
    feature: "v6t2",
    unpredictable: isBadReg("rd", "rn", "rm"),
    semantics(b, { rn, rd, thumbShift, rm }) {
      const y = shiftImmediate(b, LSL, getR(b, rm), b.imm(thumbShift)).value
      setR(b, rd, pack(b, getR(b, rn), y))
    },
  }),
]

/** PKHTB: the top halfword of one register over the bottom halfword of another, shifted right. A8.8.125 */
export const pkhtb = [
  a32({
    encoding: "A1",
    section: "A8.8.125",
    name: "pkhtb{cond}",
    bits: "cond 01101000 rn rd imm5 101 rm",
    args: "rd, rn, shiftedRight",
    feature: "v6",
    unpredictable: is15("rd", "rn", "rm"),
    semantics(b, { rn, rd, imm5, rm }) {
      const y = shiftImmediate(b, ASR, getR(b, rm), b.imm(imm5)).value
      setR(b, rd, pack(b, y, getR(b, rn)))
    },
  }),
  t32({
    encoding: "T1",
    section: "A8.8.125",
    name: "pkhtb{cond}",
    bits: "111010101100 rn (0) imm3 rd imm2 10 rm",
    args: "rd, rn, thumbShiftedRight",
    feature: "v6t2",
    unpredictable: isBadReg("rd", "rn", "rm"),
    semantics(b, { rn, rd, thumbShift, rm }) {
      const y = shiftImmediate(b, ASR, getR(b, rm), b.imm(thumbShift)).value
      setR(b, rd, pack(b, y, getR(b, rn)))
    },
  }),
]

/** Extends the low byte, the low halfword, or the low byte of each halfword. */
type Extension = (b: Builder, x: Node) => Node

const signedByte: Extension = (b, x) => b.extend8S(x)
const signedHalf: Extension = (b, x) => b.extend16S(x)
const signedBytes: Extension = (b, x) => pack(b, b.extend8S(x), b.shrS(b.shl(x, b.i32(8)), b.i32(8)))
const unsignedByte: Extension = (b, x) => b.and(x, b.i32(0xff))
const unsignedHalf: Extension = (b, x) => b.and(x, b.i32(0xffff))
const unsignedBytes: Extension = (b, x) => b.and(x, b.i32(0x00ff_00ff))

/** Adds an extended operand to a word, or to each halfword of it. */
type Addition = (b: Builder, x: Node, y: Node) => Node

const addWords: Addition = (b, x, y) => b.add(x, y)
const addHalves: Addition = (b, x, y) =>
  pack(b, b.add(x, y), b.add(b.and(x, b.i32(0xffff_0000)), b.and(y, b.i32(0xffff_0000))))

/** The rotated operand: `rotated` is the modifier of that name. */
function rotate(b: Builder, rotated: number, x: Node, rotation: Node): Node {
  return rotated ? b.rotr(x, b.shl(rotation, b.i32(3))) : x
}

type Extend = {
  readonly name: string
  readonly section: string
  /** Bits 22 to 20 of A32 and of T32. */
  readonly a32: string
  readonly t32: string
  readonly extension: Extension
}

/** SXTB and its like; in T32 the second encoding, with `.w`, where T16 has the first. */
const extend = ({ name, section, a32, t32, extension }: Extend, width: "" | ".w" = "") =>
  inBothSets({
    name,
    section,
    a32: `cond 01101${a32} 1111 rd rotation (00) 0111 rm`,
    t32: `111110100${t32} 11111111 rd 1 (0) rotation rm`,
    t32Encoding: width === "" ? "T1" : "T2",
    width,
    args: "rd, rotated",
    feature: "v6",
    registers: ["rd", "rm"],
    semantics(b, f) {
      setR(b, f.rd, extension(b, rotate(b, f.rotated, getR(b, f.rm), b.imm(f.rotation))))
    },
  })

/** The same with a 16-bit encoding, which does not rotate; the opcode is its bits 7 to 6. */
function extendWithLow(instruction: Extend, opcode: string) {
  const { name, section, extension } = instruction
  return [
    ...extend(instruction, ".w"),
    t16({
      encoding: "T1",
      section,
      name: `${name}{cond}`,
      bits: `10110010${opcode} lm ld`,
      args: "ld, lm",
      feature: "v6",
      semantics(b, { lm, ld }) {
        setR(b, ld, extension(b, getR(b, lm)))
      },
    }),
  ]
}

/** SXTAB and its like: the same encodings with a register to add to. */
const extendAndAdd = ({ name, section, a32, t32, extension }: Extend, addition: Addition) =>
  inBothSets({
    name,
    section,
    a32: `cond 01101${a32} rn rd rotation (00) 0111 rm`,
    t32: `111110100${t32} rn 1111 rd 1 (0) rotation rm`,
    args: "rd, rn, rotated",
    feature: "v6",
    // With r15 to add to, it is SXTB or its like.
    registers: ["rd", "rm"],
    t32Unpredictable: isBadReg("rn"),
    semantics(b, f) {
      const y = extension(b, rotate(b, f.rotated, getR(b, f.rm), b.imm(f.rotation)))
      setR(b, f.rd, addition(b, getR(b, f.rn), y))
    },
  })

/** SXTB: extends the sign of a byte. A8.8.233 */
export const sxtb = extendWithLow(
  { name: "sxtb", section: "A8.8.233", a32: "010", t32: "100", extension: signedByte },
  "01",
)

/** SXTH: extends the sign of a halfword. A8.8.235 */
export const sxth = extendWithLow(
  { name: "sxth", section: "A8.8.235", a32: "011", t32: "000", extension: signedHalf },
  "00",
)

/** SXTB16: extends the signs of the low bytes of both halfwords. A8.8.234 */
export const sxtb16 = extend({ name: "sxtb16", section: "A8.8.234", a32: "000", t32: "010", extension: signedBytes })

/** UXTB: extends a byte with zeros. A8.8.274 */
export const uxtb = extendWithLow(
  { name: "uxtb", section: "A8.8.274", a32: "110", t32: "101", extension: unsignedByte },
  "11",
)

/** UXTH: extends a halfword with zeros. A8.8.276 */
export const uxth = extendWithLow(
  { name: "uxth", section: "A8.8.276", a32: "111", t32: "001", extension: unsignedHalf },
  "10",
)

/** UXTB16: extends the low bytes of both halfwords with zeros. A8.8.275 */
export const uxtb16 = extend({ name: "uxtb16", section: "A8.8.275", a32: "100", t32: "011", extension: unsignedBytes })

/** SXTAB: adds a byte with its sign extended. A8.8.230 */
export const sxtab = extendAndAdd(
  { name: "sxtab", section: "A8.8.230", a32: "010", t32: "100", extension: signedByte },
  addWords,
)

/** SXTAH: adds a halfword with its sign extended. A8.8.232 */
export const sxtah = extendAndAdd(
  { name: "sxtah", section: "A8.8.232", a32: "011", t32: "000", extension: signedHalf },
  addWords,
)

/** SXTAB16: adds two bytes with their signs extended to two halfwords. A8.8.231 */
export const sxtab16 = extendAndAdd(
  { name: "sxtab16", section: "A8.8.231", a32: "000", t32: "010", extension: signedBytes },
  addHalves,
)

/** UXTAB: adds a byte extended with zeros. A8.8.271 */
export const uxtab = extendAndAdd(
  { name: "uxtab", section: "A8.8.271", a32: "110", t32: "101", extension: unsignedByte },
  addWords,
)

/** UXTAH: adds a halfword extended with zeros. A8.8.273 */
export const uxtah = extendAndAdd(
  { name: "uxtah", section: "A8.8.273", a32: "111", t32: "001", extension: unsignedHalf },
  addWords,
)

/** UXTAB16: adds two bytes extended with zeros to two halfwords. A8.8.272 */
export const uxtab16 = extendAndAdd(
  { name: "uxtab16", section: "A8.8.272", a32: "100", t32: "011", extension: unsignedBytes },
  addHalves,
)
