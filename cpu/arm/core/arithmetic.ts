// Addition, subtraction and comparison (ARM DDI 0406C, A4.4.1; ADC to ADR, CMN, CMP, RSB, RSC, SBC, SUB of A8.8;
// pseudocode AddWithCarry).

import type { Builder, Node } from "../../ir/index.ts"
import { a32, t16, t32 } from "../encoding.ts"
import { exceptionReturn } from "../exceptions.ts"
import { A32, aluWritePC, branchThumb, exposePc, getR, pcOffset, setNZ, setR, T32, writeR } from "../registers.ts"
import { C, N, V, Z } from "../state.ts"
import { anyOf, is15, isBadReg, notLastInItBlock } from "../unpredictable.ts"
import {
  a32Binary,
  a32Test,
  type Operation,
  type Printed,
  standardBinary,
  standardTest,
  t16Test,
  t32Binary,
  t32Test,
} from "./data-processing.ts"
import { unshifted } from "./shifter.ts"

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

/** ADC: adds two operands and the carry. A8.8.1 to A8.8.3 */
export const adc = standardBinary({
  name: "adc",
  opcodes: ["0101", "1010"],
  sections: ["A8.8.1", "A8.8.2", "A8.8.3"],
  operation: additionWithCarry,
})

/** What tells ADD from SUB in encodings that are alike otherwise. */
type Sum = {
  readonly name: "add" | "sub"
  readonly operation: Operation
  /** Bits 24 to 21 of the A32 encodings. */
  readonly opcode: string
  /** The bit that is 0 in the 16-bit and wide encodings of ADD, and 1 in those of SUB. */
  readonly op: "0" | "1"
}

const ADD: Sum = { name: "add", operation: addition, opcode: "0100", op: "0" }
const SUB: Sum = { name: "sub", operation: subtraction, opcode: "0010", op: "1" }

/** ADD or SUB of low registers and immediates, with flags. */
function t16Sum({ name, operation, op }: Sum, immediate: string, register: string) {
  return [
    t16({
      encoding: "T1",
      section: immediate,
      name: `${name}{s?s}{cond}`,
      bits: `000111${op} imm3 ln ld`,
      args: "ld, ln, imm3",
      semantics(b, { s, ld, ln, imm3 }) {
        setR(b, ld, operation(b, s, getR(b, ln), unshifted(b.imm(imm3))))
      },
    }),
    t16({
      encoding: "T2",
      section: immediate,
      name: `${name}{s?s}{cond}`,
      bits: `0011${op} ldn imm8`,
      args: "ldn, imm8",
      semantics(b, { s, ldn, imm8 }) {
        setR(b, ldn, operation(b, s, getR(b, ldn), unshifted(b.imm(imm8))))
      },
    }),
    t16({
      encoding: "T1",
      section: register,
      name: `${name}{s?s}{cond}`,
      bits: `000110${op} lm ln ld`,
      args: "ld, ln, lm",
      semantics(b, { s, ld, ln, lm }) {
        setR(b, ld, operation(b, s, getR(b, ln), unshifted(getR(b, lm))))
      },
    }),
  ]
}

/** ADD or SUB of an immediate and the stack pointer, to itself. */
function t16SumToSp({ name, operation, op }: Sum, printed: Printed) {
  return t16({
    ...printed,
    name: `${name}{cond}`,
    bits: `10110000${op} imm7`,
    args: "sp, words7",
    semantics(b, { words7 }) {
      setR(b, 13, operation(b, 0, getR(b, 13), unshifted(b.imm(words7))))
    },
  })
}

/** ADDW or SUBW: a plain immediate of 12 bits, and no flags. */
function wideSum({ name, operation, op }: Sum, printed: Printed) {
  return t32({
    ...printed,
    name: `${name}w{cond}`,
    bits: `11110 i 10${op}0${op}0 rn 0 imm3 rd imm8`,
    args: "rd, rn, thumbImmediate12",
    feature: "v6t2",
    unpredictable: badWideResult,
    semantics(b, { rd, rn, thumbImmediate12 }) {
      setR(b, rd, operation(b, 0, getR(b, rn), unshifted(b.imm(thumbImmediate12))))
    },
  })
}

/** ADD: adds two operands. A8.8.4 to A8.8.11 */
export const add = [
  ...a32Binary("add", ADD.opcode, ["A8.8.5, A8.8.9", "A8.8.7, A8.8.11", "A8.8.8"], addition),
  ...t16Sum(ADD, "A8.8.4", "A8.8.6"),
  t16({
    encoding: "T2/T1/T2",
    section: "A8.8.6, A8.8.10, A8.8.10",
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
    encoding: "T1",
    section: "A8.8.9",
    name: "add{cond}",
    bits: "10101 ld imm8",
    args: "ld, sp, words8",
    semantics(b, { ld, words8 }) {
      setR(b, ld, b.add(getR(b, 13), b.imm(words8)))
    },
  }),
  t16SumToSp(ADD, { section: "A8.8.9", encoding: "T2" }),
  ...t32Binary({
    name: "add",
    width: ".w",
    opcode: "1000",
    printed: [
      { section: "A8.8.4, A8.8.9", encoding: "T3" },
      { section: "A8.8.6, A8.8.10", encoding: "T3" },
    ],
    operation: addition,
    sp: "sp",
  }),
  wideSum(ADD, { section: "A8.8.4, A8.8.9", encoding: "T4" }),
]

/** SUB: subtracts the second operand from the first. A8.8.221 to A8.8.226; SUBS PC, LR in Thumb: B9.3.19 */
export const sub = [
  ...a32Binary("sub", SUB.opcode, ["A8.8.222, A8.8.225", "A8.8.223, A8.8.226", "A8.8.224"], subtraction),
  ...t16Sum(SUB, "A8.8.221", "A8.8.223"),
  t16SumToSp(SUB, { section: "A8.8.225", encoding: "T1" }),
  ...t32Binary({
    name: "sub",
    width: ".w",
    opcode: "1101",
    printed: [
      { section: "A8.8.221, A8.8.225", encoding: "T3/T2" },
      { section: "A8.8.223, A8.8.226", encoding: "T2/T1" },
    ],
    operation: subtraction,
    sp: "sp",
  }),
  wideSum(SUB, { section: "A8.8.221, A8.8.225", encoding: "T4/T3" }),
  t32({
    encoding: "T1",
    section: "B9.3.19",
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

/** RSB: subtracts the first operand from the second; with 16 bits, from 0. A8.8.152 to A8.8.154 */
export const rsb = [
  ...a32Binary("rsb", "0011", ["A8.8.152", "A8.8.153", "A8.8.154"], reverseSubtraction),
  t16({
    encoding: "T1",
    section: "A8.8.152",
    name: "neg{s?s}{cond}",
    bits: "0100001001 ln ld",
    args: "ld, ln",
    semantics(b, { s, ln, ld }) {
      setR(b, ld, minus(b, s, b.i32(0), getR(b, ln)))
    },
  }),
  ...t32Binary({
    name: "rsb",
    width: "",
    opcode: "1110",
    printed: [
      { section: "A8.8.152", encoding: "T2" },
      { section: "A8.8.153", encoding: "T1" },
    ],
    operation: reverseSubtraction,
  }),
]

/** RSC: subtracts the first operand from the second, and one more if C is 0. A8.8.155 to A8.8.157 */
export const rsc = a32Binary("rsc", "0111", ["A8.8.155", "A8.8.156", "A8.8.157"], reverseSubtractionWithCarry)

/** SBC: subtracts the second operand from the first, and one more if C is 0. A8.8.161 to A8.8.163 */
export const sbc = standardBinary({
  name: "sbc",
  opcodes: ["0110", "1011"],
  sections: ["A8.8.161", "A8.8.162", "A8.8.163"],
  operation: subtractionWithCarry,
})

/** CMN: sets the flags as ADD does, without a result. A8.8.34 to A8.8.36 */
export const cmn = standardTest({
  name: "cmn",
  opcodes: ["1011", "1000"],
  sections: ["A8.8.34", "A8.8.35", "A8.8.36"],
  operation: addition,
  sp: "sp",
})

/** CMP: sets the flags as SUB does, without a result. A8.8.37 to A8.8.39 */
export const cmp = [
  ...a32Test("cmp", "1010", ["A8.8.37", "A8.8.38", "A8.8.39"], subtraction),
  t16({
    encoding: "T1",
    section: "A8.8.37",
    name: "cmp{cond}",
    bits: "00101 ln imm8",
    args: "ln, imm8",
    semantics(b, { ln, imm8 }) {
      minus(b, 1, getR(b, ln), b.imm(imm8))
    },
  }),
  t16Test("cmp", "1010", "A8.8.38", subtraction),
  t16({
    encoding: "T2",
    section: "A8.8.38",
    name: "cmp{cond}",
    bits: "01000101 dn rm ldn",
    args: "highRdn, rm",
    unpredictable: ({ dn, ldn, rm }) => (dn === 0 && rm! < 8) || (dn === 1 && ldn === 7) || rm === 15,
    semantics(b, { highRdn, rm }) {
      minus(b, 1, getR(b, highRdn), getR(b, rm))
    },
  }),
  ...t32Test({
    name: "cmp",
    width: ".w",
    opcode: "1101",
    printed: [
      { section: "A8.8.37", encoding: "T2" },
      { section: "A8.8.38", encoding: "T3" },
    ],
    operation: subtraction,
    sp: "sp",
  }),
]

/** Align(PC, 4), to which Thumb's ADR adds. */
const alignedPc = (b: Builder) => b.and(b.add(b.pc(), b.i32(pcOffset[T32])), b.i32(-4))
const a32Pc = (b: Builder) => b.add(b.pc(), b.i32(pcOffset[A32]))

const ADR = "A8.8.12"

function adrA32({ name, opcode, operation }: Sum, encoding: "A1" | "A2") {
  return a32({
    encoding,
    section: ADR,
    name: `${name}{cond}`,
    bits: `cond 001${opcode}01111 rd rotate imm8`,
    args: "rd, r15, armImmediate",
    semantics(b, { pc, rd, armImmediate }) {
      writeR(b, pc, rd, operation(b, 0, a32Pc(b), unshifted(b.imm(armImmediate))), aluWritePC)
    },
  })
}

function adrT32({ name, op, operation }: Sum, encoding: "T2" | "T3") {
  return t32({
    encoding,
    section: ADR,
    name: `${name}w{cond}`,
    bits: `11110 i 10${op}0${op}01111 0 imm3 rd imm8`,
    args: "rd, r15, thumbImmediate12",
    feature: "v6t2",
    unpredictable: isBadReg("rd"),
    semantics(b, { rd, thumbImmediate12 }) {
      setR(b, rd, operation(b, 0, alignedPc(b), unshifted(b.imm(thumbImmediate12))))
    },
  })
}

/** ADR: the address of a label, written as the addition to r15 or the subtraction from it that it is. A8.8.12 */
export const adr = [
  adrA32(ADD, "A1"),
  adrA32(SUB, "A2"),
  t16({
    encoding: "T1",
    section: ADR,
    name: "add{cond}",
    bits: "10100 ld imm8",
    args: "ld, r15, words8",
    semantics(b, { ld, words8 }) {
      setR(b, ld, b.add(alignedPc(b), b.imm(words8)))
    },
  }),
  adrT32(ADD, "T3"),
  adrT32(SUB, "T2"),
]
