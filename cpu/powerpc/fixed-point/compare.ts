// Integer comparisons and traps (Programming Environments Manual, 4.2.1.2, 4.2.4.6; chapter 8: cmp, cmpi, cmpl, cmpli, tw,
// twi).

import type { Builder, Node, Operand } from "../../ir/index.ts"
import type { Alias } from "../../isa/index.ts"
import { conditionBitOf } from "../branch/condition-register.ts"
import { ppc } from "../encoding.ts"
import { CR, EQ, GPR, GT, LT, SO, XER_SO } from "../state.ts"
import { SRR1 } from "../system/msr-bits.ts"

/** Compares two numbers into a field of CR. */
function compare(
  b: Builder,
  kind: "compareSigned" | "compareUnsigned",
  crfD: Operand,
  [left, right]: [Node, Node],
): void {
  const bit = (n: number) => [CR, conditionBitOf(b, crfD, n)] as const
  b.flags(kind, { left, right }, { less: bit(LT), greater: bit(GT), equal: bit(EQ) })
  b.setReg(CR, conditionBitOf(b, crfD, SO), b.get(XER_SO))
}

/** A comparison of words, whose field is left out if it is field 0. */
const wordComparison = (name: string, compared: string): Alias[] => [
  { name, args: compared, fields: { crfD: 0 } },
  { name, args: `crfD, ${compared}`, fields: {} },
]

// Bit 10 of a comparison, L, asks for 64 bits; the processors ignore it, as every reserved bit.

/** cmp: compares two registers as signed numbers. */
export const cmp = ppc({
  name: "cmp",
  bits: "011111 crfD (0) (0) rA rB 0000000000 (0)",
  args: "crfD, 0, rA, rB",
  aliases: wordComparison("cmpw", "rA, rB"),
  semantics: (b, f) => compare(b, "compareSigned", f.crfD, [b.reg(GPR, f.rA), b.reg(GPR, f.rB)]),
})

/** cmpi: compares a register with an immediate as signed numbers. */
export const cmpi = ppc({
  name: "cmpi",
  bits: "001011 crfD (0) (0) rA SIMM",
  args: "crfD, 0, rA, SIMM",
  aliases: wordComparison("cmpwi", "rA, SIMM"),
  semantics: (b, f) => compare(b, "compareSigned", f.crfD, [b.reg(GPR, f.rA), b.imm(f.SIMM)]),
})

/** cmpl: compares two registers as unsigned numbers. */
export const cmpl = ppc({
  name: "cmpl",
  bits: "011111 crfD (0) (0) rA rB 0000100000 (0)",
  args: "crfD, 0, rA, rB",
  aliases: wordComparison("cmplw", "rA, rB"),
  semantics: (b, f) => compare(b, "compareUnsigned", f.crfD, [b.reg(GPR, f.rA), b.reg(GPR, f.rB)]),
})

/** cmpli: compares a register with an immediate as unsigned numbers. */
export const cmpli = ppc({
  name: "cmpli",
  bits: "001010 crfD (0) (0) rA UIMM",
  args: "crfD, 0, rA, UIMM",
  aliases: wordComparison("cmplwi", "rA, UIMM"),
  semantics: (b, f) => compare(b, "compareUnsigned", f.crfD, [b.reg(GPR, f.rA), b.imm(f.UIMM)]),
})

/** Names of comparisons by TO. */
const TRAPS: Readonly<Record<string, number>> = {
  lgt: 1,
  llt: 2,
  eq: 4,
  lge: 5,
  lle: 6,
  gt: 8,
  ge: 12,
  lt: 16,
  le: 20,
  ne: 24,
  u: 31,
}

/** Traps by the names of their comparisons. */
const traps = (prefix: string, suffix: string, args: string): Alias[] =>
  Object.entries(TRAPS).map(([name, TO]) => ({ name: `${prefix}${name}${suffix}`, args, fields: { TO } }))

/** Raises a trap if a comparison that TO asks for holds: less, greater, equal, and the unsigned two. */
function trap(b: Builder, TO: Operand, x: Node, y: Node): void {
  const holds = [b.gtU(x, y), b.ltU(x, y), b.eq(x, y), b.gtS(x, y), b.ltS(x, y)]
    .map((test, n) => b.shl(test, b.i32(n)))
    .reduce((all, test) => b.or(all, test))
  b.if(b.and(b.imm(TO), holds), () => b.raise("program", b.i32(SRR1.trap)))
}

/** tw: traps on a comparison of two registers. */
export const tw = ppc({
  name: "tw",
  bits: "011111 TO rA rB 0000000100 (0)",
  args: "TO, rA, rB",
  aliases: [{ name: "trap", fields: { TO: 31, rA: 0, rB: 0 } }, ...traps("tw", "", "rA, rB")],
  semantics: (b, f) => trap(b, f.TO, b.reg(GPR, f.rA), b.reg(GPR, f.rB)),
})

/** twi: traps on a comparison with an immediate. */
export const twi = ppc({
  name: "twi",
  bits: "000011 TO rA SIMM",
  args: "TO, rA, SIMM",
  aliases: traps("tw", "i", "rA, SIMM"),
  semantics: (b, f) => trap(b, f.TO, b.reg(GPR, f.rA), b.imm(f.SIMM)),
})
