// The decoder, derived from the patterns: a tree that tests fixed bits, and the check that no word has two meanings.

import type { Instruction } from "./instruction.ts"
import { extract, fixedBit, signExtend } from "./pattern.ts"

/** Finds an instruction by its word: by the highest bits, then by a tree, which grows on demand. */
export type DecodeTree = {
  /** Instructions by their highest bits; those whose highest bits vary are apart. */
  readonly led: ReadonlyMap<number, readonly Instruction[]>
  readonly others: readonly Instruction[]
  /** The trees of both kinds. */
  readonly trees: Map<number, Branch>
}

type Matcher = { readonly instruction: Instruction; matches(word: number, extension: number): boolean }

type Branch =
  | { readonly leaf: readonly Matcher[] }
  | {
      readonly bit: number
      readonly candidates: readonly Instruction[]
      readonly used: ReadonlySet<number>
      readonly children: [Branch | undefined, Branch | undefined]
    }

/** Number of highest bits that are compared first. */
const LEAD = 8

/** Prepares the decoder; the trees grow later. */
export function buildDecodeTree(instructions: readonly Instruction[]): DecodeTree {
  const led = new Map<number, Instruction[]>()
  const others: Instruction[] = []
  for (const i of instructions) {
    if (i.lead.length < LEAD) {
      others.push(i)
      continue
    }
    const lead = Number(`0b${i.lead.slice(0, LEAD)}`)
    const list = led.get(lead)
    if (list) list.push(i)
    else led.set(lead, [i])
  }
  return { led, others, trees: new Map() }
}

const NO_LEAD = -1

function treeOf({ led, others, trees }: DecodeTree, word: number, width: number): Branch {
  const lead = extract(word, width - LEAD, LEAD)
  const list = led.get(lead)
  const key = list ? lead : NO_LEAD
  let tree = trees.get(key)
  if (!tree) {
    tree = grow(list ? [...list, ...others] : others, new Set())
    trees.set(key, tree)
  }
  return tree
}

function grow(candidates: readonly Instruction[], used: ReadonlySet<number>): Branch {
  if (candidates.length <= 3) return leaf(candidates)
  const [zeros, ones] = countBits(candidates)
  let best = -1
  let bestScore = 0
  for (const [position, zero] of zeros.entries()) {
    const one = ones[position]!
    const score = Math.min(zero, one) * 2 + zero + one
    if (zero > 0 && one > 0 && score > bestScore && !used.has(position)) {
      bestScore = score
      best = position
    }
  }
  if (best < 0) return leaf(candidates)
  return { bit: best, candidates, used: new Set([...used, best]), children: [undefined, undefined] }
}

/** Counts the instructions that have a 0, and those that have a 1, at each position. */
function countBits(candidates: readonly Instruction[]): [zeros: Uint32Array, ones: Uint32Array] {
  const { width } = candidates[0]!.pattern
  const [zeros, ones] = [new Uint32Array(width), new Uint32Array(width)]
  for (const i of candidates) {
    const { mask, value } = masks(i)
    for (let half = 0; half < mask.length; half++) {
      for (let rest = mask[half]!; rest !== 0; rest &= rest - 1) {
        const bit = 31 - Math.clz32(rest & -rest)
        const counts = (value[half]! >>> bit) & 1 ? ones : zeros
        counts[half * 32 + bit]!++
      }
    }
  }
  return [zeros, ones]
}

function childOf(tree: Exclude<Branch, { leaf: unknown }>, value: 0 | 1): Branch {
  const other = value === 0 ? "1" : "0"
  const { bit } = tree
  return (tree.children[value] ??= grow(
    tree.candidates.filter(({ pattern }) => fixedBit(pattern, bit) !== other),
    tree.used,
  ))
}

// The more specific encoding comes first: its words are a subset of the other's.
function leaf(candidates: readonly Instruction[]): Branch {
  const sorted = [...candidates].sort((x, y) => fixedBits(y) - fixedBits(x))
  return { leaf: sorted.map(matcherOf) }
}

const fixedBits = (i: Instruction) =>
  masks(i).mask.reduce((sum, half) => sum + bitCount(half), 0) +
  (Object.keys(i.where).length + (i.defined ? 1 : 0)) / 64

function bitCount(x: number): number {
  let n = 0
  for (let rest = x; rest !== 0; rest &= rest - 1) n++
  return n
}

/** The instruction that a word encodes, if any. `extension` is the first word of a two-word instruction. */
export function decodeWord(tree: DecodeTree, word: number, width: number, extension = 0): Instruction | undefined {
  let node = treeOf(tree, word, width)
  while (!("leaf" in node)) node = childOf(node, extract(word, node.bit, 1) as 0 | 1)
  for (const { instruction, matches } of node.leaf) if (matches(word, extension)) return instruction
  return undefined
}

// Builds the test of an instruction's words, once for each instruction: its fixed bits, then its fields.
function matcherOf(i: Instruction): Matcher {
  const { mask, value } = masks(i)
  const { width } = i.pattern
  const tests: ((word: number, extension: number) => boolean)[] = []
  for (const [name, test] of Object.entries(i.where)) {
    const read = fieldReader(i, name)
    tests.push((word, extension) => test(read(word, extension)))
  }
  const { defined } = i
  if (defined) tests.push((word, extension) => defined(fieldValues(i, word, extension)))
  const { guard, fields } = i.vocabulary
  // A guard field excludes values that name no condition: those open another encoding space.
  const field = guard && !i.unguarded ? fields[guard.field] : undefined
  if (field?.role === "modifier" && hasField(i, guard!.field)) {
    const read = fieldReader(i, guard!.field)
    tests.push((word, extension) => field.names?.[read(word, extension)] !== undefined)
  }
  const [lowMask, highMask] = mask
  const [lowValue, highValue] = value
  const isFixed =
    highMask === undefined
      ? (word: number) => (word & lowMask!) === lowValue
      : (word: number) =>
          (extract(word, 0, 32) & lowMask!) === lowValue && (extract(word, 32, width - 32) & highMask) === highValue
  return {
    instruction: i,
    matches: (word, extension) => isFixed(word) && tests.every((test) => test(word, extension)),
  }
}

const maskCache = new WeakMap<Instruction, { mask: number[]; value: number[] }>()

/** Mask and value of the fixed bits, as signed 32-bit halves, low half first. */
function masks(i: Instruction): { mask: number[]; value: number[] } {
  let found = maskCache.get(i)
  if (!found) {
    const { width, mask, value } = i.pattern
    const halves = (x: number) => (width <= 32 ? [x | 0] : [x | 0, Math.floor(x / 2 ** 32)])
    found = { mask: halves(mask), value: halves(value) }
    maskCache.set(i, found)
  }
  return found
}

/** Whether an encoding has that field. */
export const hasField = (i: Instruction, name: string) => i.pattern.fields.some((f) => f.name === name)

/** Returns a function that reads a field from any word of the instruction, sign-extended if the field is signed. */
export function fieldReader(i: Instruction, name: string): (word: number, extension: number) => number {
  const place = i.pattern.fields.find((f) => f.name === name)
  if (!place) throw new Error(`${i.name} has no field ${name}`)
  const field = i.vocabulary.fields[name]
  const isSigned = field?.role === "operand" && field.signed
  const { low, width } = place
  const valueIn = (word: number) =>
    isSigned ? signExtend(extract(word, low, width), width) : extract(word, low, width)
  return place.extension ? (_, extension) => valueIn(extension) : valueIn
}

/** Reads one field of the instruction from a word. */
export const fieldValue = (i: Instruction, name: string, word: number, extension = 0): number =>
  fieldReader(i, name)(word, extension)

/** Reads all fields of the instruction from a word. */
export function fieldValues(i: Instruction, word: number, extension = 0): Record<string, number> {
  return Object.fromEntries(i.pattern.fields.map((f) => [f.name, fieldValue(i, f.name, word, extension)]))
}

/** Finds encodings that share words although neither is more specific; returns one line for each pair. */
export function overlaps(instructions: readonly Instruction[]): string[] {
  const found: string[] = []
  instructions.forEach((x, n) => {
    for (const y of instructions.slice(n + 1)) {
      let disjoint = guardExcludes(x, y) || guardExcludes(y, x)
      let xMore = false
      let yMore = false
      for (let position = 0; position < x.pattern.width; position++) {
        const [p, q] = [fixedBit(x.pattern, position), fixedBit(y.pattern, position)]
        if (p !== "?" && q !== "?" && p !== q) disjoint = true
        if (p !== "?" && q === "?") xMore = true
        if (p === "?" && q !== "?") yMore = true
      }
      const told = xMore !== yMore || isLimited(x) || isLimited(y)
      if (!disjoint && !told) found.push(`${x.name} (${x.args}) and ${y.name} (${y.args}) share words`)
    }
  })
  return found
}

const isLimited = (i: Instruction) => Object.keys(i.where).length > 0 || i.defined !== undefined

/** Whether the other encoding uses a guard value that names no condition in this one. */
function guardExcludes(i: Instruction, other: Instruction): boolean {
  const { guard, fields } = i.vocabulary
  const field = guard && !i.unguarded ? fields[guard.field] : undefined
  const place = i.pattern.fields.find((f) => f.name === guard?.field)
  if (!place || place.extension || field?.role !== "modifier" || !field.names) return false
  let value = 0
  for (let n = place.width - 1; n >= 0; n--) {
    const bit = fixedBit(other.pattern, place.low + n)
    if (bit === "?") return false
    value = value * 2 + Number(bit)
  }
  return field.names[value] === undefined
}
