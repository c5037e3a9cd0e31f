// The self-test of an instruction table: it finds every mistake in a declaration that shows without running a guest.

import { printBlock, type RegisterFile, verify } from "../ir/index.ts"
import { spellingsOf } from "./alias.ts"
import { AssemblyError, assembleAs } from "./assemble.ts"
import { checkEncodings } from "./check-encodings.ts"
import { overlaps } from "./decode-table.ts"
import { disassemble, encodedLength } from "./disassemble.ts"
import { randomWord, seededRandom } from "./generate.ts"
import type { Instruction } from "./instruction.ts"
import { type Decoded, type InstructionSet, isAvailable, translate, variants } from "./instruction-set.ts"
import { namesIn, templateOf } from "./template.ts"

/** Facts about the architecture that the self-test needs. */
export type CheckOptions = {
  readonly addressType: "i32" | "i64"
  /** Registers that instructions may write even before an access that can fault. */
  readonly scratch?: readonly { readonly file: RegisterFile; readonly index: number }[]
  /** Decode contexts to draw from; only 0 unless given. */
  readonly contexts?: readonly number[]
  /** Random words per instruction and context for the round trip; 20 unless given. */
  readonly words?: number
  readonly seed?: number
}

/** Checks a table; returns one line for each problem. */
export function checkInstructionSet(set: InstructionSet, options: CheckOptions): string[] {
  const problems = [...overlaps(set.instructions), ...checkEncodings(set.vocabulary, set.instructions)]
  for (const i of set.instructions) {
    const about = `${set.vocabulary.name} ${i.name} ${i.args}`.trim()
    for (const problem of checkInstruction(set, i, options)) problems.push(`${about}: ${problem}`)
  }
  return problems
}

function checkInstruction(set: InstructionSet, i: Instruction, options: CheckOptions): string[] {
  let textNames: string[]
  try {
    textNames = spellingsOf(i).flatMap(({ templates, alias }) => {
      const { name, args } = templateOf(templates)
      return [...namesIn(name), ...namesIn(args), ...Object.keys(alias?.fields ?? {})]
    })
  } catch (error) {
    return [messageOf(error)]
  }
  const problems: string[] = []
  const seen = new Set<string>()
  checkVariants(i, options, seen, problems)
  const used = new Set([...fieldsBehind(i, [...textNames, ...seen]), ...Object.keys(i.where)])
  const { guard } = i.vocabulary
  if (guard && !i.unguarded) used.add(guard.field)
  for (const { name } of i.pattern.fields) {
    if (!used.has(name)) problems.push(`neither its text nor its semantics use ${name}`)
  }
  if (problems.length === 0) checkRoundTrips(set, i, options, problems)
  return problems
}

function checkVariants(i: Instruction, options: CheckOptions, seen: Set<string>, problems: string[]): void {
  const { addressType, scratch = [] } = options
  const observed: Instruction = {
    ...i,
    semantics(b, fields) {
      const watched = new Proxy(fields as object, {
        get(target, name: string) {
          seen.add(name)
          return Reflect.get(target, name)
        },
      })
      i.semantics(b, watched as never)
    },
  }
  try {
    for (const { builder, modifiers } of variants(observed, { addressType, length: encodedLength(i) })) {
      try {
        verify(builder.block, { addressType, scratch, restartable: i.restartable })
      } catch (error) {
        const chosen = modifiers.map(([name, value]) => `${name}=${value}`).join(" ")
        problems.push(`${chosen === "" ? "" : `with ${chosen}: `}${messageOf(error)}`)
        return
      }
    }
  } catch (error) {
    problems.push(messageOf(error))
  }
}

/** Fields of the encoding behind names of fields, derived values and forms. */
function fieldsBehind(i: Instruction, names: readonly string[]): string[] {
  const { forms, derived } = i.vocabulary
  return names.flatMap((name) => {
    const parts = forms[name]?.fields ?? derived[name]?.of
    if (!parts) return [name]
    return fieldsBehind(
      i,
      parts.filter((part) => part !== name && isAvailable(i, part)),
    )
  })
}

// Encode → decode → print → parse → encode must return the word, or one of the same text and meaning.
function checkRoundTrips(set: InstructionSet, i: Instruction, options: CheckOptions, problems: string[]): void {
  const { contexts = [0], words = 20, seed = 1 } = options
  const random = seededRandom(seed)
  let drawn = 0
  for (const context of contexts) {
    for (let n = 0; n < words; n++) {
      const word = randomWord(i, random, { set, context })
      if (!word) break
      drawn++
      const problem = checkRoundTrip(set, { instruction: i, context, ...word }, options.addressType)
      if (problem !== undefined) {
        problems.push(problem)
        return
      }
    }
  }
  if (drawn === 0) problems.push("no word could be drawn: another instruction owns them all, or all are unpredictable")
}

function checkRoundTrip(set: InstructionSet, d: Decoded, addressType: "i32" | "i64"): string | undefined {
  const address = 0x4000_0000
  const hex = `0x${d.word.toString(16)}${d.extension ? ` after 0x${d.extension.toString(16)}` : ""}`
  let text = ""
  try {
    text = disassemble(d, address)
    const back = assembleAs(set, d.instruction, text, { address, context: d.context })
    if (back.word === d.word && back.extension === d.extension) return undefined
    const other: Decoded = { ...d, word: back.word, extension: back.extension }
    const pc = addressType === "i64" ? BigInt(address) : address
    const meaning = (x: Decoded) => printBlock(translate(x, { addressType, length: back.length, pc }).block)
    if (disassemble(other, address) === text && meaning(other) === meaning(d)) return undefined
    return `${hex} prints "${text}", which assembles to 0x${back.word.toString(16)}`
  } catch (error) {
    const why = error instanceof AssemblyError ? `, which does not assemble: ${error.message}` : `: ${messageOf(error)}`
    return `${hex} prints "${text}"${why}`
  }
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))
