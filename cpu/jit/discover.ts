// Finds a region: the blocks that direct control flow reaches from a hot instruction, as far as their code can be seen.

import type { Block, Node, RegisterFile, Statement } from "../ir/index.ts"
import { blocksOf } from "../ir/index.ts"
import { type Architecture, type CodeFormat, type Fetched, translate } from "../isa/index.ts"

/** Bytes of a page of code. */
export const PAGE = 4096

/** The code around a hot instruction. Offsets count from the start of the page that the region's entry lies in. */
export type CodeView = {
  /** The unit of code at an offset; undefined where no code is known to be. */
  read(offset: number): number | undefined
}

/** What an instruction does, whatever its address: the same for each place where it stands. */
export type Meaning = {
  readonly length: number
  /** What it does; undefined if only the interpreter can do it. */
  readonly ir: Block | undefined
  /** Every branch in it. */
  readonly branches: readonly Branch[]
  /** Whether it branches and leaves the address of the instruction after it in a register, as calls do. */
  readonly links: boolean
  /** Whether the instruction after it may be executed next. */
  readonly fallsThrough: boolean
  /** Decode context of the instruction after it. */
  readonly contextAfter: number
}

/** A branch of the IR. */
export type Branch = Extract<Statement, { kind: "branch" }>

/** One instruction of a region. */
export type Step = {
  readonly offset: number
  /** Decode context that it is executed in. */
  readonly context: number
  readonly meaning: Meaning
}

/** Instructions that are executed one after the other, and what may follow them. */
export type RegionBlock = {
  readonly offset: number
  readonly steps: readonly Step[]
  /** What follows the last step if it does not branch; undefined if it always does. */
  readonly next: Exit | undefined
}

/** Where control goes: to a block of the region, or out of it to an offset in a decode context. */
export type Exit = { readonly block: number } | { readonly offset: number; readonly context: number }

/** A region. */
export type Region = {
  readonly format: CodeFormat
  readonly blocks: readonly RegionBlock[]
  /** Block that starts at an offset. */
  readonly at: ReadonlyMap<number, number>
  /** Blocks that are gone to by their address: from outside, by a branch through a register, on a return. */
  readonly entries: readonly number[]
  /** Whether some branch goes where only running tells. */
  readonly isIndirect: boolean
  /** Number of instructions. */
  readonly instructions: number
  /** Offsets that it goes to which begin another region. */
  readonly borders: ReadonlySet<number>
  /** Offsets that it calls. */
  readonly calls: ReadonlySet<number>
}

/** Where a region is to begin, and what it must leave to others. */
export type Seeds = {
  /** Offsets of instructions; those of one page, the first one's. */
  readonly offsets: readonly number[]
  /** Those, and further blocks that belong to it, whoever else has them. */
  readonly known: readonly number[]
  /** Most instructions of the region. */
  readonly most: number
  /** Whether another region begins at the offset, which `call` tells to be gone to by a call. */
  isTaken(offset: number, call: boolean): boolean
  /** Whether a branch to the offset leaves the region, since nothing was ever executed there. */
  isCold(offset: number): boolean
}

/** An offset that a value stands for whatever page the region runs at; undefined if it is not known. */
export function staticOffset(node: Node, pc: number): number | undefined {
  const place = locate(node, pc)
  return place?.relative ? place.value : undefined
}

type Place = { readonly relative: boolean; readonly value: number }

// Sums of the address of the instruction and constants; masks that clear bits below a page's size.
function locate(node: Node, pc: number): Place | undefined {
  if (node.kind === "const" && node.type === "i32") return { relative: false, value: Number(node.value) }
  if (node.kind === "pc") return { relative: true, value: pc }
  if (node.kind !== "op") return undefined
  const [a, b] = node.args.map((arg) => locate(arg, pc))
  if (!a || !b || b.relative) return undefined
  switch (node.op.name) {
    case "i32.add":
      return { relative: a.relative, value: (a.value + b.value) | 0 }
    case "i32.sub":
      return { relative: a.relative, value: (a.value - b.value) | 0 }
    case "i32.and":
      return (b.value | (PAGE - 1)) === -1 ? { relative: a.relative, value: a.value & b.value } : undefined
    default:
      return undefined
  }
}

/**
 * The branches of an instruction; undefined if a region cannot do it. What only the interpreter can do (helpers, and what
 * changes how the engine runs) it is left to do by starting the instruction again: on a path where nothing was written, and
 * not on every path.
 */
function branchesOf(ir: Block, arch: Architecture): Branch[] | undefined {
  const engine = engineFiles(arch)
  const branches: Branch[] = []
  let isTranslatable = true
  const follow = (block: Block, wroteBefore: boolean, always: boolean): boolean => {
    let wrote = wroteBefore
    for (const s of block) {
      if (s.kind === "get" || s.kind === "set") {
        if (engine.has(s.file) || s.index.kind !== "const") isTranslatable = false
        wrote ||= s.kind === "set"
        continue
      }
      if (s.kind === "branch") branches.push(s)
      if (isLeftOut(s) && (wrote || always)) isTranslatable = false
      const before = wrote || (s.kind === "eachBit" && s.body.some((t) => t.kind === "set" || t.kind === "store"))
      for (const nested of blocksOf(s)) wrote = follow(nested, before, false) || wrote
      wrote ||= s.kind === "store"
    }
    return wrote
  }
  follow(ir, false, true)
  return isTranslatable ? branches : undefined
}

const engineFilesOf = new WeakMap<Architecture, ReadonlySet<RegisterFile>>()

// Registers by which instructions change how the engine runs.
function engineFiles(arch: Architecture): ReadonlySet<RegisterFile> {
  let files = engineFilesOf.get(arch)
  if (!files) {
    const { ISA, CONTEXT, REGIME, EXCEPTION, EXCEPTION_PC, EXCEPTION_CONTEXT, EXCEPTION_ARG } = arch.engine
    files = new Set([ISA, CONTEXT, REGIME, EXCEPTION, EXCEPTION_PC, EXCEPTION_CONTEXT, EXCEPTION_ARG])
    engineFilesOf.set(arch, files)
  }
  return files
}

// Whether a statement is left to the interpreter.
const isLeftOut = (s: Statement): boolean =>
  s.kind === "call" || s.kind === "perform" || s.kind === "exit" || s.kind === "attend"

/** Whether the end of a block is reached. */
function reachesEnd(block: Block): boolean {
  const last = block[block.length - 1]
  if (!last) return true
  if (last.kind === "branch" || last.kind === "raise" || last.kind === "exit") return false
  if (last.kind === "if") return reachesEnd(last.passed) || reachesEnd(last.otherwise)
  return true
}

// Bit 0 of a link may tell the instruction set.
const linksTo = (block: Block, length: number): boolean =>
  block.some(
    (s) =>
      (s.kind === "set" && ((staticOffset(s.value, 0) ?? 0) & ~1) === length) ||
      blocksOf(s).some((inner) => linksTo(inner, length)),
  )

/** Where a branch of a step goes inside code of the same instruction set; undefined if only running tells. */
export function branchTarget(branch: Branch, step: { readonly offset: number }, isa: number): number | undefined {
  if (branch.context && !(branch.context.kind === "const" && branch.context.value === isa)) return undefined
  return staticOffset(branch.target, step.offset)
}

/** Most words remembered. */
const MOST_MEANINGS = 1 << 13

function alike<T>(maps: Map<number, Map<number, T>>, key: number): Map<number, T> {
  let found = maps.get(key)
  if (!found) maps.set(key, (found = new Map()))
  return found
}

/** What the words of one code format mean; code repeats itself, so each is looked at once. */
export class Meanings {
  readonly #arch: Architecture
  readonly format: CodeFormat
  readonly #isVariable: boolean
  /** By decode context; in each by what stands there: the first unit if it is all, else the units as one number of 32 bits. */
  readonly #short = new Map<number, Map<number, Meaning | null>>()
  readonly #long = new Map<number, Map<number, Meaning | null>>()
  #count = 0

  constructor(arch: Architecture, format: CodeFormat) {
    this.#arch = arch
    this.format = format
    this.#isVariable = format.lengths.some((n) => n > format.unit)
  }

  /** The meaning of what stands at an offset; undefined if nothing is known to stand there, or nothing that is an instruction. */
  at(view: CodeView, offset: number, context: number): Meaning | undefined {
    const first = view.read(offset)
    if (first === undefined) return undefined
    const known = alike(this.#short, context).get(first | 0)
    if (known) return known
    // An instruction must lie in one page.
    const after = offset + this.format.unit
    const second = this.#isVariable ? (after % PAGE === 0 ? undefined : view.read(after)) : 0
    const kind = context * 2 + (second === undefined ? 1 : 0)
    const key = ((second ?? 0) << 16) | first
    let meaning = alike(this.#long, kind).get(key)
    if (meaning === undefined) {
      meaning = this.#decode(first, second, context)
      if (++this.#count > MOST_MEANINGS) {
        this.#short.clear()
        this.#long.clear()
        this.#count = 1
      }
      const isShort = meaning?.length === this.format.unit
      const alikes = isShort ? alike(this.#short, context) : alike(this.#long, kind)
      alikes.set(isShort ? first | 0 : key, meaning)
    }
    return meaning ?? undefined
  }

  #decode(first: number, second: number | undefined, context: number): Meaning | null {
    let missing = false
    const fetched = this.format.decode((at) => {
      const value = at === 0 ? first : second
      if (value === undefined) missing = true
      return value ?? 0
    }, context)
    return (!missing && this.#meaning(fetched)) || null
  }

  #meaning({ decoded, length, context }: Fetched): Meaning | undefined {
    if (!decoded) return undefined
    const ir = translate(decoded, { addressType: this.#arch.addressType, length }).block
    const branches = branchesOf(ir, this.#arch)
    return {
      length,
      ir: branches && ir,
      branches: branches ?? [],
      links: branches !== undefined && branches.length > 0 && linksTo(ir, length),
      fallsThrough: reachesEnd(ir),
      contextAfter: context,
    }
  }
}

/** Finds the region of the instructions at some offsets; undefined if the first cannot be translated. */
export function discover(arch: Architecture, meanings: Meanings, view: CodeView, seeds: Seeds): Region | undefined {
  const { format } = meanings
  const isa = arch.formats.indexOf(format)
  const decode = (offset: number, context: number) => meanings.at(view, offset, context)
  const [first] = seeds.offsets
  if (first === undefined || !decode(first, 0)?.ir) return undefined

  // First what is reached, and which offsets a branch goes to; then the blocks between those.
  const known = new Set(seeds.known)
  const leaders = new Set(known)
  const entries = new Set(seeds.offsets)
  const borders = new Set<number>()
  const queue = [...known]
  const reached = new Map<number, Step>()
  const called = new Set<number>()
  let isIndirect = false
  const lead = (offset: number) => {
    if (leaders.has(offset)) return
    leaders.add(offset)
    queue.push(offset)
  }
  const enter = (offset: number) => {
    entries.add(offset)
    lead(offset)
  }
  const isBorder = (offset: number) => {
    const taken = seeds.isTaken(offset, called.has(offset))
    if (taken) borders.add(offset)
    return taken
  }
  for (let from = queue.shift(); from !== undefined; from = queue.shift()) {
    let offset = from
    let context = 0
    if (!known.has(from) && isBorder(from)) continue
    if (!known.has(from) && seeds.isCold(from)) continue
    for (;;) {
      const key = offset * 256 + context
      if (reached.has(key)) {
        if (context === 0) leaders.add(offset)
        break
      }
      if (reached.size >= seeds.most) break
      if (context === 0 && offset !== from && !known.has(offset) && isBorder(offset)) break
      const meaning = decode(offset, context)
      if (!meaning) break
      const { length, contextAfter } = meaning
      if (!meaning.ir) {
        // The interpreter does it, and comes back.
        if (context === 0 && contextAfter === 0 && meaning.fallsThrough && offset !== from) enter(offset + length)
        break
      }
      const step = { offset, context, meaning }
      reached.set(key, step)
      for (const branch of meaning.branches) {
        const target = branchTarget(branch, step, isa)
        if (target === undefined) isIndirect = true
        else {
          if (meaning.links) called.add(target)
          lead(target)
        }
        if (meaning.links && contextAfter === 0) enter(offset + length)
      }
      if (!meaning.fallsThrough) break
      const page = Math.floor(offset / PAGE)
      offset += length
      context = contextAfter
      // The mapping of a page is looked at where a block of it is entered.
      if (context === 0 && (meaning.branches.length > 0 || Math.floor(offset / PAGE) !== page)) {
        lead(offset)
        break
      }
      if (Math.floor(offset / PAGE) !== page) break
    }
  }

  const starts = [...leaders].filter((offset) => reached.has(offset * 256))
  const at = new Map(starts.map((offset, i) => [offset, i]))
  const blocks = starts.map((start): RegionBlock => {
    const steps: Step[] = []
    let offset = start
    let context = 0
    for (;;) {
      const step = reached.get(offset * 256 + context)
      if (!step) return { offset: start, steps, next: { offset, context } }
      steps.push(step)
      if (!step.meaning.fallsThrough) return { offset: start, steps, next: undefined }
      offset += step.meaning.length
      context = step.meaning.contextAfter
      const block = context === 0 ? at.get(offset) : undefined
      if (block !== undefined) return { offset: start, steps, next: { block } }
    }
  })
  const instructions = blocks.reduce((sum, block) => sum + block.steps.length, 0)
  const entered = [...entries].flatMap((offset) => at.get(offset) ?? [])
  return { format, blocks, at, entries: entered, isIndirect, instructions, borders, calls: called }
}
