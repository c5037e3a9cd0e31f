// Redundant-check elimination. Some instructions begin with checks that do nothing but raise an exception, for example if
// the floating-point unit is disabled. A check is redundant if an earlier instruction of the block has made it, and no
// register that it reads has been written since.

import { type Block, blocksOf, printBlock, type Statement } from "../../ir/index.ts"
import type { Pass } from "./plan.ts"
import { type KeyOf, registerKeys, withoutUnused } from "./registers.ts"

/** The checks that an instruction begins with. */
type Checks = {
  /** Their IR as text, equal for equal checks. */
  readonly text: string
  /** Keys of the registers that they read. */
  readonly reads: ReadonlySet<number>
  /** The instruction's IR without them. */
  readonly rest: Block
}

// Whether a statement has no effect but to raise an exception.
const isCheck = (s: Statement): boolean =>
  s.kind === "get" || s.kind === "raise" || (s.kind === "if" && blocksOf(s).every((inner) => inner.every(isCheck)))

function checksOf(ir: Block, keyOf: KeyOf): Checks | undefined {
  const end = ir.findIndex((s) => !isCheck(s))
  const head = ir.slice(0, end < 0 ? ir.length : end)
  const last = head.findLastIndex((s) => s.kind === "if")
  if (last < 0) return undefined
  const checks = head.slice(0, last + 1)
  const keys = keysOf(checks, "get", keyOf)
  if (keys.includes(undefined)) return undefined
  const rest = withoutUnused(ir.filter((s, i) => i > last || s.kind === "get"))
  return { text: printBlock(checks), reads: new Set(keys as number[]), rest }
}

// Keys of the registers that a block reads or writes.
const keysOf = (block: Block, kind: "get" | "set", keyOf: KeyOf): (number | undefined)[] =>
  block.flatMap((s) => [
    ...(s.kind === kind ? [keyOf(s.file, s.index)] : []),
    ...blocksOf(s).flatMap((inner) => keysOf(inner, kind, keyOf)),
  ])

const checksByKeys = new WeakMap<KeyOf, WeakMap<Block, Checks | undefined>>()

/** Removes checks that an earlier instruction of the block has made. */
export const redundantCheckElimination: Pass = {
  name: "redundant-check-elimination",
  run(plan) {
    const { blocks } = plan
    const keyOf = registerKeys(plan)
    let checksOfIr = checksByKeys.get(keyOf)
    if (!checksOfIr) checksByKeys.set(keyOf, (checksOfIr = new WeakMap()))
    for (const { steps } of blocks) {
      // The checks that are known to pass at this point, by their text: "available expressions" of the block.
      const available = new Map<string, Checks>()
      for (const step of steps) {
        const { ir } = step
        if (!checksOfIr.has(ir)) checksOfIr.set(ir, checksOf(ir, keyOf))
        const checks = checksOfIr.get(ir)
        if (checks && available.has(checks.text)) step.ir = checks.rest
        else if (checks) available.set(checks.text, checks)
        if (available.size === 0) continue
        const writes = keysOf(ir, "set", keyOf)
        for (const { text, reads } of available.values())
          if (writes.some((key) => key !== undefined && reads.has(key))) available.delete(text)
      }
    }
  },
}
