// Flags that instructions derive from their operands and result. Semantics declare them by kind (`Builder.flags`); a
// recipe says how one flag comes from its sources, so that translated code can compute it later, or not at all.

import type { Builder, Index } from "./builder.ts"
import type { Node } from "./node.ts"
import type { RegisterFile } from "./state.ts"

/** Computes a flag, 0 or 1, from its sources; a builder that has the result of the operation at hand passes it. */
type Formula = (b: Builder, x: Node, y: Node, result?: Node) => Node

const isNegative = (b: Builder, x: Node): Node =>
  x.type === "i64" ? b.wrap(b.shrU(x, b.i64(63))) : b.shrU(x, b.i32(31))
const zero = (b: Builder, { type }: Node): Node => (type === "i64" ? b.i64(0) : b.i32(0))
const carry: Formula = (b, x, y, sum = b.add(x, y)) => b.ltU(sum, x)
const addOverflow: Formula = (b, x, y, sum = b.add(x, y)) => isNegative(b, b.and(b.xor(x, sum), b.xor(y, sum)))
const subOverflow: Formula = (b, x, y, difference = b.sub(x, y)) =>
  isNegative(b, b.and(b.xor(x, y), b.xor(x, difference)))

/** Formulas with one source, which is compared with 0. */
const UNARY = {
  negative: isNegative,
  notNegative: (b, x) => b.geS(x, zero(b, x)),
  zero: (b, x) => b.eqz(x),
  notZero: (b, x) => b.ne(x, zero(b, x)),
  positive: (b, x) => b.gtS(x, zero(b, x)),
  notPositive: (b, x) => b.leS(x, zero(b, x)),
} as const satisfies Record<string, Formula>

/** Formulas with two sources: comparisons, and what an addition or subtraction leaves out of its result. */
const BINARY = {
  eq: (b, x, y) => b.eq(x, y),
  ne: (b, x, y) => b.ne(x, y),
  ltS: (b, x, y) => b.ltS(x, y),
  ltU: (b, x, y) => b.ltU(x, y),
  gtS: (b, x, y) => b.gtS(x, y),
  gtU: (b, x, y) => b.gtU(x, y),
  leS: (b, x, y) => b.leS(x, y),
  leU: (b, x, y) => b.leU(x, y),
  geS: (b, x, y) => b.geS(x, y),
  geU: (b, x, y) => b.geU(x, y),
  carry,
  noCarry: (b, x, y, sum) => b.eqz(carry(b, x, y, sum)),
  addOverflow,
  noAddOverflow: (b, x, y, sum) => b.eqz(addOverflow(b, x, y, sum)),
  subOverflow,
  noSubOverflow: (b, x, y, difference) => b.eqz(subOverflow(b, x, y, difference)),
} as const satisfies Record<string, Formula>

const FORMULAS: Readonly<Record<string, Formula>> = { ...UNARY, ...BINARY }

/** Name of a formula. */
export type FormulaName = keyof typeof UNARY | keyof typeof BINARY

/** How a flag comes from its sources: a formula, and the type of the sources. */
export type RecipeName = `${"i32" | "i64"}.${FormulaName}`

/** What the name of a recipe says: its formula, and the type of its sources and how many there are. */
export type RecipeParts = { readonly type: "i32" | "i64"; readonly formula: FormulaName; readonly sources: 1 | 2 }

const PARTS = new Map<string, RecipeParts>()
for (const type of ["i32", "i64"] as const)
  for (const formula of Object.keys(FORMULAS) as FormulaName[])
    PARTS.set(`${type}.${formula}`, { type, formula, sources: formula in UNARY ? 1 : 2 })

/** What the name of a recipe says. */
export const partsOf = (name: RecipeName): RecipeParts => PARTS.get(name)!

/** The flag that a recipe makes of its sources. */
export function followRecipe(b: Builder, name: RecipeName, sources: readonly Node[], result?: Node): Node {
  const [x, y = x] = sources
  return FORMULAS[partsOf(name).formula]!(b, x!, y!, result)
}

/** Where a value that is written to a flag comes from. */
export type Recipe = {
  readonly name: RecipeName
  readonly sources: readonly Node[]
  /** The operation that sets the flag together with others. */
  readonly operation: Operation
}

/** An operation that sets flags. */
export type Operation = { readonly kind: FlagKind; readonly left: Node; readonly right: Node; readonly result: Node }

const onResult = {
  negative: "negative",
  notNegative: "notNegative",
  zero: "zero",
  notZero: "notZero",
  positive: "positive",
  notPositive: "notPositive",
} as const

/** The flags that operations of each kind can set, with their formulas. */
const KINDS = {
  /** left + right. */
  add: {
    ...onResult,
    carry: "carry",
    noCarry: "noCarry",
    overflow: "addOverflow",
    noOverflow: "noAddOverflow",
  },
  /** left - right. */
  subtract: {
    ...onResult,
    borrow: "ltU",
    noBorrow: "geU",
    overflow: "subOverflow",
    noOverflow: "noSubOverflow",
  },
  /** Any operation with a result, which is compared with 0. */
  result: onResult,
  compareSigned: {
    less: "ltS",
    greater: "gtS",
    equal: "eq",
    notLess: "geS",
    notGreater: "leS",
    notEqual: "ne",
  },
  compareUnsigned: {
    less: "ltU",
    greater: "gtU",
    equal: "eq",
    notLess: "geU",
    notGreater: "leU",
    notEqual: "ne",
  },
} as const satisfies Record<string, Record<string, FormulaName>>

/** Kinds of operations that set flags. */
export type FlagKind = keyof typeof KINDS

/** What an operation works on; `result` of an addition or subtraction is computed unless given. */
export type FlagOperands<K extends FlagKind> = K extends "result"
  ? { readonly result: Node }
  : K extends "add" | "subtract"
    ? { readonly left: Node; readonly right: Node; readonly result?: Node }
    : { readonly left: Node; readonly right: Node }

/** The register of a flag: the only one of a file, or one of several. */
export type FlagRegister = RegisterFile | readonly [file: RegisterFile, index: Index]

/** The registers that an operation sets, by what they tell. */
export type FlagTargets<K extends FlagKind> = { readonly [F in keyof (typeof KINDS)[K]]?: FlagRegister }

/** A flag that semantics set. */
type FlagWrite = { readonly file: RegisterFile; readonly index: Index; readonly value: Node; readonly recipe: Recipe }

/** The flags that an operation sets, in the order in which they are given. */
export function flagWrites<K extends FlagKind>(
  b: Builder,
  kind: K,
  operands: FlagOperands<K>,
  targets: FlagTargets<K>,
): FlagWrite[] {
  const operation = operationOf(b, kind, operands)
  return (Object.entries(targets) as [string, FlagRegister][]).map(([flag, register]) => {
    const [file, index] = isNumbered(register) ? register : [register, 0]
    const recipe = recipeOf(operation, flag)
    return { file, index, value: followRecipe(b, recipe.name, recipe.sources, operation.result), recipe }
  })
}

const isNumbered = (r: FlagRegister): r is readonly [file: RegisterFile, index: Index] => Array.isArray(r)

/** Whether a flag may be lazy: its number is known, as it is to translated code. Its declaration must have the recipe. */
export function isLazy(file: RegisterFile, index: Node, { name }: Recipe): boolean {
  const lazy = index.kind === "const" ? file.lazy[Number(index.value)] : undefined
  if (lazy && !lazy.recipes.includes(name)) throw new Error(`a flag of ${file.name} has no recipe ${name}`)
  return lazy !== undefined
}

function operationOf<K extends FlagKind>(b: Builder, kind: K, operands: FlagOperands<K>): Operation {
  const { left, right, result } = operands as { left?: Node; right?: Node; result?: Node }
  if (!left || !right) return { kind, left: result!, right: result!, result: result! }
  if (kind === "add") return { kind, left, right, result: result ?? b.add(left, right) }
  return { kind, left, right, result: result ?? (kind === "subtract" ? b.sub(left, right) : left) }
}

function recipeOf(operation: Operation, flag: string): Recipe {
  const formula = (KINDS[operation.kind] as Readonly<Record<string, FormulaName>>)[flag]
  const { left, right, result } = operation
  if (!formula || (left.type !== "i32" && left.type !== "i64"))
    throw new Error(`${operation.kind} of ${left.type} sets no flag ${flag}`)
  const name: RecipeName = `${left.type}.${formula}`
  return { name, sources: partsOf(name).sources === 1 ? [result] : [left, right], operation }
}
