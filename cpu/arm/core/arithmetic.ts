// Addition, subtraction and comparison (ARM DDI 0406C, A4.4.1; ADC to ADR, CMN, CMP, RSB, RSC, SBC, SUB of A8.8;
// pseudocode AddWithCarry).

import type { Builder, Node } from "../../ir/index.ts"
import { a32, t16, t32 } from "../encoding.ts"
import { exceptionReturn } from "../exceptions.ts"
import { A32, aluWritePC, branchThumb, exposePc, getR, pcOffset, setNZ, setR, T32, writeR } from "../registers.ts"
import { C, N, V, Z } from "../state.ts"
import { anyOf, is15, notLastInItBlock } from "../unpredictable.ts"
import { a32Binary, a32Test, type Operation, t16Binary, t16Test, t32Binary, t32Test } from "./data-processing.ts"

function plus(b: Builder, s: number, x: Node, y: Node): Node {
  const sum = b.add(x, y)
  if (s) b.flags("add", { left: x, right: y, result: sum }, { negative: N, zero: Z, carry: C, overflow: V })
  return sum
}

function minus(b: Builder, s: number, x: Node, y: Node): Node {
  const difference = b.sub(x, y)
  if (s)
    b.flags("subtract", { left: x, right: y, result: difference }, { negative: N, zero: Z, noBorrow: C, overflow: V })
  return difference
}

function plusCarry(b: Builder, s: number, x: Node, y: Node): Node {
  const sum = b.add(b.add(x, y), b.get(C))
  if (s) {
    const carry = b.shrU(b.or(b.and(x, y), b.and(b.or(x, y), b.not(sum))), b.i32(31))
    setNZ(b, sum)
    b.set(C, carry)
    b.set(V, b.shrU(b.and(b.xor(x, sum), b.xor(y, sum)), b.i32(31)))
  }
  return sum
}

const addition: Operation = (b, s, x, y) => plus(b, s, x, y.value)
const subtraction: Operation = (b, s, x, y) => minus(b, s, x, y.value)
const reverseSubtraction: Operation = (b, s, x, y) => minus(b, s, y.value, x)
const additionWithCarry: Operation = (b, s, x, y) => plusCarry(b, s, x, y.value)
const subtractionWithCarry: Operation = (b, s, x, y) => plusCarry(b, s, x, b.not(y.value))
const reverseSubtractionWithCarry: Operation = (b, s, x, y) => plusCarry(b, s, y.value, b.not(x))

/** True where a 16-bit instruction would branch in the middle of an IT block. */
const branchesInItBlock = anyOf((v) => v["dn"] === 1 && v["ldn"] === 7 && notLastInItBlock(v))

/** Results of ADDW and SUBW that are unpredictable: only sp minus or plus something goes to sp. */
const badWideResult = anyOf(is15("rd"), ({ rd, rn }) => rd === 13 && rn !== 13)

export const adc = [
  ...a32Binary("adc", "0101", additionWithCarry),
  t16Binary("adc", "0101", additionWithCarry),
  ...t32Binary("adc", ".w", "1010", additionWithCarry),
]

export const add = [
  ...a32Binary("add", "0100", addition),
  t16({
    name: "add{s?s}{cond}",
    bits: "0001110 imm3 ln ld",
    args: "ld, ln, imm3",
    semantics(b, { s, ld, ln, imm3 }) {
      setR(b, ld, plus(b, s, getR(b, ln), b.imm(imm3)))
    },
  }),
  t16({
    name: "add{s?s}{cond}",
    bits: "00110 ldn imm8",
    args: "ldn, imm8",
    semantics(b, { s, ldn, imm8 }) {
      setR(b, ldn, plus(b, s, getR(b, ldn), b.imm(imm8)))
    },
  }),
  t16({
    name: "add{s?s}{cond}",
    bits: "0001100 lm ln ld",
    args: "ld, ln, lm",
    semantics(b, { s, ld, ln, lm }) {
      setR(b, ld, plus(b, s, getR(b, ln), getR(b, lm)))
    },
  }),
  t16({
    name: "add{cond}",
    bits: "01000100 dn rm ldn",
    args: "highRdn, rm",
    unpredictable: anyOf(({ dn, ldn, rm }) => dn === 1 && ldn === 7 && rm === 15, branchesInItBlock),
    semantics(b, { pc, highRdn, rm }) {
      exposePc(b, pc, T32)
      writeR(b, pc, highRdn, b.add(getR(b, highRdn), getR(b, rm)), branchThumb)
    },
  }),
  t16({
    name: "add{cond}",
    bits: "10101 ld imm8",
    args: "ld, sp, words8",
    semantics(b, { ld, words8 }) {
      setR(b, ld, b.add(getR(b, 13), b.imm(words8)))
    },
  }),
  t16({
    name: "add{cond}",
    bits: "101100000 imm7",
    args: "sp, words7",
    semantics(b, { words7 }) {
      setR(b, 13, b.add(getR(b, 13), b.imm(words7)))
    },
  }),
  ...t32Binary("add", ".w", "1000", addition, "sp"),
  t32({
    name: "addw{cond}",
    bits: "11110 i 100000 rn 0 imm3 rd imm8",
    args: "rd, rn, thumbImmediate12",
    feature: "v6t2",
    unpredictable: badWideResult,
    semantics(b, { rd, rn, thumbImmediate12 }) {
      setR(b, rd, b.add(getR(b, rn), b.imm(thumbImmediate12)))
    },
  }),
]

export const sub = [
  ...a32Binary("sub", "0010", subtraction),
  t16({
    name: "sub{s?s}{cond}",
    bits: "0001111 imm3 ln ld",
    args: "ld, ln, imm3",
    semantics(b, { s, ld, ln, imm3 }) {
      setR(b, ld, minus(b, s, getR(b, ln), b.imm(imm3)))
    },
  }),
  t16({
    name: "sub{s?s}{cond}",
    bits: "00111 ldn imm8",
    args: "ldn, imm8",
    semantics(b, { s, ldn, imm8 }) {
      setR(b, ldn, minus(b, s, getR(b, ldn), b.imm(imm8)))
    },
  }),
  t16({
    name: "sub{s?s}{cond}",
    bits: "0001101 lm ln ld",
    args: "ld, ln, lm",
    semantics(b, { s, ld, ln, lm }) {
      setR(b, ld, minus(b, s, getR(b, ln), getR(b, lm)))
    },
  }),
  t16({
    name: "sub{cond}",
    bits: "101100001 imm7",
    args: "sp, words7",
    semantics(b, { words7 }) {
      setR(b, 13, b.sub(getR(b, 13), b.imm(words7)))
    },
  }),
  ...t32Binary("sub", ".w", "1101", subtraction, "sp"),
  t32({
    name: "subw{cond}",
    bits: "11110 i 101010 rn 0 imm3 rd imm8",
    args: "rd, rn, thumbImmediate12",
    feature: "v6t2",
    unpredictable: badWideResult,
    semantics(b, { rd, rn, thumbImmediate12 }) {
      setR(b, rd, b.sub(getR(b, rn), b.imm(thumbImmediate12)))
    },
  }),
  t32({
    name: "subs{cond}",
    bits: "111100111101 (1110) 10 (0) 0 (1111) imm8",
    args: "r15, lr, imm8",
    feature: "v6t2",
    unpredictable: notLastInItBlock,
    semantics(b, { imm8 }) {
      exceptionReturn(b, b.sub(getR(b, 14), b.imm(imm8)))
    },
  }),
]

export const rsb = [
  ...a32Binary("rsb", "0011", reverseSubtraction),
  t16({
    name: "neg{s?s}{cond}",
    bits: "0100001001 ln ld",
    args: "ld, ln",
    semantics(b, { s, ln, ld }) {
      setR(b, ld, minus(b, s, b.i32(0), getR(b, ln)))
    },
  }),
  ...t32Binary("rsb", "", "1110", reverseSubtraction),
]

export const rsc = a32Binary("rsc", "0111", reverseSubtractionWithCarry)

export const sbc = [
  ...a32Binary("sbc", "0110", subtractionWithCarry),
  t16Binary("sbc", "0110", subtractionWithCarry),
  ...t32Binary("sbc", ".w", "1011", subtractionWithCarry),
]

export const cmn = [
  ...a32Test("cmn", "1011", addition),
  t16Test("cmn", "1011", addition),
  ...t32Test("cmn", ".w", "1000", addition, "sp"),
]

export const cmp = [
  ...a32Test("cmp", "1010", subtraction),
  t16({
    name: "cmp{cond}",
    bits: "00101 ln imm8",
    args: "ln, imm8",
    semantics(b, { ln, imm8 }) {
      minus(b, 1, getR(b, ln), b.imm(imm8))
    },
  }),
  t16Test("cmp", "1010", subtraction),
  t16({
    name: "cmp{cond}",
    bits: "01000101 dn rm ldn",
    args: "highRdn, rm",
    unpredictable: ({ dn, ldn, rm }) => (dn === 0 && rm! < 8) || (dn === 1 && ldn === 7) || rm === 15,
    semantics(b, { highRdn, rm }) {
      minus(b, 1, getR(b, highRdn), getR(b, rm))
    },
  }),
  ...t32Test("cmp", ".w", "1101", subtraction, "sp"),
]

/** Align(PC, 4), to which Thumb's ADR adds. */
const alignedPc = (b: Builder) => b.and(b.add(b.pc(), b.i32(pcOffset[T32])), b.i32(-4))
const a32Pc = (b: Builder) => b.add(b.pc(), b.i32(pcOffset[A32]))

/** ADR, which is an addition to r15 or a subtraction from it, and written so. */
export const adr = [
  a32({
    name: "add{cond}",
    bits: "cond 001010001111 rd rotate imm8",
    args: "rd, r15, armImmediate",
    semantics(b, { pc, rd, armImmediate }) {
      writeR(b, pc, rd, b.add(a32Pc(b), b.imm(armImmediate)), aluWritePC)
    },
  }),
  a32({
    name: "sub{cond}",
    bits: "cond 001001001111 rd rotate imm8",
    args: "rd, r15, armImmediate",
    semantics(b, { pc, rd, armImmediate }) {
      writeR(b, pc, rd, b.sub(a32Pc(b), b.imm(armImmediate)), aluWritePC)
    },
  }),
  t16({
    name: "add{cond}",
    bits: "10100 ld imm8",
    args: "ld, r15, words8",
    semantics(b, { ld, words8 }) {
      setR(b, ld, b.add(alignedPc(b), b.imm(words8)))
    },
  }),
  t32({
    name: "addw{cond}",
    bits: "11110 i 1000001111 0 imm3 rd imm8",
    args: "rd, r15, thumbImmediate12",
    feature: "v6t2",
    unpredictable: ({ rd }) => rd === 13 || rd === 15,
    semantics(b, { rd, thumbImmediate12 }) {
      setR(b, rd, b.add(alignedPc(b), b.imm(thumbImmediate12)))
    },
  }),
  t32({
    name: "subw{cond}",
    bits: "11110 i 1010101111 0 imm3 rd imm8",
    args: "rd, r15, thumbImmediate12",
    feature: "v6t2",
    unpredictable: ({ rd }) => rd === 13 || rd === 15,
    semantics(b, { rd, thumbImmediate12 }) {
      setR(b, rd, b.sub(alignedPc(b), b.imm(thumbImmediate12)))
    },
  }),
]
