// The kinds of instructions, by what their IR does to a program.

import { state } from "../../cpu/arm/state.ts"
import { hypercall, semihosting } from "../../cpu/arm/system/system.ts"
import { type Block, blocksOf, type Helper, type Node, operandsOf, type Statement } from "../../cpu/ir/index.ts"
import {
  type CodeFormat,
  encodedLength,
  type Instruction,
  randomWord,
  seededRandom,
  variants,
} from "../../cpu/isa/index.ts"
import { reachesEnd } from "../../cpu/jit/instruction-ir.ts"

/**
 * Kinds of instructions: "computed" ones branch to an address from a register or from memory, "banked" ones need a
 * privileged mode, "return" ones restore its SPSR.
 */
export const kinds = [
  "data",
  "memory",
  "branch",
  "computed",
  "exclusive",
  "status",
  "banked",
  "return",
  "system",
  "call",
  "it",
  "vfp",
  "vfpMemory",
  "neon",
  "neonMemory",
] as const
export type Kind = (typeof kinds)[number]

const { A, I, F, MODE, REGIME, SP_BANK, LR_BANK, HIGH_BANK, EXCLUSIVE, CP15, VFP_ACCESS } = state.files
const { S, D, QUAD, FPSCR, FPN } = state.files
const BANKS = [SP_BANK, LR_BANK, HIGH_BANK]
const MASKS = [A, I, F]
/** What a program computes with, unlike FPEXC and the registers that identify a VFP. */
const VFP_DATA = [S, D, QUAD, FPSCR, FPN]

/** Calls that software of another level or the host may take. A bare machine has neither. */
const HOST_CALLS: ReadonlySet<Helper> = new Set([semihosting, hypercall])

/** All statements of a block, nested ones included. */
const statementsOf = (block: Block): Statement[] =>
  block.flatMap((s) => [s, ...blocksOf(s).flatMap((inner) => statementsOf(inner))])

/** Whether a value depends on the encoding and the address of an instruction alone. */
function isStatic(n: Node): boolean {
  switch (n.kind) {
    case "const":
    case "field":
    case "derived":
    case "pc":
      return true
    case "op":
    case "select":
      return operandsOf(n).every(isStatic)
    default:
      return false
  }
}

const isAccess = (s: Statement) => s.kind === "load" || s.kind === "store"
const isBranch = (s: Statement) => s.kind === "branch"
const isComputed = (s: Statement) => s.kind === "branch" && !isStatic(s.target)
const isHelperCall = (s: Statement) => s.kind === "call" || s.kind === "perform"
const isHostCall = (s: Statement) => (s.kind === "call" || s.kind === "perform") && HOST_CALLS.has(s.helper)

type Files = readonly { readonly name: string }[]
const sets = (files: Files) => (s: Statement) => s.kind === "set" && files.includes(s.file)
const uses = (files: Files) => (s: Statement) => (s.kind === "get" || s.kind === "set") && files.includes(s.file)

/** The kind of an instruction; undefined if random programs do without it. */
export function kindOf(i: Instruction, format: CodeFormat): Kind | undefined {
  const blocks = variants(i, { addressType: "i32", length: encodedLength(i) }).map(({ builder }) => builder.block)
  const lists = blocks.map(statementsOf)
  const some = (test: (s: Statement) => boolean) => lists.some((list) => list.some(test))
  // Data processing and LDR branch in the variants for r15 alone: that does not count.
  const all = (test: (s: Statement) => boolean) => lists.every((list) => list.some(test))

  // A wait would never end, and what a counter reads depends on the reference's host.
  if (some((s) => s.kind === "exit" || s.kind === "time")) return undefined
  if (some(isHostCall)) return "call"
  const accesses = all(isAccess)
  if (some(uses([VFP_ACCESS]))) {
    // Models differ in their VFP; a disabled VFP would make the rest of a program pointless.
    if (!some(uses(VFP_DATA))) return undefined
    // VFP and Advanced SIMD share registers and the check for access: only the declaration tells one from the other.
    const unit = i.feature === "neon" ? "neon" : "vfp"
    return accesses ? `${unit}Memory` : unit
  }
  if (some(uses([EXCLUSIVE]))) return "exclusive"
  if (all(sets([MODE])) && all(isComputed)) return "return"
  if (accesses && some(uses(BANKS))) return "banked"
  if (some(sets([MODE, REGIME])) || some(uses(MASKS))) return "status"
  if (all(isBranch)) return some(isComputed) ? "computed" : "branch"
  if (accesses) return "memory"
  if (!blocks.some(reachesEnd)) return "call"
  if (some(isHelperCall) || some(uses([MODE, CP15]))) return "system"
  return blocks.every(({ length }) => length === 0) && beginsBlock(i, format) ? "it" : "data"
}

/** Whether an instruction sets the decode context of those behind it: decoding does that, not its IR. */
function beginsBlock(i: Instruction, format: CodeFormat): boolean {
  const drawn = randomWord(i, seededRandom(1))
  if (!drawn) throw new Error(`no word of ${i.name} ${i.args} could be drawn`)
  const { word } = drawn
  const isLong = encodedLength(i) > format.unit
  return format.decode((at) => (isLong && at === 0 ? word >>> 16 : word), 0).context !== 0
}
