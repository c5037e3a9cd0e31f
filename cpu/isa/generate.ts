// Random words of an instruction, drawn from its declaration, for the table's self-test and for the fuzzer.

import { allValues, encodeFields, type Word } from "./encode.ts"
import type { Instruction } from "./instruction.ts"
import type { InstructionSet } from "./instruction-set.ts"
import type { FieldPlace } from "./pattern.ts"

/** Returns a random integer from 0 to `limit - 1`; `limit` is at most 2^32. */
export type Random = (limit: number) => number

/** A repeatable source of random numbers: the same seed gives the same sequence. */
export function seededRandom(seed: number): Random {
  // Weyl sequence through a 32-bit finaliser: quick, and every seed is as good as another.
  let state = seed | 0
  return (limit) => {
    state = (state + 0x9e37_79b9) | 0
    let x = Math.imul(state ^ (state >>> 16), 0x85eb_ca6b)
    x = Math.imul(x ^ (x >>> 13), 0xc2b2_ae35)
    return Math.floor((((x ^ (x >>> 16)) >>> 0) / 2 ** 32) * limit)
  }
}

/** Constraints of a draw. */
export type DrawOptions = {
  /** Decode context of the word; 0 unless given. */
  readonly context?: number
  /** The set that must decode the word as this instruction. */
  readonly set?: InstructionSet
  /** Returns a field's value (raw bits) in place of a random one, to avoid registers for example. */
  choose?(field: string, random: Random): number | undefined
  /** Number of tries; 200 unless given. */
  readonly tries?: number
}

/**
 * Draws a word that the manual does not call UNPREDICTABLE. Values at the ends of a field's range are more likely than
 * others, and so is the guard that always passes. Undefined if no try found one.
 */
export function randomWord(i: Instruction, random: Random, options: DrawOptions = {}): Word | undefined {
  const { context = 0, set, choose, tries = 200 } = options
  for (let n = 0; n < tries; n++) {
    const values: Record<string, number> = {}
    for (const place of i.pattern.fields) values[place.name] = drawField(i, place, random, choose)
    const word = encodeIfAllowed(i, values)
    if (!word || i.unpredictable(allValues(i, word, context))) continue
    if (set && set.decode(word.word, context, word.extension)?.instruction !== i) continue
    return word
  }
  return undefined
}

function drawField(i: Instruction, place: FieldPlace, random: Random, choose: DrawOptions["choose"]): number {
  const { guard, fields } = i.vocabulary
  const field = fields[place.name]!
  const signed = field.role === "operand" && field.signed
  const chosen = choose?.(place.name, random)
  if (chosen !== undefined) return signed && chosen >= 2 ** (place.width - 1) ? chosen - 2 ** place.width : chosen
  if (guard?.field === place.name && !i.unguarded && random(2) === 0) return guard.always
  const where = i.where[place.name]
  const lowest = signed ? -(2 ** (place.width - 1)) : 0
  // Some constraints leave few values: a narrow field's are enumerated rather than tried.
  if (where && place.width <= 8) {
    const allowed = Array.from({ length: 2 ** place.width }, (_, n) => n + lowest).filter(where)
    return allowed[random(allowed.length)] ?? 0
  }
  return lowest + drawBits(place.width, field.role === "operand", random)
}

function drawBits(width: number, withEnds: boolean, random: Random): number {
  const count = 2 ** width
  if (withEnds && width > 1 && random(4) === 0)
    return [0, 1, count / 2 - 1, count / 2, count - 2, count - 1][random(6)]!
  return width <= 32 ? random(count) : random(2 ** (width - 32)) * 2 ** 32 + random(2 ** 32)
}

function encodeIfAllowed(i: Instruction, values: Record<string, number>): Word | undefined {
  const { guard, fields } = i.vocabulary
  const condition = guard && !i.unguarded ? fields[guard.field] : undefined
  if (condition?.role === "modifier" && condition.names && guard!.field in values) {
    if (condition.names[values[guard!.field]!] === undefined) return undefined
  }
  for (const name in i.where) if (!i.where[name]!(values[name]!)) return undefined
  if (i.defined && !i.defined(values)) return undefined
  return encodeFields(i, values)
}
