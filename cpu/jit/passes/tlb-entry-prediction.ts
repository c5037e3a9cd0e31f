// TLB-entry prediction. In a small loop over a table or list, the address of a load often depends on another load, and the
// load of the TLB entry adds to that latency. Predicting the entry of the last iteration takes it off the critical path.

import { type Block, blocksOf, type Node, operandsOf, type Statement } from "../../ir/index.ts"
import type { Pass, PlannedBlock, PlannedStep } from "./plan.ts"
import { type KeyOf, registerKeys } from "./registers.ts"

// Tracks which registers hold a value that depends on a load of the block.
class LoadDependence {
  readonly #keyOf: KeyOf
  readonly #registers = new Set<number>()
  #values = new Map<Node, boolean>()

  constructor(keyOf: KeyOf) {
    this.#keyOf = keyOf
  }

  /** The loads of a step whose addresses depend on other loads. */
  follow({ ir }: PlannedStep): Statement[] {
    // Equal instructions share their IR, so a node may have another value in each step.
    this.#values = new Map()
    return this.#list(ir)
  }

  #list(block: Block): Statement[] {
    const found: Statement[] = []
    for (const s of block) {
      if (s.kind === "load") {
        if (this.#dependsOnLoad(s.address)) found.push(s)
        this.#values.set(s, true)
      } else if (s.kind === "get") {
        const key = this.#keyOf(s.file, s.index)
        this.#values.set(s, key !== undefined && this.#registers.has(key))
      } else if (s.kind === "set") {
        const key = this.#keyOf(s.file, s.index)
        if (key === undefined) continue
        if (this.#dependsOnLoad(s.value)) this.#registers.add(key)
        else this.#registers.delete(key)
      }
      for (const inner of blocksOf(s)) found.push(...this.#list(inner))
    }
    return found
  }

  #dependsOnLoad(n: Node): boolean {
    let known = this.#values.get(n)
    if (known === undefined) {
      known = operandsOf(n).some((arg) => this.#dependsOnLoad(arg))
      this.#values.set(n, known)
    }
    return known
  }
}

const hasLoads = (block: Block): boolean => block.some((s) => s.kind === "load" || blocksOf(s).some(hasLoads))

/** Predicts TLB entries of loads in single-block loops whose addresses depend on other loads. */
export const tlbEntryPrediction: Pass = {
  name: "tlb-entry-prediction",
  run(plan) {
    const { blocks, graph } = plan
    const keyOf = registerKeys(plan)
    let count = 0
    for (const [number, block] of blocks.entries()) {
      const node = number + 1
      if (!graph.successors[node]!.includes(node) || !block.steps.some(({ ir }) => hasLoads(ir))) continue
      for (const [step, loads] of dependentLoads(block, new LoadDependence(keyOf)))
        if (loads.length > 0) step.predicted = new Map(loads.map((load) => [load, count++]))
    }
  },
}

// Two iterations, since the second one uses registers that the first one has loaded.
function dependentLoads({ steps }: PlannedBlock, dependence: LoadDependence): [PlannedStep, Statement[]][] {
  for (const step of steps) dependence.follow(step)
  return steps.map((step) => [step, dependence.follow(step)])
}
