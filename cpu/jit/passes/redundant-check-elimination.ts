// Redundant-check elimination. Some instructions begin with checks that only raise an exception, such as whether VFP is
// enabled. If an earlier instruction of the block made the same checks, they are removed, unless a register that they read
// has changed since.

import { type Block, blocksOf, printBlock, type Statement } from "../../ir/index.ts"
import type { Pass } from "./plan.ts"
import { type KeyOf, registerKeys, withoutUnused } from "./registers.ts"

/** The checks of an instruction. */
type Checks = {
  /** The same for the same checks. */
  readonly text: string
  readonly reads: ReadonlySet<number>
  /** What the instruction does if they raise nothing. */
  readonly rest: Block
}

/** Whether a statement does nothing, or raises an exception. */
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

/** The registers that a block reads, or writes. */
const keysOf = (block: Block, kind: "get" | "set", keyOf: KeyOf): (number | undefined)[] =>
  block.flatMap((s) => [
    ...(s.kind === kind ? [keyOf(s.file, s.index)] : []),
    ...blocksOf(s).flatMap((inner) => keysOf(inner, kind, keyOf)),
  ])

const checksByKeys = new WeakMap<KeyOf, WeakMap<Block, Checks | undefined>>()

/** Removes checks that the block has made already. */
export const redundantCheckElimination: Pass = {
  name: "redundant-check-elimination",
  run(plan) {
    const { blocks } = plan
    const keyOf = registerKeys(plan)
    let checksOfIr = checksByKeys.get(keyOf)
    if (!checksOfIr) checksByKeys.set(keyOf, (checksOfIr = new WeakMap()))
    for (const { steps } of blocks) {
      /** The checks that would raise nothing now, by their text. */
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
