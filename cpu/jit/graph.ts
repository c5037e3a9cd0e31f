// The control-flow graph of a region: order, dominators, loops. Node 0 is the dispatcher, which goes to the entries.

/** What a structured emitter needs to know of a graph. All arrays are indexed by node. */
export type Graph = {
  /** Nodes that are reached, in reverse postorder. */
  readonly order: readonly number[]
  /** Place of a node in `order`; -1 if it is not reached. */
  readonly place: readonly number[]
  /** Nodes that each immediately dominates, in the order of `order`. */
  readonly children: readonly (readonly number[])[]
  /** Whether an edge goes back to the node. */
  readonly isLoop: readonly boolean[]
  /** Whether several edges go forward to the node. */
  readonly isMerge: readonly boolean[]
  /** Where edges go to that do not go through the dispatcher. */
  readonly successors: readonly (readonly number[])[]
  /** Nodes that the dispatcher goes to. */
  readonly entries: readonly number[]
  /** Whether an edge goes through the dispatcher. */
  isDispatched(from: number, to: number): boolean
}

/** Whether an edge goes back: to a node at or before its source. */
export const goesBack = (graph: Graph, from: number, to: number): boolean => graph.place[to]! <= graph.place[from]!

/**
 * Analyses a graph of successors, of which the dispatcher's are the entries. Loops get an entry, so that whoever leaves one
 * for a moment comes back to it. An edge that goes back to a node which does not dominate its source would make the graph
 * irreducible: it goes through the dispatcher.
 */
export function analyse(edges: readonly (readonly number[])[]): Graph {
  const successors = edges.map((to) => [...to])
  const dispatched = new Set<number>()
  const count = edges.length
  for (;;) {
    const order = reversePostorder(successors)
    const place = successors.map(() => -1)
    for (const [i, node] of order.entries()) place[node] = i
    const dominator = dominators(successors, order, place)
    const dominates = (a: number, b: number): boolean => {
      let at = b
      while (place[at]! > place[a]!) at = dominator[at]!
      return at === a
    }
    const isLoop = successors.map(() => false)
    const forward = successors.map(() => 0)
    const entries = new Set(successors[0])
    let isReducible = true
    for (const from of order) {
      for (const to of [...successors[from]!]) {
        if (place[to]! > place[from]!) {
          forward[to]! += from === 0 && entries.size > 1 ? 2 : 1
          continue
        }
        isLoop[to] = true
        const ends = !dominates(to, from)
        if (ends) {
          dispatched.add(from * count + to)
          successors[from]!.splice(successors[from]!.indexOf(to), 1)
        }
        if (to !== 0 && !successors[0]!.includes(to)) {
          successors[0]!.push(to)
          isReducible = false
        } else if (ends) isReducible = false
      }
    }
    if (!isReducible) continue
    if (dispatched.size > 0) isLoop[0] = true
    const children: number[][] = successors.map(() => [])
    for (const node of order) if (node !== 0) children[dominator[node]!]!.push(node)
    return {
      order,
      place,
      children,
      isLoop,
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

// Immediate dominators, by iteration to the fixed point (Cooper, Harvey, Kennedy: A Simple, Fast Dominance Algorithm).
function dominators(
  successors: readonly (readonly number[])[],
  order: readonly number[],
  place: readonly number[],
): number[] {
  const predecessors: number[][] = successors.map(() => [])
  for (const from of order) for (const to of successors[from]!) predecessors[to]!.push(from)
  const dominator = successors.map(() => -1)
  dominator[0] = 0
  const common = (a: number, b: number): number => {
    let x = a
    let y = b
    while (x !== y) {
      while (place[x]! > place[y]!) x = dominator[x]!
      while (place[y]! > place[x]!) y = dominator[y]!
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

/** By node: how many loops it lies in, those through the dispatcher not counted. */
export function depths(graph: Graph): number[] {
  const { order, successors } = graph
  const depth = successors.map(() => 0)
  const sources: number[][] = successors.map(() => [])
  for (const from of order) for (const to of successors[from]!) sources[to]!.push(from)
  for (const header of order) {
    const ends = sources[header]!.filter((from) => goesBack(graph, from, header))
    if (header === 0 || ends.length === 0) continue
    const inside = new Set([header, ...ends])
    for (const node of inside) if (node !== header) for (const from of sources[node]!) inside.add(from)
    for (const node of inside) depth[node]!++
  }
  return depth
}
