// The control-flow graph of a region: order, dominators, loops. Blocks are numbers; 0 is the entry.

/** What a structured emitter needs to know of a graph. All arrays are indexed by block. */
export type Graph = {
  /** Blocks that are reached, in reverse postorder. */
  readonly order: readonly number[]
  /** Place of a block in `order`; -1 if it is not reached. */
  readonly place: readonly number[]
  /** Blocks that each immediately dominates, in the order of `order`. */
  readonly children: readonly (readonly number[])[]
  /** Whether an edge goes back to the block. */
  readonly isLoop: readonly boolean[]
  /** Whether several edges go forward to the block. */
  readonly isMerge: readonly boolean[]
}

/** Whether an edge goes back: to a block at or before its source. */
export const goesBack = (graph: Graph, from: number, to: number): boolean => graph.place[to]! <= graph.place[from]!

/**
 * Analyses a graph of successors. An edge that goes back to a block which does not dominate its source makes the graph
 * irreducible: `cut` is told of it, and the edge does not count.
 */
export function analyse(successors: readonly (readonly number[])[], cut: (from: number, to: number) => void): Graph {
  const order = reversePostorder(successors)
  const place = successors.map(() => -1)
  for (const [i, block] of order.entries()) place[block] = i
  const dominator = dominators(successors, order, place)
  const dominates = (a: number, b: number): boolean => {
    let at = b
    while (place[at]! > place[a]!) at = dominator[at]!
    return at === a
  }
  const isLoop = successors.map(() => false)
  const forward = successors.map(() => 0)
  for (const from of order) {
    for (const to of successors[from]!) {
      if (place[to]! > place[from]!) forward[to]!++
      else if (dominates(to, from)) isLoop[to] = true
      else cut(from, to)
    }
  }
  const children: number[][] = successors.map(() => [])
  for (const block of order) if (block !== 0) children[dominator[block]!]!.push(block)
  return { order, place, children, isLoop, isMerge: forward.map((n) => n > 1) }
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
