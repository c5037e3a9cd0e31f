// The IR of an instruction as the JIT needs it: what it branches to, and how it ends.

import type { Block, Node, Statement } from "../ir/index.ts"
import { blocksOf } from "../ir/index.ts"

/** Bytes of a page of code. */
export const PAGE = 4096

/** The code around a hot instruction. Offsets count from the start of the page that the region's first seed lies in. */
export type CodeView = {
  /** The unit of code at an offset; undefined where no code is known to be. */
  read(offset: number): number | undefined
}

/** A branch of the IR. */
export type Branch = Extract<Statement, { kind: "branch" }>

/** An instruction without its address: the same object wherever it stands. */
export type InstructionIr = {
  readonly length: number
  /** What it does; undefined if only the interpreter can do it. */
  readonly ir: Block | undefined
  /** Every branch in it. */
  readonly branches: readonly Branch[]
  /** Whether it is a call: it branches, and keeps the address of the instruction after it in a register. */
  readonly isCall: boolean
  /** Whether the instruction after it may be executed next. */
  readonly fallsThrough: boolean
  /** Decode context of the instruction after it. */
  readonly contextAfter: number
  /** Whether it may unmask interrupts: it is left to the interpreter while an interrupt is pending. */
  readonly attends: boolean
  /** Whether a region ends behind it, since it changes what the code behind it means. */
  readonly endsRegion: boolean
}

/** The offset that a value stands for, whatever address the region runs at; undefined if it is not known. */
export function staticOffset(node: Node, pc: number): number | undefined {
  const found = locate(node, pc)
  return found?.isRelative ? found.value : undefined
}

/** Bits of an address within a page. */
const low = (value: number): number => ((value % PAGE) + PAGE) % PAGE

/** A constant, or the distance from the start of the region's page. */
type Located = { readonly isRelative: boolean; readonly value: number }

// Follows sums of the program counter and constants, and masks that clear only bits within a page.
function locate(node: Node, pc: number): Located | undefined {
  if (node.kind === "const" && node.type[0] === "i") {
    const value = Number(node.value)
    return Number.isSafeInteger(value) ? { isRelative: false, value } : undefined
  }
  if (node.kind === "pc") return { isRelative: true, value: pc }
  if (node.kind !== "op") return undefined
  const [a, b] = node.args.map((arg) => locate(arg, pc))
  if (!a || !b || b.isRelative) return undefined
  const { isRelative } = a
  const located = (value: number) => ({ isRelative, value: node.type === "i32" ? value | 0 : value })
  switch (node.op.name.slice(4)) {
    case "add":
      return located(a.value + b.value)
    case "sub":
      return located(a.value - b.value)
    case "and":
      return (b.value | (PAGE - 1)) === -1 ? located(a.value - low(a.value) + (low(a.value) & b.value)) : undefined
    default:
      return undefined
  }
}

/** Whether the end of a block is reached. */
export function reachesEnd(block: Block): boolean {
  const last = block[block.length - 1]
  if (!last) return true
  if (last.kind === "branch" || last.kind === "raise" || last.kind === "exit") return false
  if (last.kind === "if") return reachesEnd(last.passed) || reachesEnd(last.otherwise)
  return true
}

/** Whether a register gets the return address. Its bit 0 may stand for the instruction set. */
export const setsReturnAddress = (block: Block, length: number): boolean =>
  block.some(
    (s) =>
      (s.kind === "set" && ((staticOffset(s.value, 0) ?? 0) & ~1) === length) ||
      blocksOf(s).some((inner) => setsReturnAddress(inner, length)),
  )

/** The offset that a branch of a step goes to in the same instruction set; undefined if it is not known before it runs. */
export function branchTarget(branch: Branch, step: { readonly offset: number }, isa: number): number | undefined {
  if (branch.leaves) return undefined
  if (branch.context && !(branch.context.kind === "const" && branch.context.value === isa)) return undefined
  return staticOffset(branch.target, step.offset)
}
