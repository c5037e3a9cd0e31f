// The IR of an instruction, with its control flow as the JIT sees it: branch targets, calls, fall-through.

import type { Block, Node, Statement } from "../ir/index.ts"
import { blocksOf } from "../ir/index.ts"

/** Bytes of a page. */
export const PAGE = 4096

/** Guest code around a page. Offsets count in bytes from the start of that page, in which a region's first seed lies. */
export type CodeView = {
  /** The unit of code at an offset; undefined where no page is predecoded. */
  read(offset: number): number | undefined
}

/** A branch of the IR. */
export type Branch = Extract<Statement, { kind: "branch" }>

/** An instruction independent of its address: equal instructions share one object. */
export type InstructionIr = {
  /** Distance from its offset to that of the next instruction. */
  readonly length: number
  /** Its IR in translatable form; undefined if only the interpreter can execute it. */
  readonly ir: Block | undefined
  /** Its branches, on all paths. */
  readonly branches: readonly Branch[]
  /** Whether it is a call: it branches, and writes the address of the next instruction to a register. */
  readonly isCall: boolean
  /** Whether control may reach the next instruction without a branch. */
  readonly fallsThrough: boolean
  /** Decode context of the next instruction. */
  readonly contextAfter: number
  /** Whether it may unmask interrupts. While one is pending, a region exits before it. */
  readonly attends: boolean
  /** Whether a region ends behind it, because the code there belongs to another variant. */
  readonly endsRegion: boolean
}

/** The offset of the address that a value computes, wherever the region is mapped; undefined if that is not static. */
export function staticOffset(node: Node, pc: number): number | undefined {
  const found = locate(node, pc)
  return found?.isRelative ? found.value : undefined
}

// The offset of an address within its page.
const low = (value: number): number => ((value % PAGE) + PAGE) % PAGE

// A constant, or an offset from the start of the region's first page (`isRelative`).
type Located = { readonly isRelative: boolean; readonly value: number }

// Evaluates sums of the program counter and constants, and masks that clear only bits within a page: the number of the page
// is not known at translation time.
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

/** Whether control may reach the end of a block of IR. */
export function reachesEnd(block: Block): boolean {
  const last = block[block.length - 1]
  if (!last) return true
  if (last.kind === "branch" || last.kind === "raise" || last.kind === "exit") return false
  if (last.kind === "if") return reachesEnd(last.passed) || reachesEnd(last.otherwise)
  return true
}

/** Whether IR writes the return address to a register. Bit 0 is ignored: it may encode the instruction set. */
export const setsReturnAddress = (block: Block, length: number): boolean =>
  block.some(
    (s) =>
      (s.kind === "set" && ((staticOffset(s.value, 0) ?? 0) & ~1) === length) ||
      blocksOf(s).some((inner) => setsReturnAddress(inner, length)),
  )

/** The target of a direct branch as an offset; undefined if the branch is indirect or leaves the code format or variant. */
export function branchTarget(branch: Branch, step: { readonly offset: number }, isa: number): number | undefined {
  if (branch.leaves) return undefined
  if (branch.context && !(branch.context.kind === "const" && branch.context.value === isa)) return undefined
  return staticOffset(branch.target, step.offset)
}
