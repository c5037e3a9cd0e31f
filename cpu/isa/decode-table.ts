// The decoder, derived from the patterns: a tree that tests fixed bits, and the check that no word has two meanings.

import type { Instruction } from "./instruction.ts"
import { extract, signExtend } from "./pattern.ts"

/** Finds an instruction by its word: by the highest bits, then by a tree, which grows where words first lead to. */
export type DecodeTree = {
  /** Instructions by their highest bits, and those whose highest bits vary. */
  readonly led: ReadonlyMap<number, readonly Instruction[]>
  readonly others: readonly Instruction[]
  /** Trees of one and the other. */
  readonly trees: Map<number, Branch>
}

type Branch =
  | { readonly leaf: readonly Instruction[] }
  | {
      readonly bit: number
      readonly candidates: readonly Instruction[]
      readonly used: ReadonlySet<number>
      readonly children: [Branch | undefined, Branch | undefined]
    }

/** The highest bits that are looked at first. */
const LEAD = 8

/** Starts the trees. */
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
const ZERO = "0".charCodeAt(0)
const ONE = "1".charCodeAt(0)

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
  const width = candidates[0]!.pattern.width
  const patterns = candidates.map(({ pattern }) => pattern.fixed)
  let best = -1
  let bestScore = 0
  for (let position = 0; position < width; position++) {
    if (used.has(position)) continue
    let zeros = 0
    let ones = 0
    for (const fixed of patterns) {
      const bit = fixed.charCodeAt(position)
      if (bit === ZERO) zeros++
      else if (bit === ONE) ones++
    }
    const score = Math.min(zeros, ones) * 2 + zeros + ones
    if (zeros > 0 && ones > 0 && score > bestScore) {
      bestScore = score
      best = position
    }
  }
  if (best < 0) return leaf(candidates)
  return { bit: best, candidates, used: new Set([...used, best]), children: [undefined, undefined] }
}

function childOf(tree: Exclude<Branch, { leaf: unknown }>, value: 0 | 1): Branch {
  const other = value === 0 ? "1" : "0"
  return (tree.children[value] ??= grow(
    tree.candidates.filter(({ pattern }) => pattern.fixed[tree.bit] !== other),
    tree.used,
  ))
}

// The more special encoding comes first: its words are a subset of the other's.
function leaf(candidates: readonly Instruction[]): Branch {
  const sorted = [...candidates].sort((x, y) => fixedBits(y) - fixedBits(x))
  return { leaf: sorted }
}

const fixedBits = (i: Instruction) =>
  i.pattern.fixed.replaceAll("?", "").length + (Object.keys(i.where).length + (i.defined ? 1 : 0)) / 64

/** The instruction that the word encodes, if any. `extension` is the first word of an instruction of two. */
export function decodeWord(tree: DecodeTree, word: number, width: number, extension = 0): Instruction | undefined {
  let node = treeOf(tree, word, width)
  while (!("leaf" in node)) node = childOf(node, extract(word, node.bit, 1) as 0 | 1)
  return node.leaf.find((i) => matches(i, word, extension))
}

function matches(i: Instruction, word: number, extension: number): boolean {
  const { mask, value } = masks(i)
  for (let half = 0; half < mask.length; half++) {
    if ((extract(word, half * 32, Math.min(32, i.pattern.width - half * 32)) & mask[half]!) !== value[half])
      return false
  }
  for (const name in i.where) if (!i.where[name]!(fieldValue(i, name, word, extension))) return false
  if (i.defined && !i.defined(fieldValues(i, word, extension))) return false
  const { guard, fields } = i.vocabulary
  // A guard field in the encoding excludes the values that name no condition: they open another encoding space.
  if (guard && !i.unguarded) {
    const field = fields[guard.field]
    const place = i.pattern.fields.find((f) => f.name === guard.field)
    if (place && field?.role === "modifier" && field.names?.[extract(word, place.low, place.width)] === undefined)
      return false
  }
  return true
}

const maskCache = new WeakMap<Instruction, { mask: number[]; value: number[] }>()

/** Mask and value of the fixed bits, as signed 32-bit halves, low half first. */
function masks(i: Instruction): { mask: number[]; value: number[] } {
  let found = maskCache.get(i)
  if (!found) {
    const halves = Math.ceil(i.pattern.width / 32)
    found = { mask: new Array(halves).fill(0), value: new Array(halves).fill(0) }
    for (const [position, bit] of [...i.pattern.fixed].entries()) {
      if (bit === "?") continue
      found.mask[position >> 5]! |= 1 << (position & 31)
      if (bit === "1") found.value[position >> 5]! |= 1 << (position & 31)
    }
    maskCache.set(i, found)
  }
  return found
}

/** Value of a field of the instruction in that word, sign-extended where the field is signed. */
export function fieldValue(i: Instruction, name: string, word: number, extension = 0): number {
  const place = i.pattern.fields.find((f) => f.name === name)
  if (!place) throw new Error(`${i.name} has no field ${name}`)
  const raw = extract(place.extension ? extension : word, place.low, place.width)
  const field = i.vocabulary.fields[name]
  return field?.role === "operand" && field.signed ? signExtend(raw, place.width) : raw
}

/** Values of all fields of the instruction in that word. */
export function fieldValues(i: Instruction, word: number, extension = 0): Record<string, number> {
  return Object.fromEntries(i.pattern.fields.map((f) => [f.name, fieldValue(i, f.name, word, extension)]))
}

/** Pairs of encodings that share words although neither is the more special: each a line naming both. */
export function overlaps(instructions: readonly Instruction[]): string[] {
  const found: string[] = []
  instructions.forEach((x, n) => {
    for (const y of instructions.slice(n + 1)) {
      let disjoint = guardExcludes(x, y) || guardExcludes(y, x)
      let xMore = false
      let yMore = false
      for (const [position, p] of [...x.pattern.fixed].entries()) {
        const q = y.pattern.fixed[position]!
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

/** Whether the other encoding stands where the guard of this one names no condition. */
function guardExcludes(i: Instruction, other: Instruction): boolean {
  const { guard, fields } = i.vocabulary
  const field = guard && !i.unguarded ? fields[guard.field] : undefined
  const place = i.pattern.fields.find((f) => f.name === guard?.field)
  if (!place || place.extension || field?.role !== "modifier" || !field.names) return false
  let value = 0
  for (let n = place.width - 1; n >= 0; n--) {
    const bit = other.pattern.fixed[place.low + n]!
    if (bit === "?") return false
    value = value * 2 + Number(bit)
  }
  return field.names[value] === undefined
}
