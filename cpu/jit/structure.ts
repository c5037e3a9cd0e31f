// Structured control flow from the dominator tree (Norman Ramsey, Beyond Relooper, ICFP 2022): a block that several
// edges reach stands behind a WebAssembly block, a loop header at the start of a loop, any other where its only edge is.

import type { Code } from "../wasm/index.ts"
import { type Graph, goesBack } from "./graph.ts"

/** Writes the bodies of a graph's blocks in structured control flow. */
export class Structure {
  readonly #code: Code
  readonly #graph: Graph
  readonly #body: (block: number) => void
  /** What is open: the target of a branch to each label, innermost last; -1 for an `if` of a body. */
  readonly #labels: number[] = []

  /** `body` writes a block: `goTo` for each edge it takes, at whose place the code ends. */
  constructor(code: Code, graph: Graph, body: (block: number) => void) {
    this.#code = code
    this.#graph = graph
    this.#body = body
  }

  /** Labels open around the code being written, those of `goTo`'s `inside` not counted. */
  get depth(): number {
    return this.#labels.length
  }

  /** Writes the whole graph. */
  write(): void {
    this.#tree(0)
  }

  /** Writes an edge, from inside so many labels that the body itself has opened. */
  goTo(from: number, to: number, inside: number): void {
    if (!goesBack(this.#graph, from, to) && !this.#graph.isMerge[to]) {
      for (let i = 0; i < inside; i++) this.#labels.push(-1)
      this.#tree(to)
      this.#labels.length -= inside
      return
    }
    this.#code.br(this.label(to, inside))
  }

  /** Distance of the label by which a node is reached. */
  label(to: number, inside: number): number {
    return this.#labels.length - 1 - this.#labels.lastIndexOf(to) + inside
  }

  #tree(block: number): void {
    const { children, isMerge, isLoop } = this.#graph
    const merges = children[block]!.filter((child) => isMerge[child])
    if (!isLoop[block]) {
      this.#within(block, merges)
      return
    }
    this.#code.loop()
    this.#labels.push(block)
    this.#within(block, merges)
    this.#labels.pop()
    this.#code.end()
  }

  // The merge that comes last is outermost, so that the others can reach it.
  #within(block: number, merges: readonly number[]): void {
    const last = merges[merges.length - 1]
    if (last === undefined) {
      this.#body(block)
      return
    }
    this.#code.block()
    this.#labels.push(last)
    this.#within(block, merges.slice(0, -1))
    this.#labels.pop()
    this.#code.end()
    this.#tree(last)
  }
}
