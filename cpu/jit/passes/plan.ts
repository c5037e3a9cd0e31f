// What passes work on: the instructions of a region, each with the IR that it is translated from.

import type { LazyFlag } from "../../codegen/lazy-flags.ts"
import type { Access, Block, Statement } from "../../ir/index.ts"
import type { Architecture } from "../../isa/index.ts"
import type { Edge, Region, Step } from "../discover.ts"
import type { Graph } from "../graph.ts"

/** A flag that is materialised before an instruction, by the recipe of that number; undefined where only running tells. */
export type Materialised = { readonly flag: LazyFlag; readonly recipe: number | undefined }

/** A change of the recipes in a word: its bits of the mask become those of the value. */
export type RecipeChange = { readonly word: number; readonly mask: number; readonly value: number }

/** The alignment of an access, if it has to be aligned. */
export const unitOf = ({ bytes }: Access): number => Math.min(bytes, 4)

/** The part of an access in a TLB check that several accesses share. */
export type SharedCheck = {
  /** Number of the check within the block. */
  readonly number: number
  /** Bytes from the lowest of the accesses to this one. */
  readonly offset: number
  /** The TLB probe, at the first access: bytes that it covers, and the alignment that it tests if any has to be aligned. */
  readonly probe: { readonly bytes: number; readonly unit: number } | undefined
}

/** An instruction, as passes change it. */
export type PlannedStep = Step & {
  ir: Block
  /** Accesses of its IR that share a TLB check. */
  sharedChecks: ReadonlyMap<Statement, SharedCheck>
  /** Loads of its IR that predict their TLB entry, with the number of the prediction in the region. */
  predicted: ReadonlyMap<Statement, number>
  /** Flags that must be materialised before it. */
  materialise: readonly Materialised[]
  /** Recipes of flags after it, where it changes them. */
  recipes: readonly RecipeChange[]
}

/** A block of a region. */
export type PlannedBlock = {
  readonly offset: number
  readonly steps: readonly PlannedStep[]
  readonly next: Edge | undefined
}

/** A region on its way through the passes. */
export type Plan = {
  readonly arch: Architecture
  readonly region: Region
  /** Its control flow; node n + 1 is block n. */
  readonly graph: Graph
  readonly blocks: readonly PlannedBlock[]
}

/** Improves a plan without changing what it does. */
export type Pass = {
  readonly name: string
  /** Whether it runs only on regions that have grown: others would not earn its time back. */
  readonly isThorough?: boolean
  run(plan: Plan): void
}

const NONE = new Map<Statement, never>()

/** The plan of a region before any pass. */
export function planOf(arch: Architecture, region: Region, graph: Graph): Plan {
  const blocks = region.blocks.map(({ offset, steps, next }) => ({
    offset,
    next,
    steps: steps.map(({ offset, context, instruction }) => ({
      offset,
      context,
      instruction,
      ir: instruction.ir!,
      sharedChecks: NONE,
      predicted: NONE,
      materialise: [],
      recipes: [],
    })),
  }))
  return { arch, region, graph, blocks }
}
