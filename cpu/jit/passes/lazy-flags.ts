// Lazy flags: an instruction that sets flags records their sources and recipes, and flags are computed where they are read.
// Few flags are ever read. A branch that tests them just after a comparison becomes a branch on that comparison.

import { type FlagGroup, type LazyFlag, type LazyFlags, lazyFlagsOf } from "../../codegen/lazy-flags.ts"
import type { Block } from "../../ir/index.ts"
import type { InstructionIr } from "../instruction-ir.ts"
import { type FlagFacts, flagFacts } from "./lazy-flag-facts.ts"
import { FlagRewriting } from "./lazy-flag-rewriting.ts"
import type { Materialised, Pass, Plan, PlannedStep, RecipeChange } from "./plan.ts"

/** The data-flow state of lazy flags at a point of the region. */
type FlagState = {
  /** By flag, the number of its recipe: 0 if its register holds it, undefined if only run time can tell. */
  readonly recipes: readonly (number | undefined)[]
  /** By group, the group whose two sources its own source is the difference of. */
  readonly differences: readonly (FlagGroup | undefined)[]
}

class FlagAnalysis {
  readonly #lazy: LazyFlags
  readonly #facts: WeakMap<InstructionIr, FlagFacts>

  constructor(lazy: LazyFlags, facts: WeakMap<InstructionIr, FlagFacts>) {
    this.#lazy = lazy
    this.#facts = facts
  }

  /** The state at region entry: the registers hold the flags of uncarried groups, and nothing is known of the others. */
  atEntry(): FlagState {
    const { flags, groups } = this.#lazy
    return {
      recipes: flags.map(({ group }) => (group.isCarried ? undefined : 0)),
      differences: groups.map(() => undefined),
    }
  }

  /** The weakest state of the region: all that it says is which uncarried flags none of the steps leaves lazy. */
  unknown(steps: readonly PlannedStep[]): FlagState {
    const { flags, groups, words, carriedWords } = this.#lazy
    const isLazy = new Set<LazyFlag>()
    if (words > carriedWords)
      for (const { instruction } of steps)
        for (const flag of this.#factsOf(instruction).recipes.keys()) isLazy.add(flag)
    return {
      recipes: flags.map((flag) => (flag.group.isCarried || isLazy.has(flag) ? undefined : 0)),
      differences: groups.map(() => undefined),
    }
  }

  #factsOf(instruction: InstructionIr): FlagFacts {
    let facts = this.#facts.get(instruction)
    if (!facts) this.#facts.set(instruction, (facts = flagFacts(instruction.ir!, this.#lazy)))
    return facts
  }

  /** Rewrites an instruction, given the state before it; returns the state after it. */
  step(step: PlannedStep, before: FlagState): FlagState {
    const facts = this.#factsOf(step.instruction)
    if (facts.isEmpty) return before
    const recipes = [...before.recipes]
    const materialise: Materialised[] = []
    for (const flag of this.#lazy.flags) {
      const recipe = recipes[flag.number]
      const isClobbered = facts.sources.has(flag.group) && !facts.sets.has(flag)
      const isUnknown = recipe === undefined && facts.reads.has(flag)
      if (recipe === 0 || !(isClobbered || isUnknown || facts.eager.has(flag))) continue
      materialise.push({ flag, recipe })
      recipes[flag.number] = 0
    }
    step.materialise = materialise
    step.ir = this.#rewrite(step, facts, recipes, before.differences)
    step.recipes = this.#recordRecipes(facts, recipes)
    return { recipes, differences: this.#differences(facts, before.differences) }
  }

  // Updates the recipes of the flags that an instruction sets. Returns the updates of their words.
  #recordRecipes({ sets, recipes: next }: FlagFacts, recipes: (number | undefined)[]): RecipeChange[] {
    const masks = new Map<number, number>()
    for (const flag of sets) {
      const recipe = next.get(flag) ?? 0
      if (recipe !== 0 || recipes[flag.number] !== 0) masks.set(flag.word, (masks.get(flag.word) ?? 0) | flag.mask)
      recipes[flag.number] = recipe
    }
    return [...masks].map(([word, mask]) => {
      let [value, isKnown] = [0, true]
      for (const flag of this.#lazy.flags) {
        if (flag.word !== word) continue
        const recipe = recipes[flag.number]
        if (recipe === undefined) isKnown = false
        else value |= recipe << flag.shift
      }
      // A word whose flags are all known is written as a constant, without a mask.
      return isKnown ? { word, mask: -1, value } : { word, mask, value: value & mask }
    })
  }

  #differences({ sources, differences }: FlagFacts, before: FlagState["differences"]): FlagState["differences"] {
    if (sources.size === 0) return before
    return this.#lazy.groups.map((group, i) => {
      if (sources.has(group)) return differences.get(group)
      const known = before[i]
      return known && !sources.has(known) ? known : undefined
    })
  }

  #rewrite(
    step: PlannedStep,
    facts: FlagFacts,
    recipes: FlagState["recipes"],
    differences: FlagState["differences"],
  ): Block {
    const known = {
      recipe: (flag: LazyFlag) => (facts.eager.has(flag) ? 0 : (recipes[flag.number] ?? 0)),
      difference: (group: FlagGroup) => differences[group.number],
    }
    const read = [...facts.reads]
    if (facts.recipes.size === 0 && read.every((flag) => known.recipe(flag) === 0)) return step.ir
    const key = read.map((flag) => `${known.recipe(flag)} ${known.difference(flag.group)?.number}`).join()
    let ir = facts.rewritten.get(key)
    if (!ir) {
      ir = new FlagRewriting(this.#lazy, known).block(step.instruction.ir!, facts)
      facts.rewritten.set(key, ir)
    }
    return ir
  }
}

const factsOfArchitecture = new WeakMap<Plan["arch"], WeakMap<InstructionIr, FlagFacts>>()

/** Records the sources and recipes of flags where they are set, and computes flags where they are read. */
export const lazyFlags: Pass = {
  name: "lazy-flags",
  run({ arch, graph, blocks }) {
    const lazy = lazyFlagsOf(arch)
    if (lazy.flags.length === 0) return
    let facts = factsOfArchitecture.get(arch)
    if (!facts) factsOfArchitecture.set(arch, (facts = new WeakMap()))
    const analysis = new FlagAnalysis(lazy, facts)
    const unknown = analysis.unknown(blocks.flatMap(({ steps }) => steps))
    const ends = new Map<number, FlagState>([[0, graph.isLoopHeader[0] ? unknown : analysis.atEntry()]])
    const predecessors: number[][] = graph.order.map(() => [])
    for (const from of graph.order) for (const to of graph.successors[from]!) (predecessors[to] ??= []).push(from)
    for (const node of graph.order) {
      if (node === 0) continue
      const before = (predecessors[node] ?? []).map((from) => ends.get(from) ?? unknown)
      let state = before.reduce(meet, before[0] ?? unknown)
      const { steps } = blocks[node - 1]!
      for (const [i, step] of steps.entries()) {
        state = analysis.step(step, state)
        // The target of a branch inside a block cannot rely on the state at the block's end.
        if (i < steps.length - 1 && step.instruction.branches.length > 0) ends.set(node, unknown)
      }
      if (!ends.has(node)) ends.set(node, state)
    }
  },
}

function meet(a: FlagState, b: FlagState): FlagState {
  return {
    recipes: a.recipes.map((recipe, i) => (recipe === b.recipes[i] ? recipe : undefined)),
    differences: a.differences.map((group, i) => (group === b.differences[i] ? group : undefined)),
  }
}
