// Region discovery: finds the blocks that direct control flow reaches from some seeds, in the pages that are predecoded.

import type { Architecture, CodeFormat } from "../isa/index.ts"
import { branchTarget, type CodeView, type InstructionIr, PAGE } from "./instruction-ir.ts"
import type { IrCache } from "./ir-cache.ts"

/** An instruction at its place in a region. */
export type Step = {
  /** Bytes from the start of the region's first page. */
  readonly offset: number
  /** Decode context that it runs in. */
  readonly context: number
  readonly instruction: InstructionIr
}

/** A block: instructions that run one after the other, and their fall-through edge. */
export type RegionBlock = {
  readonly offset: number
  readonly steps: readonly Step[]
  /** The edge behind the last step; undefined if that never falls through. */
  readonly next: Edge | undefined
}

/** A target outside of the region: its offset, and the decode context there. */
export type OutsideTarget = { readonly offset: number; readonly context: number }

/** A control-flow edge, by its target: a block of the region, or a place outside. */
export type Edge = { readonly block: number } | OutsideTarget

/** A region: blocks of guest code that are translated as one function. */
export type Region = {
  readonly format: CodeFormat
  readonly blocks: readonly RegionBlock[]
  /** Index in `blocks` of the block that begins at an offset. */
  readonly blockAt: ReadonlyMap<number, number>
  /** Indices of the blocks that the dispatcher leads to: entered from outside, by indirect branches, by returns. */
  readonly entries: readonly number[]
  /** Whether it has an indirect branch. */
  readonly isIndirect: boolean
  /** Number of instructions. */
  readonly instructions: number
  /** Targets outside, as offsets, at which other regions begin. */
  readonly boundaries: ReadonlySet<number>
  /** Targets of its calls, as offsets. */
  readonly calls: ReadonlySet<number>
}

/** Where a region begins, and where discovery stops. */
export type DiscoveryOptions = {
  /** Offsets of the entries to begin with; the first one lies in the page that offsets count from. */
  readonly seeds: readonly number[]
  /** The seeds, and offsets of further blocks that belong to the region even if another region begins there. */
  readonly required: readonly number[]
  /** Instructions at most. */
  readonly maxInstructions: number
  /** Whether the region ends before an offset because another region begins there. */
  isBoundary(offset: number, isCalled: boolean): boolean
  /** Whether a branch to an offset exits the region because the code there has never run. */
  isCold(offset: number): boolean
}

/** Discovers the region of some seeds; undefined if the first seed cannot be translated. */
export function discover(
  arch: Architecture,
  irs: IrCache,
  view: CodeView,
  options: DiscoveryOptions,
): Region | undefined {
  const [first] = options.seeds
  if (first === undefined || !irs.at(view, first, 0)?.ir) return undefined
  return new Discovery(arch, irs, view, options).region()
}

// Key of a step: an instruction may be reached in several decode contexts.
const keyOf = (offset: number, context: number) => offset * 256 + context

class Discovery {
  readonly #irs: IrCache
  readonly #view: CodeView
  readonly #options: DiscoveryOptions
  readonly #isa: number
  readonly #required: ReadonlySet<number>
  /** Offsets at which blocks begin. */
  readonly #leaders: Set<number>
  readonly #entries: Set<number>
  readonly #queue: number[]
  readonly #reached = new Map<number, Step>()
  readonly #boundaries = new Set<number>()
  readonly #calls = new Set<number>()
  #isIndirect = false

  constructor(arch: Architecture, irs: IrCache, view: CodeView, options: DiscoveryOptions) {
    this.#irs = irs
    this.#view = view
    this.#options = options
    this.#isa = arch.formats.indexOf(irs.format)
    this.#required = new Set(options.required)
    this.#leaders = new Set(this.#required)
    this.#entries = new Set(options.seeds)
    this.#queue = [...this.#required]
  }

  /** First marks the steps that are reachable and the leaders, then assembles the blocks. */
  region(): Region {
    for (let from = this.#queue.shift(); from !== undefined; from = this.#queue.shift()) {
      if (this.#required.has(from) || !(this.#isBoundary(from) || this.#options.isCold(from))) this.#followBlock(from)
    }
    const starts = [...this.#leaders].filter((offset) => this.#reached.has(keyOf(offset, 0)))
    const blockAt = new Map(starts.map((offset, i) => [offset, i]))
    const blocks = starts.map((start) => this.#block(start, blockAt))
    return {
      format: this.#irs.format,
      blocks,
      blockAt,
      entries: [...this.#entries].flatMap((offset) => blockAt.get(offset) ?? []),
      isIndirect: this.#isIndirect,
      instructions: blocks.reduce((sum, { steps }) => sum + steps.length, 0),
      boundaries: this.#boundaries,
      calls: this.#calls,
    }
  }

  // Follows straight-line code from a leader to the end of its block.
  #followBlock(from: number): void {
    let offset = from
    let context = 0
    for (;;) {
      const key = keyOf(offset, context)
      if (this.#reached.has(key)) {
        if (context === 0) this.#leaders.add(offset)
        return
      }
      if (this.#reached.size >= this.#options.maxInstructions) return
      const mayEnd = context === 0 && offset !== from && !this.#required.has(offset)
      if (mayEnd && this.#isBoundary(offset)) return
      const instruction = this.#irs.at(this.#view, offset, context)
      if (!instruction) return
      const { length, contextAfter, fallsThrough, branches } = instruction
      if (!instruction.ir) {
        // The region exits before this instruction. The interpreter executes it and enters the region again behind it.
        if (context === 0 && contextAfter === 0 && fallsThrough && offset !== from) this.#addEntry(offset + length)
        return
      }
      const step = { offset, context, instruction }
      this.#reached.set(key, step)
      this.#branches(step)
      if (!fallsThrough || instruction.endsRegion) return
      const page = Math.floor(offset / PAGE)
      offset += length
      context = contextAfter
      const isOtherPage = Math.floor(offset / PAGE) !== page
      // A block lies in one page, since edges are where mappings are checked.
      if (context === 0 && (branches.length > 0 || isOtherPage)) {
        this.#addLeader(offset)
        return
      }
      if (isOtherPage) return
    }
  }

  #branches(step: Step): void {
    const { branches, isCall, contextAfter, length } = step.instruction
    for (const branch of branches) {
      if (branch.leaves) continue
      const target = branchTarget(branch, step, this.#isa)
      if (target === undefined) this.#isIndirect = true
      else {
        if (isCall) this.#calls.add(target)
        this.#addLeader(target)
      }
      if (isCall && contextAfter === 0) this.#addEntry(step.offset + length)
    }
  }

  #addLeader(offset: number): void {
    if (this.#leaders.has(offset)) return
    this.#leaders.add(offset)
    this.#queue.push(offset)
  }

  #addEntry(offset: number): void {
    this.#entries.add(offset)
    this.#addLeader(offset)
  }

  #isBoundary(offset: number): boolean {
    const isBoundary = this.#options.isBoundary(offset, this.#calls.has(offset))
    if (isBoundary) this.#boundaries.add(offset)
    return isBoundary
  }

  #block(start: number, blockAt: ReadonlyMap<number, number>): RegionBlock {
    const steps: Step[] = []
    let offset = start
    let context = 0
    for (;;) {
      const step = this.#reached.get(keyOf(offset, context))
      if (!step) return { offset: start, steps, next: { offset, context } }
      steps.push(step)
      if (!step.instruction.fallsThrough) return { offset: start, steps, next: undefined }
      offset += step.instruction.length
      context = step.instruction.contextAfter
      if (step.instruction.endsRegion) return { offset: start, steps, next: { offset, context } }
      const block = context === 0 ? blockAt.get(offset) : undefined
      if (block !== undefined) return { offset: start, steps, next: { block } }
    }
  }
}
