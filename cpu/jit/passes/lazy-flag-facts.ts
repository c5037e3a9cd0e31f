// What an instruction does to lazy flags, whatever is known before it.

import type { FlagGroup, LazyFlag, LazyFlags } from "../../codegen/lazy-flags.ts"
import { type Block, blocksOf, type Node, type Recipe } from "../../ir/index.ts"

/** What an instruction does to flags. */
export type FlagFacts = {
  /** Whether it has nothing to do with them. */
  readonly isEmpty: boolean
  readonly reads: ReadonlySet<LazyFlag>
  /** Flags that it sets whatever happens. */
  readonly sets: ReadonlySet<LazyFlag>
  /** Flags that it sets on some path only, or sets and then reads: they are not lazy in it. */
  readonly eager: ReadonlySet<LazyFlag>
  /** Numbers of the recipes of flags that it leaves lazy. */
  readonly recipes: ReadonlyMap<LazyFlag, number>
  /** New sources of groups. */
  readonly sources: ReadonlyMap<FlagGroup, readonly Node[]>
  /** Groups whose source is the difference of the sources of another. */
  readonly differences: ReadonlyMap<FlagGroup, FlagGroup>
  /** Its IR with flags replaced, by what was known of them. */
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

/** What a block does to lazy flags. */
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

// The sources of each group that recipes of the instruction need: where they need different ones, those that come first.
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
