// Bitwise logical operations and tests (ARM DDI 0406C, A4.4.1; AND, BIC, EOR, ORN, ORR, TEQ, TST of A8.8).

import { a32Binary, a32Test, bitwise, t16Binary, t16Test, t32Binary, t32Test } from "./data-processing.ts"

const conjunction = bitwise((b, x, y) => b.and(x, y))
const exclusion = bitwise((b, x, y) => b.xor(x, y))
const disjunction = bitwise((b, x, y) => b.or(x, y))
const clearing = bitwise((b, x, y) => b.and(x, b.not(y)))

export const and = [
  ...a32Binary("and", "0000", conjunction),
  t16Binary("and", "0000", conjunction),
  ...t32Binary("and", ".w", "0000", conjunction),
]

export const eor = [
  ...a32Binary("eor", "0001", exclusion),
  t16Binary("eor", "0001", exclusion),
  ...t32Binary("eor", ".w", "0100", exclusion),
]

export const orr = [
  ...a32Binary("orr", "1100", disjunction),
  t16Binary("orr", "1100", disjunction),
  ...t32Binary("orr", ".w", "0010", disjunction),
]

export const orn = t32Binary(
  "orn",
  "",
  "0011",
  bitwise((b, x, y) => b.or(x, b.not(y))),
)

export const bic = [
  ...a32Binary("bic", "1110", clearing),
  t16Binary("bic", "1110", clearing),
  ...t32Binary("bic", ".w", "0001", clearing),
]

export const tst = [
  ...a32Test("tst", "1000", conjunction),
  t16Test("tst", "1000", conjunction),
  ...t32Test("tst", ".w", "0000", conjunction),
]

export const teq = [...a32Test("teq", "1001", exclusion), ...t32Test("teq", "", "0100", exclusion)]
