// The extended mnemonics of conditional branches (Programming Environments Manual, F.1 to F.5): beq, bdnz, bnelr and so on.

import type { Alias, FieldValues } from "../../isa/index.ts"

/** A kind of branch: what follows the condition in its mnemonics, and its target in the operands. */
type Branch = { readonly suffix: string; readonly target: string; readonly counts: boolean }

/** Conditions by the bit of a field: if it is 1, if it is 0, and other names of the two. */
const CONDITIONS = [
  { ifTrue: ["lt"], ifFalse: ["ge", "nl"] },
  { ifTrue: ["gt"], ifFalse: ["le", "ng"] },
  { ifTrue: ["eq"], ifFalse: ["ne"] },
  { ifTrue: ["so", "un"], ifFalse: ["ns", "nu"] },
] as const

/** Tests of CTR alone, and of CTR with a bit of CR, by their BO. */
const COUNTS = [
  { name: "dnz", BO: 16 },
  { name: "dz", BO: 18 },
] as const
const COUNTS_AND_BITS = [
  { name: "dnzf", BO: 0 },
  { name: "dzf", BO: 2 },
  { name: "dnzt", BO: 8 },
  { name: "dzt", BO: 10 },
] as const

/** The last bit of BO reverses the prediction, which is "taken" for a displacement backward (4.2.4.2). */
const hinted = (BO: number, isTaken: boolean) => (v: FieldValues) => BO | (isTaken === (v["BD"] ?? 0) < 0 ? 0 : 1)

/** The spellings of the same test: with the hints, as it is printed, and without one. */
function withHints(name: string, BO: number, { suffix, target }: Branch, rest: Omit<Alias, "name">): Alias[] {
  const args = [rest.args, target].filter((part) => part !== "").join(", ")
  const alias = (hint: string, of: Alias["fields"][string], unprinted: boolean): Alias => ({
    ...rest,
    name: `b${name}${suffix}${hint}`,
    args,
    fields: { ...rest.fields, BO: of },
    unprinted: unprinted || rest.unprinted === true,
  })
  return [alias("+", hinted(BO, true), false), alias("-", hinted(BO, false), false), alias("", BO, true)]
}

/** The spellings of a test of a bit in a field, which is left out if it is field 0. */
function onCondition(names: readonly string[], bit: number, BO: number, branch: Branch): Alias[] {
  return names.flatMap((name, n) => [
    ...withHints(name, BO, branch, { args: "", fields: { BI: bit }, unprinted: n > 0 }),
    ...withHints(name, BO, branch, {
      args: "conditionOfBI",
      fields: { BI: (v) => (v["BI"]! & 0x1c) | bit },
      unprinted: n > 0,
    }),
  ])
}

/** The extended mnemonics of a kind of branch. */
export function branchAliases(branch: Branch): Alias[] {
  const conditions = CONDITIONS.flatMap(({ ifTrue, ifFalse }, bit) => [
    ...onCondition(ifTrue, bit, 12, branch),
    ...onCondition(ifFalse, bit, 4, branch),
  ])
  if (!branch.counts) return conditions
  const counts = COUNTS.flatMap(({ name, BO }) => withHints(name, BO, branch, { args: "", fields: { BI: 0 } }))
  const both = COUNTS_AND_BITS.flatMap(({ name, BO }) => withHints(name, BO, branch, { args: "BI", fields: {} }))
  return [...conditions, ...counts, ...both]
}

/** blr and bctr. */
export const unconditional = (suffix: string): Alias => ({ name: `b${suffix}`, fields: { BO: 20, BI: 0 } })
