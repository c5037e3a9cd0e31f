// The plan of a region, which passes rewrite: its instructions, each with the IR that will be translated.

import type { LazyFlag } from "../../codegen/lazy-flags.ts"
import type { Access, Block, Statement } from "../../ir/index.ts"
import type { Architecture } from "../../isa/index.ts"
import type { Edge, Region, Step } from "../discover.ts"
import type { Graph } from "../graph.ts"

/** A flag to materialise before an instruction, and the number of its recipe; undefined if only run time can tell it. */
export type Materialised = { readonly flag: LazyFlag; readonly recipe: number | undefined }

/** An update of a word of recipe numbers: the bits in `mask` are replaced by those of `value`. */
export type RecipeChange = { readonly word: number; readonly mask: number; readonly value: number }

/** The alignment in bytes of an access, where alignment is checked. */
export const unitOf = ({ bytes }: Access): number => Math.min(bytes, 4)

/** What an access has to do with a TLB check that several accesses share. */
export type SharedCheck = {
  /** Index of the check within the block. */
  readonly number: number
  /** Bytes from the lowest of the accesses to this one. */
  readonly offset: number
  /** Present at the first access, which probes the TLB: bytes that the probe covers, and the alignment that it may test. */
  readonly probe: { readonly bytes: number; readonly unit: number } | undefined
}

/** An instruction of a plan. Passes replace its IR and never change a statement, since equal instructions share them. */
export type PlannedStep = Step & {
  ir: Block
  /** The accesses of its IR that share a TLB check. */
  sharedChecks: ReadonlyMap<Statement, SharedCheck>
  /** The loads of its IR whose TLB entry is predicted, with the index of the prediction within the region. */
  predicted: ReadonlyMap<Statement, number>
  /** Flags to materialise before it. */
  materialise: readonly Materialised[]
  /** Updates of recipe words after it. */
  recipes: readonly RecipeChange[]
}

/** A block of a plan. */
export type PlannedBlock = {
  readonly offset: number
  readonly steps: readonly PlannedStep[]
  readonly next: Edge | undefined
}

/** A region on its way through the passes, with its control-flow graph. */
export type Plan = {
  readonly arch: Architecture
  readonly region: Region
  /** The control-flow graph; node n + 1 is block n, and node 0 the dispatcher. */
  readonly graph: Graph
  readonly blocks: readonly PlannedBlock[]
}

/** An optimisation: rewrites a plan without changing its meaning. */
export type Pass = {
  readonly name: string
  /** Whether it runs only on grown regions, since new ones would not earn its time back. */
  readonly isThorough?: boolean
  run(plan: Plan): void
}

const NONE = new Map<Statement, never>()

/** The plan of a region before any pass has run. */
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
