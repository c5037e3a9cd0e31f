// What passes work on: the instructions of a region, with the IR that each is translated from.

import type { LazyFlag } from "../../codegen/lazy-flags.ts"
import type { Access, Block, Statement } from "../../ir/index.ts"
import type { Architecture } from "../../isa/index.ts"
import type { Exit, Region, Step } from "../discover.ts"
import type { Graph } from "../graph.ts"

/** A flag that is materialised before an instruction, by the recipe of that number; undefined where only running tells. */
export type Materialised = { readonly flag: LazyFlag; readonly recipe: number | undefined }

/** A change of the recipes in a word: its bits of the mask become those of the value. */
export type RecipeChange = { readonly word: number; readonly mask: number; readonly value: number }

/** Bytes of which the address of an access is a multiple if it has to be aligned. */
export const unitOf = ({ bytes }: Access): number => Math.min(bytes, 4)

/** An access whose page is checked together with that of others. */
export type PageCheck = {
  /** Number, within the block, of the place that they share: where the lowest of them goes to in linear memory. */
  readonly place: number
  /** Bytes from there to this one. */
  readonly offset: number
  /**
   * For the first of them: how many bytes are checked, and the bytes of which their addresses are multiples if any has to
   * be aligned.
   */
  readonly makes: { readonly span: number; readonly unit: number } | undefined
}

/** An instruction, as passes change it. */
export type PlannedStep = Step & {
  ir: Block
  /** Accesses of its IR that share a check. */
  checks: ReadonlyMap<Statement, PageCheck>
  /** Loads of its IR that expect to find in the TLB what they found the last time: number, within the region, of that. */
  expected: ReadonlyMap<Statement, number>
  /** Flags that must be materialised before it. */
  materialise: readonly Materialised[]
  /** Recipes of flags after it, where it changes them. */
  recipes: readonly RecipeChange[]
}

/** A block of a region. */
export type PlannedBlock = {
  readonly offset: number
  readonly steps: readonly PlannedStep[]
  readonly next: Exit | undefined
}

/** A region on its way through the passes. */
export type Plan = {
  readonly arch: Architecture
  readonly region: Region
  /** Its control flow; node n + 1 is block n. */
  readonly graph: Graph
  readonly blocks: readonly PlannedBlock[]
}

/** Changes a plan for the better, without changing what it does. */
export type Pass = {
  readonly name: string
  /** Whether it takes longer than most regions get back from it: for those that have grown, since they were worth it. */
  readonly isThorough?: boolean
  run(plan: Plan): void
}

const NONE = new Map<Statement, never>()

/** The plan of a region before any pass. */
export function planOf(arch: Architecture, region: Region, graph: Graph): Plan {
  const blocks = region.blocks.map(({ offset, steps, next }) => ({
    offset,
    next,
    steps: steps.map(({ offset, context, meaning }) => ({
      offset,
      context,
      meaning,
      ir: meaning.ir!,
      checks: NONE,
      expected: NONE,
      materialise: [],
      recipes: [],
    })),
  }))
  return { arch, region, graph, blocks }
}
