// Integer arithmetic (Programming Environments Manual, 4.2.1.1; chapter 8 for each instruction).

import type { Builder, Node } from "../../ir/index.ts"
import type { Alias } from "../../isa/index.ts"
import { ppc, withOpcode } from "../encoding.ts"
import { gprOrZero } from "../registers.ts"
import { CA, GPR } from "../state.ts"
import { addOverflow, record, recordCr0, recordWithOverflow } from "./result.ts"

/** addi: adds an immediate to a register or to 0. */
export const addi = ppc({
  name: "addi",
  bits: "001110 rD rA SIMM",
  args: "rD, rA0, SIMM",
  aliases: [
    { name: "li", args: "rD, SIMM", fields: { rA: 0 } },
    { name: "la", args: "rD, SIMM(rA0)", fields: {}, unprinted: true },
    { name: "subi", args: "rD, rA0, negated", fields: {}, unprinted: true },
  ],
  semantics: (b, f) => b.setReg(GPR, f.rD, b.add(gprOrZero(b, f.rA0), b.imm(f.SIMM))),
})

/** addis: adds an immediate, shifted left by 16, to a register or to 0. */
export const addis = ppc({
  name: "addis",
  bits: "001111 rD rA SIMM",
  args: "rD, rA0, SIMM",
  aliases: [
    { name: "lis", args: "rD, SIMM", fields: { rA: 0 } },
    { name: "subis", args: "rD, rA0, negated", fields: {}, unprinted: true },
  ],
  semantics: (b, f) => b.setReg(GPR, f.rD, b.add(gprOrZero(b, f.rA0), b.shl(b.imm(f.SIMM), b.i32(16)))),
})

/** x + y, with the carry out in XER[CA]. */
function addCarrying(b: Builder, x: Node, y: Node): Node {
  const result = b.add(x, y)
  b.flags("add", { left: x, right: y, result }, { carry: CA })
  return result
}

/** x - y, with the carry out of x + ~y + 1 in XER[CA]. */
function subtractCarrying(b: Builder, x: Node, y: Node): Node {
  const result = b.sub(x, y)
  b.flags("subtract", { left: x, right: y, result }, { noBorrow: CA })
  return result
}

/** addic: adds an immediate, carrying. */
export const addic = ppc({
  name: "addic",
  bits: "001100 rD rA SIMM",
  args: "rD, rA, SIMM",
  aliases: [{ name: "subic", args: "rD, rA, negated", fields: {}, unprinted: true }],
  semantics: (b, f) => b.setReg(GPR, f.rD, addCarrying(b, b.reg(GPR, f.rA), b.imm(f.SIMM))),
})

/** addic.: adds an immediate, carrying, and records. */
export const addicRecording = ppc({
  name: "addic.",
  bits: "001101 rD rA SIMM",
  args: "rD, rA, SIMM",
  aliases: [{ name: "subic.", args: "rD, rA, negated", fields: {}, unprinted: true }],
  semantics(b, f) {
    const result = addCarrying(b, b.reg(GPR, f.rA), b.imm(f.SIMM))
    b.setReg(GPR, f.rD, result)
    recordCr0(b, result)
  },
})

/** subfic: subtracts a register from an immediate, carrying. */
export const subfic = ppc({
  name: "subfic",
  bits: "001000 rD rA SIMM",
  args: "rD, rA, SIMM",
  semantics: (b, f) => b.setReg(GPR, f.rD, subtractCarrying(b, b.imm(f.SIMM), b.reg(GPR, f.rA))),
})

/** An operation on two registers and XER[CA]: its result, and what gives its overflow. */
type Operation = (b: Builder, rA: Node, rB: Node) => { readonly result: Node; readonly overflow: () => Node }

/** rB - rA overflows as rB + ~rA does with a carry in. */
const subOverflow = (b: Builder, rA: Node, rB: Node, result: Node) => addOverflow(b, b.not(rA), rB, result)

const adds: Operation = (b, rA, rB) => {
  const result = b.add(rA, rB)
  return { result, overflow: () => addOverflow(b, rA, rB, result) }
}

const addsCarrying: Operation = (b, rA, rB) => {
  const result = addCarrying(b, rA, rB)
  return { result, overflow: () => addOverflow(b, rA, rB, result) }
}

const subtracts: Operation = (b, rA, rB) => {
  const result = b.sub(rB, rA)
  return { result, overflow: () => subOverflow(b, rA, rB, result) }
}

const subtractsCarrying: Operation = (b, rA, rB) => {
  const result = subtractCarrying(b, rB, rA)
  return { result, overflow: () => subOverflow(b, rA, rB, result) }
}

/** x + y + XER[CA]; a carry comes out of at most one of the two additions. */
const addsExtended: Operation = (b, x, y) => {
  const sum = b.add(x, y)
  const result = b.add(sum, b.get(CA))
  b.set(CA, b.or(b.ltU(sum, x), b.ltU(result, sum)))
  return { result, overflow: () => addOverflow(b, x, y, result) }
}

/** x + XER[CA]. */
function addsCarry(b: Builder, x: Node): ReturnType<Operation> {
  const result = addCarrying(b, x, b.get(CA))
  return { result, overflow: () => addOverflow(b, x, b.i32(0), result) }
}

/** x + XER[CA] - 1: no carry comes out only of 0 + 0 - 1. */
function addsCarryLessOne(b: Builder, x: Node): ReturnType<Operation> {
  const carry = b.get(CA)
  const result = b.sub(b.add(x, carry), b.i32(1))
  b.set(CA, b.ne(b.or(x, carry), b.i32(0)))
  return { result, overflow: () => addOverflow(b, x, b.i32(-1), result) }
}

/** Subtraction as people write it, with what is subtracted last. */
const subtraction = (name: string): Alias => ({
  name: `${name}{OE?o}{Rc?.}`,
  args: "rD, rB, rA",
  fields: {},
  unprinted: true,
})

/** Instructions on two registers. */
const onRegisters = (name: string, opcode: string, operation: Operation, aliases: readonly Alias[] = []) =>
  ppc({
    aliases,
    name: `${name}{OE?o}{Rc?.}`,
    bits: withOpcode("011111 rD rA rB OE XO Rc", opcode),
    args: "rD, rA, rB",
    semantics(b, f) {
      const { result, overflow } = operation(b, b.reg(GPR, f.rA), b.reg(GPR, f.rB))
      b.setReg(GPR, f.rD, result)
      recordWithOverflow(b, f, result, overflow)
    },
  })

/** Instructions on one register. */
const onRegister = (name: string, opcode: string, operation: (b: Builder, rA: Node) => ReturnType<Operation>) =>
  ppc({
    name: `${name}{OE?o}{Rc?.}`,
    bits: withOpcode("011111 rD rA (00000) OE XO Rc", opcode),
    args: "rD, rA",
    semantics(b, f) {
      const { result, overflow } = operation(b, b.reg(GPR, f.rA))
      b.setReg(GPR, f.rD, result)
      recordWithOverflow(b, f, result, overflow)
    },
  })

/** add: rA + rB. */
export const add = onRegisters("add", "100001010", adds)
/** addc: rA + rB, carrying. */
export const addc = onRegisters("addc", "000001010", addsCarrying)
/** adde: rA + rB + CA. */
export const adde = onRegisters("adde", "010001010", addsExtended)
/** addme: rA + CA - 1. */
export const addme = onRegister("addme", "011101010", addsCarryLessOne)
/** addze: rA + CA. */
export const addze = onRegister("addze", "011001010", addsCarry)
/** subf: rB - rA. */
export const subf = onRegisters("subf", "000101000", subtracts, [subtraction("sub")])
/** subfc: rB - rA, carrying. */
export const subfc = onRegisters("subfc", "000001000", subtractsCarrying, [subtraction("subc")])
/** subfe: ~rA + rB + CA. */
export const subfe = onRegisters("subfe", "010001000", (b, rA, rB) => addsExtended(b, b.not(rA), rB))
/** subfme: ~rA + CA - 1. */
export const subfme = onRegister("subfme", "011101000", (b, rA) => addsCarryLessOne(b, b.not(rA)))
/** subfze: ~rA + CA. */
export const subfze = onRegister("subfze", "011001000", (b, rA) => addsCarry(b, b.not(rA)))
/** neg: -rA. Only the most negative number overflows. */
export const neg = onRegister("neg", "001101000", (b, rA) => ({
  result: b.neg(rA),
  overflow: () => b.eq(rA, b.i32(0x8000_0000)),
}))

/** mulli: the low word of a product with an immediate. */
export const mulli = ppc({
  name: "mulli",
  bits: "000111 rD rA SIMM",
  args: "rD, rA, SIMM",
  semantics: (b, f) => b.setReg(GPR, f.rD, b.mul(b.reg(GPR, f.rA), b.imm(f.SIMM))),
})

/** mullw: the low word of a product; it overflows if the product does not fit. */
export const mullw = onRegisters("mullw", "011101011", (b, rA, rB) => {
  const result = b.mul(rA, rB)
  const overflow = () => b.ne(b.extendS(result), b.mul(b.extendS(rA), b.extendS(rB)))
  return { result, overflow }
})

/** The high word of a product of numbers that are extended so. */
const highWord = (name: string, opcode: string, extend: (b: Builder, x: Node) => Node) =>
  ppc({
    name: `${name}{Rc?.}`,
    bits: withOpcode("011111 rD rA rB (0) XO Rc", opcode),
    args: "rD, rA, rB",
    semantics(b, f) {
      const product = b.mul(extend(b, b.reg(GPR, f.rA)), extend(b, b.reg(GPR, f.rB)))
      const result = b.wrap(b.shrU(product, b.i64(32)))
      b.setReg(GPR, f.rD, result)
      record(b, f, result)
    },
  })

/** mulhw: the high word of a signed product. */
export const mulhw = highWord("mulhw", "001001011", (b, x) => b.extendS(x))
/** mulhwu: the high word of an unsigned product. */
export const mulhwu = highWord("mulhwu", "000001011", (b, x) => b.extendU(x))

/**
 * rA / rB. The manual leaves the quotient of an invalid division undefined; here it is rA, as in QEMU, which divides by 1
 * instead.
 */
const division =
  (divide: (b: Builder, x: Node, y: Node) => Node, isInvalid: (b: Builder, x: Node, y: Node) => Node): Operation =>
  (b, rA, rB) => {
    const invalid = isInvalid(b, rA, rB)
    return { result: divide(b, rA, b.select(invalid, b.i32(1), rB)), overflow: () => invalid }
  }

/** divw: the quotient of signed numbers. */
export const divw = onRegisters(
  "divw",
  "111101011",
  division(
    (b, x, y) => b.divS(x, y),
    (b, x, y) => b.or(b.eqz(y), b.and(b.eq(x, b.i32(0x8000_0000)), b.eq(y, b.i32(-1)))),
  ),
)

/** divwu: the quotient of unsigned numbers. */
export const divwu = onRegisters(
  "divwu",
  "111001011",
  division(
    (b, x, y) => b.divU(x, y),
    (b, _, y) => b.eqz(y),
  ),
)
