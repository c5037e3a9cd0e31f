// Control-flow analysis of a region: reverse postorder, dominators, loops. Node 0 is the dispatcher, whose successors are
// the entries.

/** A reducible control-flow graph with its analysis. All arrays but `order` are indexed by node. */
export type Graph = {
  /** The reachable nodes, in reverse postorder. */
  readonly order: readonly number[]
  /** Reverse-postorder number of each node, its index in `order`; -1 if it is unreachable. */
  readonly rpo: readonly number[]
  /** Children of each node in the dominator tree, in reverse postorder. */
  readonly dominated: readonly (readonly number[])[]
  /** Whether each node is the target of a back edge. */
  readonly isLoopHeader: readonly boolean[]
  /** Whether each node is the target of several forward edges. */
  readonly isMerge: readonly boolean[]
  /** Successors of each node by edges that do not go through the dispatcher. */
  readonly successors: readonly (readonly number[])[]
  /** Successors of the dispatcher. */
  readonly entries: readonly number[]
  /** Whether an edge goes through the dispatcher. */
  isDispatched(from: number, to: number): boolean
}

/** Whether an edge is a back edge: in reverse postorder its target does not come after its source. */
export const isBackEdge = (graph: Graph, from: number, to: number): boolean => graph.rpo[to]! <= graph.rpo[from]!

/**
 * Analyses a graph, given the successors of each node. Every loop header becomes an entry, so that execution can come back
 * to the loop after an exit. An edge that makes the graph irreducible, a back edge whose target does not dominate its
 * source, is replaced by a way through the dispatcher.
 */
export function analyseControlFlow(edges: readonly (readonly number[])[]): Graph {
  const successors = edges.map((to) => [...to])
  const dispatched = new Set<number>()
  const count = edges.length
  for (;;) {
    const order = reversePostorder(successors)
    const rpo = successors.map(() => -1)
    for (const [i, node] of order.entries()) rpo[node] = i
    const dominator = dominators(successors, order, rpo)
    const dominates = (a: number, b: number): boolean => {
      let at = b
      while (rpo[at]! > rpo[a]!) at = dominator[at]!
      return at === a
    }
    const isLoopHeader = successors.map(() => false)
    const forward = successors.map(() => 0)
    const entries = new Set(successors[0])
    let isReducible = true
    for (const from of order) {
      for (const to of [...successors[from]!]) {
        if (rpo[to]! > rpo[from]!) {
          forward[to]! += from === 0 && entries.size > 1 ? 2 : 1
          continue
        }
        isLoopHeader[to] = true
        const isIrreducible = !dominates(to, from)
        if (isIrreducible) {
          dispatched.add(from * count + to)
          successors[from]!.splice(successors[from]!.indexOf(to), 1)
        }
        if (to !== 0 && !successors[0]!.includes(to)) {
          successors[0]!.push(to)
          isReducible = false
        } else if (isIrreducible) isReducible = false
      }
    }
    if (!isReducible) continue
    if (dispatched.size > 0) isLoopHeader[0] = true
    const dominated: number[][] = successors.map(() => [])
    for (const node of order) if (node !== 0) dominated[dominator[node]!]!.push(node)
    return {
      order,
      rpo,
      dominated,
      isLoopHeader,
      isMerge: forward.map((n) => n > 1),
      successors,
      entries: successors[0]!,
      isDispatched: (from, to) => dispatched.has(from * count + to),
    }
  }
}

function reversePostorder(successors: readonly (readonly number[])[]): number[] {
  const order: number[] = []
  const seen = new Set([0])
  const path: { block: number; next: number }[] = [{ block: 0, next: 0 }]
  while (path.length > 0) {
    const top = path[path.length - 1]!
    const to = successors[top.block]![top.next++]
    if (to === undefined) {
      order.push(top.block)
      path.pop()
    } else if (!seen.has(to)) {
      seen.add(to)
      path.push({ block: to, next: 0 })
    }
  }
  return order.reverse()
}

// Immediate dominators, iterated to a fixed point (Cooper, Harvey, Kennedy: A Simple, Fast Dominance Algorithm).
function dominators(
  successors: readonly (readonly number[])[],
  order: readonly number[],
  rpo: readonly number[],
): number[] {
  const predecessors: number[][] = successors.map(() => [])
  for (const from of order) for (const to of successors[from]!) predecessors[to]!.push(from)
  const dominator = successors.map(() => -1)
  dominator[0] = 0
  const common = (a: number, b: number): number => {
    let x = a
    let y = b
    while (x !== y) {
      while (rpo[x]! > rpo[y]!) x = dominator[x]!
      while (rpo[y]! > rpo[x]!) y = dominator[y]!
    }
    return x
  }
  for (let changed = true; changed; ) {
    changed = false
    for (const block of order) {
      if (block === 0) continue
      let found = -1
      for (const from of predecessors[block]!) {
        if (dominator[from] !== -1) found = found === -1 ? from : common(from, found)
      }
      if (dominator[block] !== found) {
        dominator[block] = found
        changed = true
      }
    }
  }
  return dominator
}

/** Loop nesting depth of each node; loops through the dispatcher do not count. */
export function loopDepths(graph: Graph): number[] {
  const { order, successors } = graph
  const depth = successors.map(() => 0)
  const predecessors: number[][] = successors.map(() => [])
  for (const from of order) for (const to of successors[from]!) predecessors[to]!.push(from)
  for (const header of order) {
    const latches = predecessors[header]!.filter((from) => isBackEdge(graph, from, header))
    if (header === 0 || latches.length === 0) continue
    const body = new Set([header, ...latches])
    for (const node of body) if (node !== header) for (const from of predecessors[node]!) body.add(from)
    for (const node of body) depth[node]!++
  }
  return depth
}
