// What the BO field of a conditional branch says (Programming Environments Manual, 4.2.4.2, table 4-20).

import type { FieldValues } from "../../isa/index.ts"

/** The kinds of tests, as handlers distinguish them. */
export const BRANCH_KIND = {
  always: 0,
  /** A bit of CR is 1. */
  ifTrue: 1,
  /** A bit of CR is 0. */
  ifFalse: 2,
  /** CTR, decremented, is not 0. */
  ifNotZero: 3,
  /** CTR, decremented, is 0. */
  ifZero: 4,
  /** Both CTR and a bit of CR. */
  both: 5,
} as const

/** Number of kinds. */
export const BRANCH_KINDS = Object.keys(BRANCH_KIND).length

/** The kind of test that a value of BO asks for. Its last bit is a hint. */
export function branchKind(BO: number): number {
  const ignoresCr = (BO & 0x10) !== 0
  const ignoresCtr = (BO & 4) !== 0
  if (ignoresCr) return ignoresCtr ? BRANCH_KIND.always : BO & 2 ? BRANCH_KIND.ifZero : BRANCH_KIND.ifNotZero
  if (ignoresCtr) return BO & 8 ? BRANCH_KIND.ifTrue : BRANCH_KIND.ifFalse
  return BRANCH_KIND.both
}

/** Whether BO has ones where the manual's table has z: an invalid form, which the processors take as if they were zeros. */
export function isInvalidBranch({ BO = 0 }: FieldValues): boolean {
  const ignoresCr = (BO & 0x10) !== 0
  const ignoresCtr = (BO & 4) !== 0
  if (ignoresCr && ignoresCtr) return BO !== 0x14
  return (ignoresCr && (BO & 8) !== 0) || (ignoresCtr && (BO & 2) !== 0)
}
