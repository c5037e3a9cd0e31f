// Structured control flow from the dominator tree (Norman Ramsey, Beyond Relooper, ICFP 2022). A merge node is placed behind
// a WebAssembly block, a loop header at the start of a WebAssembly loop, and any other node inline at its only edge.

import type { Code } from "../wasm/index.ts"
import { type Graph, isBackEdge } from "./graph.ts"

/** Writes the nodes of a reducible control-flow graph as structured control flow. */
export class Structure {
  readonly #code: Code
  readonly #graph: Graph
  readonly #body: (block: number) => void
  /** The open labels, innermost last: the node that each one leads to, or -1 for a label that a body has opened. */
  readonly #labels: number[] = []

  /** `body` writes a node and calls `goTo` for each of its edges; no code may follow an edge. */
  constructor(code: Code, graph: Graph, body: (block: number) => void) {
    this.#code = code
    this.#graph = graph
    this.#body = body
  }

  /** Number of open labels, without those that the current body has opened. */
  get depth(): number {
    return this.#labels.length
  }

  /** Writes the whole graph. */
  write(): void {
    this.#tree(0)
  }

  /** Writes an edge, as a branch or by placing the target here; `innerDepth` counts the labels that the body has opened. */
  goTo(from: number, to: number, innerDepth: number): void {
    if (!isBackEdge(this.#graph, from, to) && !this.#graph.isMerge[to]) {
      for (let i = 0; i < innerDepth; i++) this.#labels.push(-1)
      this.#tree(to)
      this.#labels.length -= innerDepth
      return
    }
    this.#code.br(this.label(to, innerDepth))
  }

  /** Relative depth of the label that leads to a node, as a WebAssembly branch encodes it. */
  label(to: number, innerDepth: number): number {
    return this.#labels.length - 1 - this.#labels.lastIndexOf(to) + innerDepth
  }

  #tree(block: number): void {
    const { dominated, isMerge, isLoopHeader } = this.#graph
    const merges = dominated[block]!.filter((child) => isMerge[child])
    if (!isLoopHeader[block]) {
      this.#within(block, merges)
      return
    }
    this.#code.loop()
    this.#labels.push(block)
    this.#within(block, merges)
    this.#labels.pop()
    this.#code.end()
  }

  // The last merge node gets the outermost block, so that the others can branch to it.
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
