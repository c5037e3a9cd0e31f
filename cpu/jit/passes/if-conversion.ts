// If-conversion: replaces a conditional register write by a select between the new and the old value. That is faster than a
// branch if the value is cheap to compute. The conditional code must have no side effects.

import type { Block, Node, Statement } from "../../ir/index.ts"
import type { Pass } from "./plan.ts"
import { mayTrap } from "./registers.ts"

// Limits of cheap work: register writes under one condition, and distinct operations for all of them together.
const MAX_SETS = 2
const MAX_OPERATIONS = 6

const convertedIr = new WeakMap<Block, Block>()

function convert(ir: Block): Block {
  let known = convertedIr.get(ir)
  if (!known) {
    const out = ir.flatMap((s) => selection(s) ?? [s])
    known = out.every((s, i) => s === ir[i]) ? ir : out
    convertedIr.set(ir, known)
  }
  return known
}

// The test may be used after the writes: its operands were read before the `if`, and nodes are values.
function selection(s: Statement): Statement[] | undefined {
  if (s.kind !== "if" || s.otherwise.length > 0 || s.passed.length === 0) return undefined
  const operations = new Set<Node>()
  let sets = 0
  for (const inner of s.passed) {
    if (inner.kind === "get") continue
    if (inner.kind !== "set" || inner.file.type[0] !== "i" || ++sets > MAX_SETS) return undefined
    if (!isCheap(inner.value, operations)) return undefined
  }
  return s.passed.flatMap((inner): Statement[] => {
    if (inner.kind !== "set") return [inner]
    const { file, index, value } = inner
    const before = { kind: "get", type: file.type, file, index } as const
    return [before, { ...inner, value: { kind: "select", type: file.type, args: [s.test, value, before] } }]
  })
}

// A correctly predicted branch costs less than the latency of a multiplication whose result is not needed.
const isExpensive = (name: string) => name.endsWith(".mul") || mayTrap(name)

// Adds the operations of a value to the set. Returns whether they stay cheap.
function isCheap(n: Node, operations: Set<Node>): boolean {
  if (n.kind !== "op" && n.kind !== "select") return n.kind !== "variable"
  if (n.kind === "op" && (isExpensive(n.op.name) || n.op.params.some((type) => type[0] !== "i"))) return false
  operations.add(n)
  return operations.size <= MAX_OPERATIONS && n.args.every((arg) => isCheap(arg, operations))
}

/** Replaces cheap conditional register writes by selects. */
export const ifConversion: Pass = {
  name: "if-conversion",
  run({ blocks }) {
    for (const { steps } of blocks) {
      for (const step of steps) if (step.ir.some((s) => s.kind === "if")) step.ir = convert(step.ir)
    }
  },
}
