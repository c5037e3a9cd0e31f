// How an instruction affects lazy flags, independent of the code around it.

import type { FlagGroup, LazyFlag, LazyFlags } from "../../codegen/lazy-flags.ts"
import { type Block, blocksOf, type Node, type Recipe } from "../../ir/index.ts"

/** How an instruction affects lazy flags. */
export type FlagFacts = {
  /** Whether it neither reads nor writes them. */
  readonly isEmpty: boolean
  readonly reads: ReadonlySet<LazyFlag>
  /** Flags that it sets on every path. */
  readonly sets: ReadonlySet<LazyFlag>
  /** Flags that it computes eagerly: it sets them on some paths only, or twice, or reads them after it has set them. */
  readonly eager: ReadonlySet<LazyFlag>
  /** The flags that it leaves lazy, with the numbers of their recipes. */
  readonly recipes: ReadonlyMap<LazyFlag, number>
  /** The groups whose sources it replaces, with the nodes of the new sources. */
  readonly sources: ReadonlyMap<FlagGroup, readonly Node[]>
  /** By group whose source is a difference: the group whose two sources were subtracted. */
  readonly differences: ReadonlyMap<FlagGroup, FlagGroup>
  /** Its rewritten IR, by what was known of the flags before it. */
  readonly rewritten: Map<string, Block>
}

const NO_FACTS: FlagFacts = {
  isEmpty: true,
  reads: new Set(),
  sets: new Set(),
  eager: new Set(),
  recipes: new Map(),
  sources: new Map(),
  differences: new Map(),
  rewritten: new Map(),
}

/** Analyses how the IR of an instruction affects lazy flags. */
export function flagFacts(ir: Block, lazy: LazyFlags): FlagFacts {
  if (!hasFlags(ir, lazy)) return NO_FACTS
  const reads = new Set<LazyFlag>()
  const sets = new Set<LazyFlag>()
  const eager = new Set<LazyFlag>()
  const written = new Set<LazyFlag>()
  const values = new Map<LazyFlag, Recipe>()
  const walk = (block: Block, outermost: boolean) => {
    for (const s of block) {
      const flag = s.kind === "get" || s.kind === "set" ? lazy.of(s) : undefined
      if (flag && s.kind === "get") {
        reads.add(flag)
        if (written.has(flag)) eager.add(flag)
      } else if (flag && s.kind === "set") {
        if (!outermost || written.has(flag)) eager.add(flag)
        written.add(flag)
        if (outermost) sets.add(flag)
        if (outermost && s.recipe) values.set(flag, s.recipe)
      }
      for (const inner of blocksOf(s)) walk(inner, false)
    }
  }
  walk(ir, true)
  for (const flag of eager) values.delete(flag)
  const sources = sourcesOf(values, lazy)
  const recipes = new Map<LazyFlag, number>()
  for (const [flag, recipe] of values)
    if (recipe.sources.every((node, n) => sources.get(flag.group)![n] === node))
      recipes.set(flag, flag.recipes.indexOf(recipe.name) + 1)
  const differences = differencesOf(values, sources)
  return { isEmpty: false, reads, sets, eager, recipes, sources, differences, rewritten: new Map() }
}

const hasFlags = (block: Block, lazy: LazyFlags): boolean =>
  block.some((s) =>
    s.kind === "get" || s.kind === "set"
      ? lazy.of(s) !== undefined
      : blocksOf(s).some((inner) => hasFlags(inner, lazy)),
  )

// The sources that the instruction's recipes need, by group. Of recipes with conflicting sources, the first one wins.
function sourcesOf(values: ReadonlyMap<LazyFlag, Recipe>, lazy: LazyFlags): Map<FlagGroup, readonly Node[]> {
  const sources = new Map<FlagGroup, readonly Node[]>()
  for (const group of lazy.groups) {
    for (const [flag, recipe] of values) {
      if (flag.group !== group) continue
      const known = sources.get(group) ?? []
      if (recipe.sources.length > known.length && known.every((node, n) => node === recipe.sources[n]))
        sources.set(group, recipe.sources)
    }
  }
  return sources
}

function differencesOf(
  values: ReadonlyMap<LazyFlag, Recipe>,
  sources: ReadonlyMap<FlagGroup, readonly Node[]>,
): Map<FlagGroup, FlagGroup> {
  const differences = new Map<FlagGroup, FlagGroup>()
  for (const [{ group }, { operation }] of values) {
    const { kind, left, right, result } = operation
    if (kind !== "subtract" || sources.get(group)![0] !== result) continue
    for (const [other, [x, y]] of sources) if (x === left && y === right) differences.set(group, other)
  }
  return differences
}
