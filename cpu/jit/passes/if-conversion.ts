// What a conditional instruction computes is computed whatever the condition, and chosen by it: code without branches is
// better code. That goes for little work without side effects.

import type { Block, Node, Statement } from "../../ir/index.ts"
import type { Pass } from "./plan.ts"
import { mayTrap } from "./registers.ts"

/** Most registers that an instruction may set, and most operations for all of them. */
const MOST_SETS = 2
const MOST_OPERATIONS = 6

const rewritten = new WeakMap<Block, Block>()

function choosing(ir: Block): Block {
  let known = rewritten.get(ir)
  if (!known) {
    const out = ir.flatMap((s) => chosen(s) ?? [s])
    known = out.every((s, i) => s === ir[i]) ? ir : out
    rewritten.set(ir, known)
  }
  return known
}

// The operands of the test are read before the `if`, and their values stay what they were.
function chosen(s: Statement): Statement[] | undefined {
  if (s.kind !== "if" || s.otherwise.length > 0 || s.passed.length === 0) return undefined
  const operations = new Set<Node>()
  let sets = 0
  for (const inner of s.passed) {
    if (inner.kind === "get") continue
    if (inner.kind !== "set" || inner.file.type[0] !== "i" || ++sets > MOST_SETS) return undefined
    if (!isCheap(inner.value, operations)) return undefined
  }
  return s.passed.flatMap((inner): Statement[] => {
    if (inner.kind !== "set") return [inner]
    const { file, index, value } = inner
    const before = { kind: "get", type: file.type, file, index } as const
    return [before, { ...inner, value: { kind: "select", type: file.type, args: [s.test, value, before] } }]
  })
}

// A branch that is foreseen costs less than waiting for a product that is not needed.
const isLong = (name: string) => name.endsWith(".mul") || mayTrap(name)

// Adds the operations of a value to those that there are.
function isCheap(n: Node, operations: Set<Node>): boolean {
  if (n.kind !== "op" && n.kind !== "select") return n.kind !== "variable"
  if (n.kind === "op" && (isLong(n.op.name) || n.op.params.some((type) => type[0] !== "i"))) return false
  operations.add(n)
  return operations.size <= MOST_OPERATIONS && n.args.every((arg) => isCheap(arg, operations))
}

/** Makes conditional instructions ones that choose. */
export const ifConversion: Pass = {
  name: "if-conversion",
  run({ blocks }) {
    for (const { steps } of blocks) {
      for (const step of steps) if (step.ir.some((s) => s.kind === "if")) step.ir = choosing(step.ir)
    }
  },
}
