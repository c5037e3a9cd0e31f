// Dead-store elimination: removes a register write if every path overwrites the register before it is read. Every place at
// which the region may exit reads all registers: memory accesses, loop headers, entries, ends.

import { type LazyFlag, type LazyFlags, lazyFlagsOf } from "../../codegen/lazy-flags.ts"
import { type Block, blocksOf, type Node, operandsOf, type Statement } from "../../ir/index.ts"
import type { Edge } from "../discover.ts"
import { branchTarget, PAGE } from "../instruction-ir.ts"
import type { Pass, Plan, PlannedStep, RecipeChange } from "./plan.ts"
import { type KeyOf, registerKeys } from "./registers.ts"

/** Keys of the registers that are dead: overwritten on every path before they are read. */
type DeadSet = Set<number>

// Key of a flag's recipe, far below the keys of sources.
const recipeKey = ({ number }: LazyFlag) => -(1 << 20) - number

/** The transfer function of an instruction, independent of what follows it. */
type Facts = {
  /** Keys of the registers that it writes on some path. */
  readonly sets: readonly number[]
  /** Keys of the registers that it reads on some path. */
  readonly reads: readonly number[]
  /** Keys of the registers that are dead before it, whatever follows. */
  readonly kills: readonly number[]
  /** Whether the region may exit inside it, other than by its branches. */
  readonly mayExit: boolean
}

const factsOfBlocks = new WeakMap<KeyOf, WeakMap<Block, Facts>>()

const mayExitAt = (s: Statement) => {
  switch (s.kind) {
    case "get":
    case "set":
    case "variable":
    case "assign":
    case "if":
      return false
    default:
      return true
  }
}

/** Walks the statements of an instruction backwards, and updates the dead registers. */
class BackwardWalk {
  readonly dead: DeadSet
  readonly #keyOf: KeyOf
  readonly #used: Set<Node>

  constructor(dead: DeadSet, keyOf: KeyOf, used = new Set<Node>()) {
    this.dead = dead
    this.#keyOf = keyOf
    this.#used = used
  }

  /** Returns a block without its dead stores. */
  block(block: Block): Block {
    let isChanged = false
    const kept: Statement[] = []
    for (let i = block.length - 1; i >= 0; i--) {
      const s = this.#statement(block[i]!)
      if (s) kept.push(s)
      if (s !== block[i]) isChanged = true
    }
    return isChanged ? kept.reverse() : block
  }

  #statement(s: Statement): Statement | undefined {
    const { dead } = this
    if (s.kind === "get" && !this.#used.has(s)) return undefined
    if (s.kind === "get" || s.kind === "set") {
      const key = this.#keyOf(s.file, s.index)
      if (key !== undefined && s.kind === "get") dead.delete(key)
      else if (key !== undefined && dead.has(key)) return undefined
      else if (key !== undefined) dead.add(key)
    } else if (mayExitAt(s)) dead.clear()
    if (s.kind === "if") return this.#if(s)
    for (const n of operandsOf(s)) this.#use(n)
    for (const inner of blocksOf(s)) this.#useAll(inner)
    return s
  }

  #if(s: Extract<Statement, { kind: "if" }>): Statement | undefined {
    const { dead } = this
    const other = new BackwardWalk(new Set(dead), this.#keyOf, this.#used)
    const otherwise = other.block(s.otherwise)
    const passed = this.block(s.passed)
    intersect(dead, other.dead)
    if (passed.length === 0 && otherwise.length === 0) return undefined
    this.#use(s.test)
    return passed === s.passed && otherwise === s.otherwise ? s : { ...s, passed, otherwise }
  }

  // Keeps the body of a loop over bits as it is, and marks all its operands as used.
  #useAll(block: Block): void {
    for (const s of block) {
      for (const n of operandsOf(s)) this.#use(n)
      for (const inner of blocksOf(s)) this.#useAll(inner)
    }
  }

  #use(n: Node): void {
    if (this.#used.has(n)) return
    this.#used.add(n)
    for (const operand of operandsOf(n)) this.#use(operand)
  }
}

function intersect(dead: DeadSet, other: DeadSet): void {
  for (const key of dead) if (!other.has(key)) dead.delete(key)
}

class DeadStores {
  readonly #plan: Plan
  readonly #keyOf: KeyOf
  readonly #facts: WeakMap<Block, Facts>
  readonly #lazy: LazyFlags
  /** Dead registers before each node; absent where the region may exit before it. */
  readonly #before = new Map<number, DeadSet>()

  constructor(plan: Plan) {
    this.#plan = plan
    const keyOf = registerKeys(plan)
    this.#keyOf = keyOf
    this.#facts = factsOfBlocks.get(keyOf) ?? new WeakMap()
    factsOfBlocks.set(keyOf, this.#facts)
    this.#lazy = lazyFlagsOf(plan.arch)
  }

  /** Visits the nodes in postorder, so that successors come first; back edges lead to loop headers, where nothing is dead. */
  run(): void {
    const { order, isLoopHeader, entries } = this.#plan.graph
    for (const node of [...order].reverse()) {
      if (node === 0) continue
      const dead = this.#block(node)
      if (!isLoopHeader[node] && !entries.includes(node)) this.#before.set(node, dead)
    }
  }

  #block(node: number): DeadSet {
    const { steps, next } = this.#plan.blocks[node - 1]!
    const last = steps[steps.length - 1]!
    let dead: DeadSet = next ? this.#after(node, last, next) : new Set()
    for (let i = steps.length - 1; i >= 0; i--) dead = this.#step(node, steps[i]!, dead)
    return dead
  }

  // The registers that are dead after a block has taken an edge.
  #after(from: number, { offset }: PlannedStep, edge: Edge): DeadSet {
    if (!("block" in edge)) return new Set()
    const { graph, blocks } = this.#plan
    const to = edge.block + 1
    const isOtherPage = Math.floor(blocks[edge.block]!.offset / PAGE) !== Math.floor(offset / PAGE)
    const mayExit = isOtherPage || graph.isDispatched(from, to)
    return new Set(mayExit ? [] : this.#before.get(to))
  }

  #step(node: number, step: PlannedStep, end: DeadSet): DeadSet {
    const { branches } = step.instruction
    const after = branches.length === 0 ? end : this.#afterBranches(node, step, end)
    if (step.recipes.length > 0) {
      if (branches.length === 0) this.#dropRecipes(step, after)
      this.#killRecipes(step, after)
    }
    const facts = this.#factsOf(step.ir)
    if (branches.length === 0 && facts.sets.some((key) => after.has(key))) {
      step.ir = new BackwardWalk(after, this.#keyOf).block(step.ir)
    } else {
      if (facts.mayExit) after.clear()
      else for (const key of facts.reads) after.delete(key)
      for (const key of facts.kills) after.add(key)
    }
    if (step.materialise.length > 0) this.#materialise(step, after)
    // The region may exit before the instruction, for a pending interrupt.
    if (step.instruction.attends) after.clear()
    return after
  }

  // The registers that are dead at all targets of a step's branches, and at the next step if it may fall through.
  #afterBranches(node: number, step: PlannedStep, end: DeadSet): DeadSet {
    const { region, arch } = this.#plan
    const isa = arch.formats.indexOf(region.format)
    let dead = step.instruction.fallsThrough ? end : undefined
    for (const branch of step.instruction.branches) {
      const offset = branchTarget(branch, step, isa)
      const block = offset === undefined ? undefined : region.blockAt.get(offset)
      const there: DeadSet = block === undefined ? new Set() : this.#after(node, step, { block })
      if (dead) intersect(dead, there)
      else dead = there
    }
    return dead ?? new Set()
  }

  #factsOf(ir: Block): Facts {
    let facts = this.#facts.get(ir)
    if (facts) return facts
    const sets: number[] = []
    const reads: number[] = []
    const kills = new Set<number>()
    let mayExit = false
    const walk = (block: Block, outermost: boolean) => {
      for (let i = block.length - 1; i >= 0; i--) {
        const s = block[i]!
        if (s.kind === "get" || s.kind === "set") {
          const key = this.#keyOf(s.file, s.index)
          if (key === undefined) continue
          if (s.kind === "get") {
            reads.push(key)
            kills.delete(key)
          } else {
            sets.push(key)
            if (outermost) kills.add(key)
          }
        } else if (mayExitAt(s)) {
          kills.clear()
          if (s.kind !== "branch") mayExit = true
        }
        for (const inner of blocksOf(s)) walk(inner, false)
      }
    }
    walk(ir, true)
    facts = { sets, reads, kills: [...kills], mayExit }
    this.#facts.set(ir, facts)
    return facts
  }

  // Drops updates of recipes that are overwritten before they are read.
  #dropRecipes(step: PlannedStep, dead: DeadSet): void {
    const isLive = (change: RecipeChange) => this.#changed(change).some((flag) => !dead.has(recipeKey(flag)))
    if (!step.recipes.every(isLive)) step.recipes = step.recipes.filter(isLive)
  }

  // An update kills the recipe. It kills the register of a flag that becomes lazy too: only materialising gives it a meaning.
  #killRecipes({ recipes }: PlannedStep, dead: DeadSet): void {
    for (const change of recipes) {
      for (const flag of this.#changed(change)) {
        dead.add(recipeKey(flag))
        if ((change.value & flag.mask) !== 0) dead.add(this.#keyOfFlag(flag))
      }
    }
  }

  #changed({ word, mask }: RecipeChange): LazyFlag[] {
    return this.#lazy.flags.filter((flag) => flag.word === word && (flag.mask & mask) !== 0)
  }

  #keyOfFlag({ file, index }: LazyFlag): number {
    return this.#keyOf(file, index)!
  }

  #materialise(step: PlannedStep, dead: DeadSet): void {
    const kept = [...step.materialise].reverse().filter(({ flag, recipe }) => {
      const keys = [this.#keyOfFlag(flag), recipeKey(flag)]
      if (keys.every((key) => dead.has(key))) return false
      const { sources } = flag.group
      for (let source = 0; source < sources.count; source++) dead.delete(this.#keyOf(sources, source)!)
      for (const key of keys) dead.add(key)
      if (recipe !== undefined) return true
      // At run time the flag may turn out not to be lazy. Its register then keeps its value.
      for (const key of keys) dead.delete(key)
      return true
    })
    if (kept.length < step.materialise.length) step.materialise = kept.reverse()
  }
}

/** Removes register writes whose values are never read. */
export const deadStoreElimination: Pass = {
  name: "dead-store-elimination",
  isThorough: true,
  run(plan) {
    new DeadStores(plan).run()
  },
}
