// Integer logic (Programming Environments Manual, 4.2.1.3; chapter 8 for each instruction).

import type { Builder, Node } from "../../ir/index.ts"
import type { Alias } from "../../isa/index.ts"
import { ppc, withOpcode } from "../encoding.ts"
import { GPR } from "../state.ts"
import { record, recordCr0 } from "./result.ts"

type Operation = (b: Builder, rS: Node, rB: Node) => Node

const onRegisters = (name: string, opcode: string, operation: Operation, aliases: readonly Alias[] = []) =>
  ppc({
    aliases,
    name: `${name}{Rc?.}`,
    bits: withOpcode("011111 rS rA rB XO Rc", opcode),
    args: "rA, rS, rB",
    semantics(b, f) {
      const result = operation(b, b.reg(GPR, f.rS), b.reg(GPR, f.rB))
      b.setReg(GPR, f.rA, result)
      record(b, f, result)
    },
  })

/** An operation on one register, twice. */
const onOneRegister = (name: string): Alias => ({
  name: `${name}{Rc?.}`,
  args: "rA, rS",
  fields: { rB: (v) => v["rS"]! },
})

/** and */
export const and = onRegisters("and", "0000011100", (b, x, y) => b.and(x, y))
/** andc: and with complement. */
export const andc = onRegisters("andc", "0000111100", (b, x, y) => b.and(x, b.not(y)))
/** eqv: equivalent. */
export const eqv = onRegisters("eqv", "0100011100", (b, x, y) => b.not(b.xor(x, y)))
/** nand */
export const nand = onRegisters("nand", "0111011100", (b, x, y) => b.not(b.and(x, y)))
/** nor */
export const nor = onRegisters("nor", "0001111100", (b, x, y) => b.not(b.or(x, y)), [onOneRegister("not")])
/** or */
export const or = onRegisters("or", "0110111100", (b, x, y) => b.or(x, y), [onOneRegister("mr")])
/** orc: or with complement. */
export const orc = onRegisters("orc", "0110011100", (b, x, y) => b.or(x, b.not(y)))
/** xor */
export const xor = onRegisters("xor", "0100111100", (b, x, y) => b.xor(x, y))

type ImmediateOptions = { readonly shifted?: boolean; readonly aliases?: readonly Alias[] }

/** No operation. */
const nothing = (name: string): Alias => ({ name, fields: { rS: 0, rA: 0, UIMM: 0 } })

/** With an immediate that may be shifted left by 16; those whose name ends in a dot record. */
const onImmediate = (name: string, opcode: string, operation: Operation, options: ImmediateOptions = {}) =>
  ppc({
    name,
    aliases: options.aliases ?? [],
    bits: withOpcode("OPCD rS rA UIMM", opcode),
    args: "rA, rS, UIMM",
    semantics(b, f) {
      const immediate = options.shifted ? b.shl(b.imm(f.UIMM), b.i32(16)) : b.imm(f.UIMM)
      const result = operation(b, b.reg(GPR, f.rS), immediate)
      b.setReg(GPR, f.rA, result)
      if (name.endsWith(".")) recordCr0(b, result)
    },
  })

/** andi. */
export const andi = onImmediate("andi.", "011100", (b, x, y) => b.and(x, y))
/** andis. */
export const andis = onImmediate("andis.", "011101", (b, x, y) => b.and(x, y), { shifted: true })
/** ori */
export const ori = onImmediate("ori", "011000", (b, x, y) => b.or(x, y), { aliases: [nothing("nop")] })
/** oris */
export const oris = onImmediate("oris", "011001", (b, x, y) => b.or(x, y), { shifted: true })
/** xori */
export const xori = onImmediate("xori", "011010", (b, x, y) => b.xor(x, y), { aliases: [nothing("xnop")] })
/** xoris */
export const xoris = onImmediate("xoris", "011011", (b, x, y) => b.xor(x, y), { shifted: true })

const onRegister = (name: string, opcode: string, operation: (b: Builder, rS: Node) => Node) =>
  ppc({
    name: `${name}{Rc?.}`,
    bits: withOpcode("011111 rS rA (00000) XO Rc", opcode),
    args: "rA, rS",
    semantics(b, f) {
      const result = operation(b, b.reg(GPR, f.rS))
      b.setReg(GPR, f.rA, result)
      record(b, f, result)
    },
  })

/** cntlzw: counts leading zeros. */
export const cntlzw = onRegister("cntlzw", "0000011010", (b, x) => b.clz(x))
/** extsb: extends the sign of a byte. */
export const extsb = onRegister("extsb", "1110111010", (b, x) => b.extend8S(x))
/** extsh: extends the sign of a halfword. */
export const extsh = onRegister("extsh", "1110011010", (b, x) => b.extend16S(x))
