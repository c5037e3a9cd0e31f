// Moves (ARM DDI 0406C, A4.4.1; MOV, MOVT, MVN of A8.8). MOV of a shifted register is a shift instruction in A32.

import { a32, t16, t32 } from "../encoding.ts"
import { exceptionReturn } from "../exceptions.ts"
import { A32, aluWritePC, branchThumb, exposePc, getR, setR, T32, writeR } from "../registers.ts"
import { inItBlock, is15, isBadReg, notLastInItBlock } from "../unpredictable.ts"
import { a32UnaryImmediate, bitwise, t16Binary, t32Unary, type Unary } from "./data-processing.ts"
import { shiftAny, shiftImmediate, shiftRegister, unshifted } from "./shifter.ts"

const second = bitwise((_, __, y) => y)
const complement = bitwise((b, _, y) => b.not(y))

const move: Unary = (b, s, y) => second(b, s, y.value, y)
const moveNot: Unary = (b, s, y) => complement(b, s, y.value, y)

export const mov = [
  ...a32UnaryImmediate("mov", "1101", move),
  a32({
    name: "mov{s?s}{cond}",
    bits: "cond 0001101 s (0000) rd 00000000 rm",
    args: "rd, rm",
    semantics(b, { pc, s, rd, rm }) {
      exposePc(b, pc, A32)
      writeR(b, pc, rd, move(b, s, unshifted(getR(b, rm))), aluWritePC)
    },
  }),
  a32({
    name: "movs{cond}",
    bits: "cond 00011011 (0000) 1111 00000000 rm",
    args: "r15, rm",
    semantics(b, { rm }) {
      exposePc(b, 1, A32)
      exceptionReturn(b, getR(b, rm))
    },
  }),
  a32({
    name: "movw{cond}",
    bits: "cond 00110000 imm4 rd imm12",
    args: "rd, immediate16",
    feature: "v6t2",
    unpredictable: is15("rd"),
    semantics(b, { rd, immediate16 }) {
      setR(b, rd, b.imm(immediate16))
    },
  }),
  t16({
    name: "mov{s?s}{cond}",
    bits: "00100 ld imm8",
    args: "ld, imm8",
    semantics(b, { s, ld, imm8 }) {
      setR(b, ld, move(b, s, unshifted(b.imm(imm8))))
    },
  }),
  t16({
    name: "movs{cond}",
    bits: "0000000000 lm ld",
    args: "ld, lm",
    unpredictable: inItBlock,
    semantics(b, { ld, lm }) {
      setR(b, ld, move(b, 1, unshifted(getR(b, lm))))
    },
  }),
  t16({
    name: "mov{cond}",
    bits: "01000110 dn rm ldn",
    args: "highRdn, rm",
    unpredictable: (v) => v["dn"] === 1 && v["ldn"] === 7 && notLastInItBlock(v),
    semantics(b, { pc, highRdn, rm }) {
      exposePc(b, pc, T32)
      writeR(b, pc, highRdn, getR(b, rm), branchThumb)
    },
  }),
  ...t32Unary("mov", "0010", move),
  t32({
    name: "movw{cond}",
    bits: "11110 i 100100 imm4 0 imm3 rd imm8",
    args: "rd, thumbImmediate16",
    feature: "v6t2",
    unpredictable: isBadReg("rd"),
    semantics(b, { rd, thumbImmediate16 }) {
      setR(b, rd, b.imm(thumbImmediate16))
    },
  }),
]

export const movt = [
  a32({
    name: "movt{cond}",
    bits: "cond 00110100 imm4 rd imm12",
    args: "rd, immediate16",
    feature: "v6t2",
    unpredictable: is15("rd"),
    semantics(b, { rd, immediate16 }) {
      setR(b, rd, b.or(b.and(getR(b, rd), b.i32(0xffff)), b.shl(b.imm(immediate16), b.i32(16))))
    },
  }),
  t32({
    name: "movt{cond}",
    bits: "11110 i 101100 imm4 0 imm3 rd imm8",
    args: "rd, thumbImmediate16",
    feature: "v6t2",
    unpredictable: isBadReg("rd"),
    semantics(b, { rd, thumbImmediate16 }) {
      setR(b, rd, b.or(b.and(getR(b, rd), b.i32(0xffff)), b.shl(b.imm(thumbImmediate16), b.i32(16))))
    },
  }),
]

export const mvn = [
  ...a32UnaryImmediate("mvn", "1111", moveNot),
  a32({
    name: "mvn{s?s}{cond}",
    bits: "cond 0001111 s (0000) rd imm5 type 0 rm",
    args: "rd, shifted",
    semantics(b, f) {
      exposePc(b, f.pc, A32)
      const y = shiftImmediate(b, f.shift, getR(b, f.rm), b.imm(f.imm5))
      writeR(b, f.pc, f.rd, moveNot(b, f.s, y), aluWritePC)
    },
  }),
  a32({
    name: "mvns{cond}",
    bits: "cond 00011111 (0000) 1111 imm5 type 0 rm",
    args: "r15, shifted",
    semantics(b, f) {
      exposePc(b, 1, A32)
      exceptionReturn(b, moveNot(b, 0, shiftAny(b, b.imm(f.type), getR(b, f.rm), b.imm(f.imm5))))
    },
  }),
  a32({
    name: "mvn{s?s}{cond}",
    bits: "cond 0001111 s (0000) rd rs 0 type 1 rm",
    args: "rd, registerShifted",
    unpredictable: is15("rd", "rm", "rs"),
    semantics(b, f) {
      setR(b, f.rd, moveNot(b, f.s, shiftRegister(b, f.shiftType, getR(b, f.rm), getR(b, f.rs))))
    },
  }),
  t16Binary("mvn", "1111", complement),
  ...t32Unary("mvn", "0011", moveNot),
]
