// Conditions under which encodings are UNPREDICTABLE, as predicates over their fields (pseudocode of each encoding:
// "if d == 15 then UNPREDICTABLE", and for Thumb BadReg, ARM DDI 0406C, A6.1.1).

import type { FieldValues } from "../isa/index.ts"

type Predicate = (fields: FieldValues) => boolean

/** True if one of the fields is 15. */
export function is15(...fields: string[]): Predicate {
  return (v) => fields.some((f) => v[f] === 15)
}

/** BadReg: true if one of the fields is 13 or 15. */
export function isBadReg(...fields: string[]): Predicate {
  return (v) => fields.some((f) => v[f] === 13 || v[f] === 15)
}

/** True if any of the predicates is. */
export function anyOf(...predicates: Predicate[]): Predicate {
  return (v) => predicates.some((p) => p(v))
}

/** ThumbExpandImm of zero in a pattern that repeats it (A6.3.2). */
export function repeatsZero(v: FieldValues): boolean {
  return v["imm8"] === 0 && v["i"] === 0 && v["imm3"]! >= 1 && v["imm3"]! <= 3
}

/** True inside an IT block. */
export function inItBlock(v: FieldValues): boolean {
  return v["inIt"] !== 0
}

/** True inside an IT block, but for its last instruction: where no branch may stand. */
export function notLastInItBlock(v: FieldValues): boolean {
  return (v["it"]! & 7) !== 0
}
