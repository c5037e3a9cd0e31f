// Parses the `name` and `args` templates of instructions: the disassembler prints from them, and the assembler's regular
// expressions are made of them.

import type { FieldValues, Place, Text } from "./fields.ts"
import type { Instruction, Vocabulary } from "./instruction.ts"
import { type Decoded, derivedValue, isAvailable } from "./instruction-set.ts"

/** Resolves a label to its value. */
export type SymbolLookup = (name: string) => number | undefined

/** The text of one operand: a field, a derived operand, or a form of several fields. */
export type Speller = {
  /** Source of a regular expression without capture groups. */
  readonly pattern: string
  print(d: Decoded, place: Place): string
  /** Parses the text to values by name; undefined if it has no meaning. */
  parse(text: string, place: Place, symbol: SymbolLookup): FieldValues | undefined
}

/** A piece of a template. */
export type Part =
  | { readonly kind: "literal"; readonly text: string }
  /** `{x?yes:no}`: the first text if `x` is not zero, else the second. */
  | { readonly kind: "choice"; readonly name: string; readonly yes: string; readonly no: string }
  /** A value that is written by its name: `{cond}`. */
  | { readonly kind: "named"; readonly name: string; readonly names: readonly string[] }
  | { readonly kind: "operand"; readonly name: string; readonly speller: Speller }

/** The parsed templates of an instruction. */
export type Template = {
  readonly name: readonly Part[]
  readonly args: readonly Part[]
  /** Matches the operands, with a capture group for each part that is not literal, in order. */
  readonly regexp: RegExp
}

const cache = new WeakMap<Instruction, Template>()

/** The parsed templates of an instruction; throws if they name what the encoding lacks. */
export function templateOf(i: Instruction): Template {
  let found = cache.get(i)
  if (!found) {
    const args = parseArgs(i)
    found = { name: parseName(i), args, regexp: regexpOf(i, args) }
    cache.set(i, found)
  }
  return found
}

/** Names of the fields, derived values and forms in a template. */
export function namesIn(parts: readonly Part[]): string[] {
  return parts.flatMap((p) => (p.kind === "literal" ? [] : [p.name]))
}

/** The names of a modifier's values, if it has names. */
export function valueNames(v: Vocabulary, name: string): readonly string[] | undefined {
  const field = v.fields[name]
  if (field?.role === "modifier") return field.names
  const derived = v.derived[name]
  return derived?.role === "computedModifier" ? derived.names : undefined
}

function parseName(i: Instruction): Part[] {
  return split(i.name, /\{(\w+)(?:\?([^{}:]*)(?::([^{}]*))?)?\}/g, (match) => {
    const [, name, yes, no] = match
    demand(i, name!)
    if (yes !== undefined) return { kind: "choice", name: name!, yes, no: no ?? "" }
    const names = valueNames(i.vocabulary, name!)
    if (!names) throw new Error(`${i.name}: the values of ${name} have no names`)
    return { kind: "named", name: name!, names }
  })
}

function parseArgs(i: Instruction): Part[] {
  const { vocabulary: v } = i
  return split(i.args, /\{(\w+)\?([^{}:]*)(?::([^{}]*))?\}|[A-Za-z_]\w*/g, (match) => {
    const [text, choice, yes, no] = match
    const name = choice ?? text
    if (choice === undefined && !(name in v.forms || name in v.derived || name in v.fields))
      return { kind: "literal", text }
    if (choice !== undefined || !(name in v.forms)) demand(i, name)
    if (choice !== undefined) return { kind: "choice", name, yes: yes ?? "", no: no ?? "" }
    return { kind: "operand", name, speller: spellerOf(i, name) }
  })
}

function split(template: string, hole: RegExp, part: (match: RegExpExecArray) => Part): Part[] {
  const parts: Part[] = []
  const literal = (text: string) => {
    const last = parts.at(-1)
    if (last?.kind === "literal") parts[parts.length - 1] = { kind: "literal", text: last.text + text }
    else if (text !== "") parts.push({ kind: "literal", text })
  }
  let end = 0
  for (const match of template.matchAll(hole)) {
    literal(template.slice(end, match.index))
    const found = part(match)
    if (found.kind === "literal") literal(found.text)
    else parts.push(found)
    end = match.index + match[0].length
  }
  literal(template.slice(end))
  return parts
}

function demand(i: Instruction, name: string): void {
  if (!isAvailable(i, name)) throw new Error(`${i.name}: its text needs ${name}, which its encoding lacks`)
}

function spellerOf(i: Instruction, name: string): Speller {
  const { fields, derived, forms } = i.vocabulary
  const form = forms[name]
  if (form) {
    const present = form.fields.filter((f) => isAvailable(i, f))
    return {
      pattern: form.pattern,
      print: (d, place) => form.print(Object.fromEntries(present.map((f) => [f, derivedValue(d, f)])), place),
      parse: (text, place, symbol) => form.parse(text, place, symbol),
    }
  }
  const names = valueNames(i.vocabulary, name)
  if (names) return namedSpeller(name, names)
  const field = derived[name] ?? fields[name]
  const text: Text | undefined = field && "text" in field ? field.text : undefined
  return numberSpeller(name, text)
}

function namedSpeller(name: string, names: readonly string[]): Speller {
  return {
    pattern: alternatives(names),
    print: (d) => names[derivedValue(d, name)] ?? `?${derivedValue(d, name)}`,
    parse(text) {
      const value = names.indexOf(text.toLowerCase())
      return value < 0 ? undefined : { [name]: value }
    },
  }
}

function numberSpeller(name: string, text: Text | undefined): Speller {
  return {
    pattern: text?.pattern ?? "[0-9]+",
    print(d, place) {
      const value = derivedValue(d, name)
      return text ? text.print(value, place) : String(value)
    },
    parse(source, place, symbol) {
      const value = text ? text.parse(source, place, symbol) : Number(source)
      return value === undefined || Number.isNaN(value) ? undefined : { [name]: value }
    },
  }
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")

function alternatives(texts: readonly string[]): string {
  return [...new Set(texts)]
    .sort((x, y) => y.length - x.length)
    .map(escaped)
    .join("|")
}

function sourceOf(part: Part): string {
  switch (part.kind) {
    case "literal":
      return escaped(normaliseOperands(part.text, false))
    case "choice":
      return `(${alternatives([part.yes, part.no])})`
    case "named":
      return `(${alternatives(part.names)})`
    case "operand":
      return `(${part.speller.pattern})`
  }
}

function regexpOf(i: Instruction, parts: readonly Part[]): RegExp {
  const regexp = new RegExp(`^${parts.map(sourceOf).join("")}$`, "i")
  const groups = new RegExp(`${regexp.source}|`).exec("")!.length - 1
  const wanted = parts.filter((p) => p.kind !== "literal").length
  if (groups !== wanted) throw new Error(`${i.name}: a text pattern of its operands has capture groups`)
  return regexp
}

/** Normalises operands to what templates print: one space after a comma, none inside brackets. */
export function normaliseOperands(text: string, trim = true): string {
  const spaced = text
    .replace(/\s+/g, " ")
    .replace(/ ?, ?/g, ", ")
    .replace(/([[{(#]) /g, "$1")
    .replace(/ ([\]})!])/g, "$1")
    .replace(/\{[^}]*\}/g, (list) => list.replace(/ ?- ?/g, "-"))
  return trim ? spaced.trim() : spaced
}
