// Packing and unpacking: PKHBT, PKHTB, and sign and zero extension (ARM DDI 0406C, A4.4.6; A5.4.3, A6.3.12).

import type { Builder, Node } from "../../ir/index.ts"
import type { Instruction } from "../../isa/index.ts"
import { a32, t16, t32 } from "../encoding.ts"
import { getR, setR } from "../registers.ts"
import { is15, isBadReg } from "../unpredictable.ts"
import { ASR, LSL, shiftImmediate } from "./shifter.ts"

/** The bottom halfword of one word under the top halfword of another. */
function pack(b: Builder, bottom: Node, top: Node): Node {
  return b.or(b.and(bottom, b.i32(0xffff)), b.and(top, b.i32(0xffff_0000)))
}

export const pkhbt = [
  a32({
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

export const pkhtb = [
  a32({
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

/** SXTB and its kin; the opcodes are A32's bits 22 to 20 and T32's. `width` is ".w" where T16 has an encoding too. */
function extend(name: string, width: "" | ".w", a32Opcode: string, t32Opcode: string, extension: Extension) {
  return [
    a32({
      name: `${name}{cond}`,
      bits: `cond 01101${a32Opcode} 1111 rd rotation (00) 0111 rm`,
      args: "rd, rotated",
      feature: "v6",
      unpredictable: is15("rd", "rm"),
      semantics(b, f) {
        setR(b, f.rd, extension(b, rotate(b, f.rotated, getR(b, f.rm), b.imm(f.rotation))))
      },
    }),
    t32({
      name: `${name}{cond}${width}`,
      bits: `111110100${t32Opcode} 11111111 rd 1 (0) rotation rm`,
      args: "rd, rotated",
      feature: "v6t2",
      unpredictable: isBadReg("rd", "rm"),
      semantics(b, f) {
        setR(b, f.rd, extension(b, rotate(b, f.rotated, getR(b, f.rm), b.imm(f.rotation))))
      },
    }),
  ]
}

/** SXTAB and its kin: the same encodings with a register to add to. */
function extendAndAdd(name: string, a32Opcode: string, t32Opcode: string, extension: Extension, addition: Addition) {
  return [
    a32({
      name: `${name}{cond}`,
      bits: `cond 01101${a32Opcode} rn rd rotation (00) 0111 rm`,
      args: "rd, rn, rotated",
      feature: "v6",
      unpredictable: is15("rd", "rm"),
      semantics(b, f) {
        const y = extension(b, rotate(b, f.rotated, getR(b, f.rm), b.imm(f.rotation)))
        setR(b, f.rd, addition(b, getR(b, f.rn), y))
      },
    }),
    t32({
      name: `${name}{cond}`,
      bits: `111110100${t32Opcode} rn 1111 rd 1 (0) rotation rm`,
      args: "rd, rn, rotated",
      feature: "v6t2",
      unpredictable: isBadReg("rd", "rn", "rm"),
      semantics(b, f) {
        const y = extension(b, rotate(b, f.rotated, getR(b, f.rm), b.imm(f.rotation)))
        setR(b, f.rd, addition(b, getR(b, f.rn), y))
      },
    }),
  ]
}

function extendLow(name: string, opcode: string, extension: Extension): Instruction {
  return t16({
    name: `${name}{cond}`,
    bits: `10110010${opcode} lm ld`,
    args: "ld, lm",
    feature: "v6",
    semantics(b, { lm, ld }) {
      setR(b, ld, extension(b, getR(b, lm)))
    },
  })
}

export const sxtb = [...extend("sxtb", ".w", "010", "100", signedByte), extendLow("sxtb", "01", signedByte)]
export const sxth = [...extend("sxth", ".w", "011", "000", signedHalf), extendLow("sxth", "00", signedHalf)]
export const sxtb16 = extend("sxtb16", "", "000", "010", signedBytes)
export const uxtb = [...extend("uxtb", ".w", "110", "101", unsignedByte), extendLow("uxtb", "11", unsignedByte)]
export const uxth = [...extend("uxth", ".w", "111", "001", unsignedHalf), extendLow("uxth", "10", unsignedHalf)]
export const uxtb16 = extend("uxtb16", "", "100", "011", unsignedBytes)

export const sxtab = extendAndAdd("sxtab", "010", "100", signedByte, addWords)
export const sxtah = extendAndAdd("sxtah", "011", "000", signedHalf, addWords)
export const sxtab16 = extendAndAdd("sxtab16", "000", "010", signedBytes, addHalves)
export const uxtab = extendAndAdd("uxtab", "110", "101", unsignedByte, addWords)
export const uxtah = extendAndAdd("uxtah", "111", "001", unsignedHalf, addWords)
export const uxtab16 = extendAndAdd("uxtab16", "100", "011", unsignedBytes, addHalves)
