// An instruction set: the declared instructions of a CPU model, their decoder, and the binding of operands in semantics: to
// constants for one word, or to bits of any word for one variant.

import { Builder, type BuilderContext, type FieldBits, type Node, Operand } from "../ir/index.ts"
import { buildDecodeTree, type DecodeTree, decodeWord, fieldReader, hasField } from "./decode-table.ts"
import type { Derived } from "./fields.ts"
import type { Instruction, Vocabulary } from "./instruction.ts"
import { signExtend } from "./pattern.ts"

/** A decoded instruction: its declaration and the word(s) that encode it, with the decode context. */
export type Decoded = {
  readonly instruction: Instruction
  readonly word: number
  readonly extension: number
  readonly context: number
}

/** The instructions that a CPU model has of one instruction set. */
export class InstructionSet {
  readonly vocabulary: Vocabulary
  readonly instructions: readonly Instruction[]
  readonly #tree: DecodeTree

  /** `modules` are namespaces of declarations; those that need a feature outside `features` are left out. */
  constructor(vocabulary: Vocabulary, modules: readonly object[], features: ReadonlySet<string> = new Set()) {
    this.vocabulary = vocabulary
    this.instructions = modules
      .flatMap((m) => Object.values(m).flat())
      .filter((i): i is Instruction => isInstruction(i) && i.vocabulary === vocabulary)
      .filter((i) => i.feature === undefined || features.has(i.feature))
    this.#tree = buildDecodeTree(this.instructions)
  }

  /** The instruction that a word encodes; undefined if none. */
  decode(word: number, context = 0, extension = 0): Decoded | undefined {
    const instruction = decodeWord(this.#tree, word, this.vocabulary.bits, extension)
    return instruction && { instruction, word, extension, context }
  }
}

function isInstruction(x: unknown): x is Instruction {
  return typeof x === "object" && x !== null && "semantics" in x && "pattern" in x
}

/** Reads the value of a name from any word of an instruction. */
type Reader = (word: number, extension: number, context: number) => number

// Memoised by instruction and name, since every word asks.
function told<T>(find: (i: Instruction, name: string) => T): (i: Instruction, name: string) => T {
  const all = new WeakMap<Instruction, Map<string, T>>()
  return (i, name) => {
    let known = all.get(i)
    if (!known) all.set(i, (known = new Map()))
    let found = known.get(name)
    if (found === undefined) known.set(name, (found = find(i, name)))
    return found
  }
}

const readerOf = told((i, name): Reader => {
  const { vocabulary } = i
  const context = vocabulary.context[name]
  if (vocabulary.fields[name] && hasField(i, name)) return fieldReader(i, name)
  if (context) return (_word, _extension, value) => context.value(value)
  const derived = vocabulary.derived[name]
  if (!derived) throw new Error(`${i.name}: no field ${name} in its encoding`)
  const optional = derived.role === "computedModifier" && derived.optional
  const parts = derived.of.map((f): Reader => (optional && !isAvailable(i, f) ? () => -1 : readerOf(i, f)))
  if (derived.role !== "joined") {
    const [first, second, ...more] = parts
    if (!second) return (...from) => derived.value(first!(...from))
    if (more.length === 0) return (...from) => derived.value(first!(...from), second(...from))
    return (...from) => derived.value(...parts.map((part) => part(...from)))
  }
  const units = derived.of.map((f) => 2 ** widthOf(i, f))
  const width = derived.of.reduce((sum, f) => sum + widthOf(i, f), 0)
  const scale = 2 ** derived.shift
  return (...from) => {
    const raw = parts.reduce((sum, part, n) => sum * units[n]! + part(...from), 0)
    return (derived.signed ? signExtend(raw, width) : raw) * scale
  }
})

/** Value of a modifier, or of the computed operand, of a decoded instruction. */
export function derivedValue({ instruction, word, extension, context }: Decoded, name: string): number {
  return readerOf(instruction, name)(word, extension, context)
}

/** The exact value of a field or a joined operand of any width. */
function wideValue(d: Decoded, name: string): bigint {
  const { instruction: i } = d
  const derived = hasField(i, name) ? undefined : i.vocabulary.derived[name]
  if (derived?.role !== "joined") return BigInt(derivedValue(d, name))
  const raw = derived.of.reduce((sum, f) => {
    const width = BigInt(widthOf(i, f))
    return (sum << width) | BigInt.asUintN(Number(width), BigInt(derivedValue(d, f)))
  }, 0n)
  const width = operandWidth(i, name) - derived.shift
  return (derived.signed ? BigInt.asIntN(width, raw) : raw) << BigInt(derived.shift)
}

/** Number of bits of an operand's value; with more than 32 it is an i64. */
export const operandWidth = told((i, name): number => {
  if (hasField(i, name)) return widthOf(i, name)
  const derived = i.vocabulary.derived[name]
  return derived?.role === "joined" ? derived.of.reduce((sum, f) => sum + widthOf(i, f), derived.shift) : 32
})

const widthOf = (i: Instruction, name: string) => i.vocabulary.fields[name]!.bits

/** Whether the encoding has all fields behind a name. */
export const isAvailable = told((i, name): boolean => {
  const derived = i.vocabulary.derived[name]
  if (hasField(i, name) || name in i.vocabulary.context) return true
  if (!derived) return false
  return (derived.role === "computedModifier" && derived.optional) || derived.of.every((f) => isAvailable(i, f))
})

/** Value of the guard of a decoded instruction; undefined if it is always executed. */
export function guardOf(d: Decoded): number | undefined {
  const { guard } = d.instruction.vocabulary
  if (!guard || d.instruction.unguarded || !isAvailable(d.instruction, guard.field)) return undefined
  const value = derivedValue(d, guard.field)
  return value === guard.always ? undefined : value
}

/** The condition that a decode context puts on any instruction in it; undefined if none. */
export function contextGuard({ guard, context: modifiers }: Vocabulary, context: number): number | undefined {
  const condition = context === 0 ? undefined : guard && modifiers[guard.field]?.value(context)
  return condition === guard?.always ? undefined : condition
}

const DECODED = Symbol("decoded")
const BUILDER = Symbol("builder")

/** The argument of the semantics of a decoded instruction: a getter for each name of its vocabulary. */
type Given = { readonly [DECODED]: Decoded; readonly [BUILDER]: Builder }

/** Returns the function that finds, in any word, what semantics see under a name. */
const givenBy = told((i, name): ((given: Given) => number | Operand) => {
  if (roleOf(i, name) === "modifier") return (given) => derivedValue(given[DECODED], name)
  if (operandWidth(i, name) > 32)
    return (given) => new Operand(name, given[BUILDER].i64(wideValue(given[DECODED], name)))
  const read = readerOf(i, name)
  return (given) => {
    const { word, extension, context } = given[DECODED]
    return new Operand(name, given[BUILDER].i32(read(word, extension, context)))
  }
})

const prototypes = new WeakMap<Vocabulary, object>()

function givenFor(decoded: Decoded, builder: Builder): Given {
  const { vocabulary } = decoded.instruction
  let prototype = prototypes.get(vocabulary)
  if (!prototype) {
    prototype = {}
    for (const name of Object.keys({ ...vocabulary.fields, ...vocabulary.derived, ...vocabulary.context }))
      Object.defineProperty(prototype, name, {
        get(this: Given) {
          return givenBy(this[DECODED].instruction, name)(this)
        },
      })
    prototypes.set(vocabulary, prototype)
  }
  const given = Object.create(prototype)
  given[DECODED] = decoded
  given[BUILDER] = builder
  return given
}

/** Records the IR of a decoded instruction, with operands as constants and the guard, if any, as an `if` around it. */
export function translate(d: Decoded, context: BuilderContext): Builder {
  const b = new Builder(context)
  const { instruction } = d
  const { vocabulary } = instruction
  const { guard } = vocabulary
  const given = givenFor(d, b)
  const own = () => {
    const body = () => instruction.semantics(b, given as never)
    const condition = guardOf(d)
    if (condition === undefined) body()
    else {
      const asOperand = roleOf(instruction, guard!.field) === "operand"
      b.if(guard!.test(b, (asOperand ? givenBy(instruction, guard!.field)(given) : condition) as never), body)
    }
  }
  // An instruction with its own condition (an UNPREDICTABLE branch) also needs the condition of its block.
  const hasOwn = guard !== undefined && d.context !== 0 && hasField(instruction, guard.field)
  const inBlock = hasOwn ? contextGuard(vocabulary, d.context) : undefined
  if (inBlock === undefined) own()
  else b.if(guard!.test(b, inBlock as never), own)
  return b
}

/** Whether semantics see the name as a number ("modifier") or as a handle ("operand"). */
export const roleOf = told((i, name): "modifier" | "operand" => {
  const { fields, derived, context } = i.vocabulary
  if (!isAvailable(i, name)) throw new Error(`${i.name}: its semantics use ${name}, which its encoding lacks`)
  if (name in context) return "modifier"
  const role = hasField(i, name) ? fields[name]!.role : derived[name]!.role
  return role === "modifier" || role === "computedModifier" ? "modifier" : "operand"
})

/** One variant of an instruction: the modifiers that its semantics read, in order, with their values. */
export type Variant = {
  readonly instruction: Instruction
  readonly modifiers: readonly (readonly [name: string, value: number])[]
  readonly builder: Builder
  /** The computed operand that predecoding must supply, if the variant uses one. */
  readonly computed: string | undefined
}

/** The node of an operand if only the position of its bits is known. */
function symbolic(b: Builder, i: Instruction, name: string): Node {
  const place = i.pattern.fields.find((f) => f.name === name)
  if (place) {
    const bits: FieldBits = { low: place.low + (place.extension ? i.pattern.width : 0), width: place.width }
    const type = place.width > 32 ? "i64" : "i32"
    const node: Node = { kind: "field", type, bits }
    const field = i.vocabulary.fields[name]!
    return field.role === "operand" && field.signed ? signed(b, node, place.width) : node
  }
  const derived: Derived = i.vocabulary.derived[name]!
  if (derived.role !== "joined") return { kind: "derived", type: "i32" }
  const wide = operandWidth(i, name) > 32
  const by = (n: number) => (wide ? b.i64(n) : b.i32(n))
  let node: Node | undefined
  let width = 0
  for (const part of derived.of) {
    const narrow = symbolic(b, i, part)
    const bits = wide && narrow.type === "i32" ? b.extendU(narrow) : narrow
    node = node ? b.or(b.shl(node, by(widthOf(i, part))), bits) : bits
    width += widthOf(i, part)
  }
  return b.shl(derived.signed ? signed(b, node!, width) : node!, by(derived.shift))
}

function signed(b: Builder, node: Node, width: number): Node {
  const whole = node.type === "i64" ? 64 : 32
  if (width === whole) return node
  const by = node.type === "i64" ? b.i64(whole - width) : b.i32(whole - width)
  return b.shrS(b.shl(node, by), by)
}

/** Finds all variants of an instruction by trying every value of each modifier that its semantics read. */
export function variants(i: Instruction, context: BuilderContext): Variant[] {
  const found: Variant[] = []
  const explore = (chosen: readonly (readonly [string, number])[]) => {
    const taken = [...chosen]
    const b = new Builder(context)
    let computedName: string | undefined
    const modifierOf = (name: string) => {
      const known = taken.find(([n]) => n === name)
      if (known) return known[1]
      const first = valuesOf(i, name)[0]!
      taken.push([name, first])
      return first
    }
    const operandOf = (name: string) => {
      const role = i.vocabulary.derived[name]?.role
      if (role === "computed" && !hasField(i, name)) {
        if (computedName && computedName !== name) throw new Error(`${i.name} uses two computed operands`)
        computedName = name
      }
      return new Operand(name, symbolic(b, i, name))
    }
    const fields = new Proxy(
      {},
      {
        get: (_, name: string) => (roleOf(i, name) === "modifier" ? modifierOf(name) : operandOf(name)),
      },
    )
    const body = () => i.semantics(b, fields as never)
    const { guard } = i.vocabulary
    if (i.inlineGuard && guard && isAvailable(i, guard.field)) {
      const value = roleOf(i, guard.field) === "modifier" ? modifierOf(guard.field) : operandOf(guard.field)
      if (value === guard.always) body()
      else b.if(guard.test(b, value as never), body)
    } else body()
    found.push({ instruction: i, modifiers: taken, builder: b, computed: computedName })
    // A modifier that this run read for the first time branches into its other values.
    for (let n = taken.length - 1; n >= chosen.length; n--) {
      const [name] = taken[n]!
      for (const value of valuesOf(i, name).slice(1)) explore([...taken.slice(0, n), [name, value]])
    }
  }
  explore([])
  return found
}

function valuesOf(i: Instruction, name: string): number[] {
  const { fields, derived, context, guard } = i.vocabulary
  const field = hasField(i, name) ? fields[name]! : undefined
  const d = derived[name]
  const count = field ? 2 ** field.bits : (context[name]?.values ?? (d?.role === "computedModifier" ? d.values : 0))
  let values = Array.from({ length: count }, (_, n) => n)
  const where = i.where[name]
  if (where) values = values.filter(where)
  if (guard?.field === name && field?.role === "modifier") values = values.filter((v) => field.names?.[v] !== undefined)
  if (values.length === 0) throw new Error(`${i.name}: no value of ${name} is possible`)
  return values
}
