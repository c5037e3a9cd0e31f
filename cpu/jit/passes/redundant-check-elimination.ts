// Tests at the head of an instruction that do nothing but raise an exception, such as whether VFP is enabled: what one
// instruction of a block has found need not be looked at again by those after it, until a register changes that it depends on.

import { type Block, blocksOf, printBlock, type Statement } from "../../ir/index.ts"
import type { Architecture } from "../../isa/index.ts"
import type { Pass } from "./plan.ts"
import { type KeyOf, registerKeys, withoutUnused } from "./registers.ts"

/** The tests of an instruction. */
type Guard = {
  /** The same for the same tests. */
  readonly text: string
  readonly reads: ReadonlySet<number>
  /** What the instruction does if they have nothing to raise. */
  readonly rest: Block
}

/** Whether it does nothing, or raises an exception. */
const isGuard = (s: Statement): boolean =>
  s.kind === "get" || s.kind === "raise" || (s.kind === "if" && blocksOf(s).every((inner) => inner.every(isGuard)))

function guardOf(ir: Block, keyOf: KeyOf): Guard | undefined {
  const end = ir.findIndex((s) => !isGuard(s))
  const head = ir.slice(0, end < 0 ? ir.length : end)
  const last = head.findLastIndex((s) => s.kind === "if")
  if (last < 0) return undefined
  const tests = head.slice(0, last + 1)
  const keys = keysOf(tests, "get", keyOf)
  if (keys.includes(undefined)) return undefined
  const rest = withoutUnused(ir.filter((s, i) => i > last || s.kind === "get"))
  return { text: printBlock(tests), reads: new Set(keys as number[]), rest }
}

/** The registers that a block reads, or writes. */
const keysOf = (block: Block, kind: "get" | "set", keyOf: KeyOf): (number | undefined)[] =>
  block.flatMap((s) => [
    ...(s.kind === kind ? [keyOf(s.file, s.index)] : []),
    ...blocksOf(s).flatMap((inner) => keysOf(inner, kind, keyOf)),
  ])

const known = new WeakMap<Architecture, WeakMap<Block, Guard | undefined>>()

/** Takes out tests whose outcome the block has seen. */
export const redundantCheckElimination: Pass = {
  name: "redundant-check-elimination",
  run({ arch, blocks }) {
    const keyOf = registerKeys(arch)
    let ofArch = known.get(arch)
    if (!ofArch) known.set(arch, (ofArch = new WeakMap()))
    for (const { steps } of blocks) {
      /** What needs no test any more, by its text. */
      const found = new Map<string, Guard>()
      for (const step of steps) {
        const { ir } = step
        if (!ofArch.has(ir)) ofArch.set(ir, guardOf(ir, keyOf))
        const guard = ofArch.get(ir)
        if (guard && found.has(guard.text)) step.ir = guard.rest
        else if (guard) found.set(guard.text, guard)
        if (found.size === 0) continue
        const writes = keysOf(ir, "set", keyOf)
        for (const { text, reads } of found.values())
          if (writes.some((key) => key !== undefined && reads.has(key))) found.delete(text)
      }
    }
  },
}
