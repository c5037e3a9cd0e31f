// TLB-entry prediction. In a small loop over a table or list, the address of a load often comes from another load. It would
// then have to wait for its TLB entry to be read. Predicting the entry of the round before takes that read off the path.

import { type Block, blocksOf, type Node, operandsOf, type Statement } from "../../ir/index.ts"
import type { Pass, PlannedBlock, PlannedStep } from "./plan.ts"
import { type KeyOf, registerKeys } from "./registers.ts"

// Follows through a block which registers hold a loaded value, or one computed from it.
class LoadDependence {
  readonly #keyOf: KeyOf
  readonly #registers = new Set<number>()
  #values = new Map<Node, boolean>()

  constructor(keyOf: KeyOf) {
    this.#keyOf = keyOf
  }

  /** The loads of a step whose addresses come from other loads. */
  follow({ ir }: PlannedStep): Statement[] {
    // Equal instructions share their IR.
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

/** Lets loads in a loop begin before their TLB entry has been read. */
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

// In the second round, registers hold what the first one loaded.
function dependentLoads({ steps }: PlannedBlock, dependence: LoadDependence): [PlannedStep, Statement[]][] {
  for (const step of steps) dependence.follow(step)
  return steps.map((step) => [step, dependence.follow(step)])
}
