// The assembler of single instructions: it reads the templates backwards. If several encodings fit a spelling, it takes the
// first in the order of the instruction sets; of several spellings, the shortest.

import { completed, type Spelled, spellingsOf } from "./alias.ts"
import { encodedLength } from "./disassemble.ts"
import { AssemblyError, allValues, encodeFields, settleFields, type Word } from "./encode.ts"
import type { FieldValues, Place } from "./fields.ts"
import type { Guard, Instruction } from "./instruction.ts"
import { derivedValue, type InstructionSet } from "./instruction-set.ts"
import { normaliseOperands, type Part, type SymbolLookup, templateOf } from "./template.ts"

export { AssemblyError } from "./encode.ts"

/** Where an instruction is assembled. */
export type AssemblyPlace = {
  /** Address of the instruction; 0 unless given. */
  readonly address?: number | bigint
  /** Decode context; 0 unless given. */
  readonly context?: number
  readonly symbol?: SymbolLookup
  /** Restricts encodings to that many bytes. */
  readonly length?: number
}

/** An assembled instruction. */
export type Assembled = Word & { readonly instruction: Instruction; readonly length: number }

/** What an architecture adds to the templates. */
export type Spelling = {
  /** Lengths in bytes by the suffix that asks for them (`.n`, `.w`). */
  readonly widths?: Readonly<Record<string, number>>
  /**
   * Other ways to write a line, tried in order after the line itself: synonyms and short forms. `set` is the name of the
   * instruction sets' first.
   */
  respell?(
    mnemonic: string,
    operands: string,
    at: AssemblyPlace & { readonly set: string },
  ): readonly (readonly [mnemonic: string, operands: string])[]
}

type Candidate = Spelled & {
  readonly set: InstructionSet
  readonly instruction: Instruction
  readonly values: FieldValues
}

/** Assembles text by the templates of instruction sets, tried in order. */
export class Assembler {
  readonly #byMnemonic = new Map<string, Candidate[]>()
  readonly #spelling: Spelling
  readonly #guard: Guard | undefined
  readonly #set: string

  constructor(sets: readonly InstructionSet[], spelling: Spelling = {}) {
    this.#spelling = spelling
    this.#guard = sets[0]?.vocabulary.guard
    this.#set = sets[0]?.vocabulary.name ?? ""
    for (const set of sets) {
      for (const instruction of set.instructions) {
        for (const [mnemonic, candidate] of candidatesOf(set, instruction)) {
          const list = this.#byMnemonic.get(mnemonic) ?? []
          list.push(candidate)
          this.#byMnemonic.set(mnemonic, list)
        }
      }
    }
  }

  /** Assembles one instruction, in the shortest of its encodings; throws an `AssemblyError` of one line. */
  assemble(text: string, place: AssemblyPlace = {}): Assembled {
    const { rest, given } = takeGuard(this.#guard, text)
    const [mnemonic, operands] = splitLine(rest)
    const at = { ...place, given }
    const respelled = this.#spelling.respell?.(mnemonic, operands, { ...place, set: this.#set }) ?? []
    const spellings = [[mnemonic, operands] as const, ...respelled]
    let problem: Problem | undefined
    // An encoding that the manual calls UNPREDICTABLE is the last resort.
    for (const unpredictable of [false, true]) {
      let best: Assembled | undefined
      for (const [m, o] of spellings) {
        const found = this.#spelled(m, normaliseOperands(o), at, unpredictable)
        if (!(found instanceof Problem)) {
          if (!best || found.length < best.length) best = found
        } else if (!problem || (problem.weight === 0 && found.weight > 0)) problem = found
      }
      if (best) return best
    }
    throw new AssemblyError(problem!.text)
  }

  #spelled(mnemonic: string, operands: string, place: Attempt, unpredictable: boolean): Assembled | Problem {
    // A mnemonic without a suffix stands for encodings of every length, even those that are printed with one.
    const widths = Object.entries(this.#spelling.widths ?? {})
    const suffix = widths.find(([text]) => mnemonic.endsWith(text))
    const plain = suffix ? mnemonic.slice(0, -suffix[0].length) : mnemonic
    const length = suffix?.[1] ?? place.length
    const spellings = new Set([mnemonic, plain, ...widths.map(([text]) => plain + text)])
    const candidates = [...spellings].flatMap((m) => this.#byMnemonic.get(m) ?? [])
    if (candidates.length === 0) return new Problem(0, `no instruction ${mnemonic}`)
    let nearest = new Problem(0, "no encoding of that length")
    for (const candidate of candidates) {
      if (length !== undefined && encodedLength(candidate.instruction) !== length) continue
      const found = attempt(candidate, operands, place, unpredictable)
      if (!(found instanceof Problem)) return found
      if (found.weight > nearest.weight) nearest = found
    }
    return new Problem(nearest.weight, `${`${mnemonic} ${operands}`.trim()}: ${nearest.text}`)
  }
}

/** Assembles text as one particular encoding, for the table's self-test. */
export function assembleAs(
  set: InstructionSet,
  instruction: Instruction,
  text: string,
  place: AssemblyPlace = {},
): Assembled {
  const { rest, given } = takeGuard(set.vocabulary.guard, text)
  const [mnemonic, operands] = splitLine(rest)
  const named = candidatesOf(set, instruction).filter(([m]) => m === mnemonic)
  let problem = new Problem(0, `is not written ${mnemonic}`)
  for (const [, candidate] of named) {
    const found = attempt(candidate, normaliseOperands(operands), { ...place, given }, true)
    if (!(found instanceof Problem)) return found
    if (found.weight > problem.weight) problem = found
  }
  throw new AssemblyError(`${`${mnemonic} ${operands}`.trim()}: ${problem.text}`)
}

/** Every mnemonic of an instruction, with what it stands for. */
function candidatesOf(set: InstructionSet, instruction: Instruction): (readonly [mnemonic: string, Candidate])[] {
  return spellingsOf(instruction).flatMap((spelled) =>
    mnemonicsOf(spelled.templates).map(
      ([mnemonic, values]) => [mnemonic, { ...spelled, set, instruction, values }] as const,
    ),
  )
}

/** Why an encoding was refused. The greater the weight, the closer the text came to it. */
class Problem {
  readonly weight: number
  readonly text: string
  constructor(weight: number, text: string) {
    this.weight = weight
    this.text = text
  }
}

/** Where to assemble, with the value of a guard written before the mnemonic. */
type Attempt = AssemblyPlace & { readonly given: FieldValues }

// Splits a line into the guard before the mnemonic and the rest.
function takeGuard(guard: Guard | undefined, text: string): { readonly rest: string; readonly given: FieldValues } {
  const match = guard?.prefix && new RegExp(`^\\s*(${guard.prefix.pattern})`, "i").exec(text)
  if (!guard?.prefix || !match) return { rest: text, given: {} }
  const value = guard.prefix.parse(match[1]!, { address: 0, length: 0 }, () => undefined)
  if (value === undefined) throw new AssemblyError(`${guard.field} cannot be ${match[1]}`)
  return { rest: text.slice(match[0].length), given: { [guard.field]: value } }
}

function splitLine(text: string): [mnemonic: string, operands: string] {
  const [, mnemonic, operands] = /^\s*(\S+)\s*(.*?)\s*$/s.exec(text) ?? ["", "", ""]
  return [mnemonic!.toLowerCase(), operands!]
}

function attempt(c: Candidate, operands: string, at: Attempt, unpredictable: boolean): Assembled | Problem {
  const { instruction: i, set, templates, alias } = c
  const { context = 0 } = at
  const { args, regexp } = templateOf(templates)
  const match = regexp.exec(operands)
  if (!match) return new Problem(1, `operands do not fit "${templates.args}"`)
  const values: Record<string, number> = { ...at.given, ...c.values }
  const unknown: string[] = []
  const symbol: SymbolLookup = (name) => {
    const value = at.symbol?.(name)
    if (value === undefined) unknown.push(name)
    return value
  }
  const { address = 0 } = at
  const place = { address: Number(address), length: encodedLength(i), wideAddress: BigInt(address) }
  const parts = args.filter((part) => part.kind !== "literal")
  for (const [n, part] of parts.entries()) {
    const text = match[n + 1]!
    const found = valuesOfPart(part, text, place, symbol)
    if (!found)
      return unknown[0] ? new Problem(3, `no symbol ${unknown[0]}`) : new Problem(2, `${part.name} cannot be ${text}`)
    for (const [name, value] of Object.entries(found)) {
      if (values[name] !== undefined && values[name] !== value) return new Problem(2, `${name} cannot be ${text} here`)
      values[name] = value
    }
  }
  for (const [name, modifier] of Object.entries(i.vocabulary.context)) {
    const inWord = i.pattern.fields.some((f) => f.name === name)
    if (inWord || values[name] === undefined || values[name] === modifier.value(context)) continue
    return new Problem(2, `${name} does not agree with the instructions before`)
  }
  try {
    const { told, implied } = splitValues(i, values)
    const settled = settleFields(i, told)
    const encoded = encodeFields(i, alias ? completed(alias, settled) : settled)
    const decoded = { instruction: i, context, ...encoded }
    for (const [name, value] of implied) {
      if (derivedValue(decoded, name) !== value) return new Problem(2, `${name} is not ${value} here`)
    }
    if (!unpredictable && i.unpredictable(allValues(i, encoded, context))) return new Problem(2, "is unpredictable")
    const meant = set.decode(encoded.word, context, encoded.extension)
    if (meant?.instruction !== i) return new Problem(2, `is the encoding of ${meant?.instruction.name ?? "nothing"}`)
    return { ...encoded, instruction: i, length: place.length }
  } catch (error) {
    if (!(error instanceof AssemblyError)) throw error
    return new Problem(3, error.message)
  }
}

/** Values that determine fields, and values that only follow from fields which other parts of the text determine. */
function splitValues(i: Instruction, values: FieldValues) {
  const follows = (name: string) => {
    const derived = i.vocabulary.derived[name]
    return derived?.role === "computedModifier" && !derived.invert && !i.pattern.fields.some((f) => f.name === name)
  }
  const entries = Object.entries(values)
  return {
    told: Object.fromEntries(entries.filter(([name]) => !follows(name))),
    implied: entries.filter(([name]) => follows(name)),
  }
}

function valuesOfPart(
  part: Exclude<Part, { kind: "literal" }>,
  text: string,
  place: Place,
  symbol: SymbolLookup,
): FieldValues | undefined {
  switch (part.kind) {
    case "choice":
      return choiceValues(part, text)
    case "named":
      return { [part.name]: part.names.indexOf(text.toLowerCase()) }
    case "operand":
      return part.speller.parse(text, place, symbol)
  }
}

function choiceValues(part: Extract<Part, { kind: "choice" }>, text: string): FieldValues {
  return { [part.name]: text.toLowerCase() === part.yes.toLowerCase() ? 1 : 0 }
}

const mnemonicCache = new WeakMap<Instruction, (readonly [mnemonic: string, values: FieldValues])[]>()

/** All mnemonics of an instruction, each with the values that it implies. */
function mnemonicsOf(i: Instruction): readonly (readonly [string, FieldValues])[] {
  let found = mnemonicCache.get(i)
  if (!found) {
    found = [["", {}]]
    for (const part of templateOf(i).name) found = found.flatMap(([text, values]) => extended(text, values, part))
    mnemonicCache.set(i, found)
  }
  return found
}

function extended(text: string, values: FieldValues, part: Part): (readonly [string, FieldValues])[] {
  if (part.kind === "literal") return [[text + part.text.toLowerCase(), values]]
  if (part.kind === "operand") throw new Error(`an operand in a mnemonic: ${part.name}`)
  const spelled = part.kind === "named" ? part.names : [part.no, part.yes]
  const known = values[part.name]
  return [...spelled.entries()]
    .filter(([value, name]) => name !== undefined && (known === undefined || known === value))
    .map(([value, name]) => [text + name.toLowerCase(), { ...values, [part.name]: value }])
}
