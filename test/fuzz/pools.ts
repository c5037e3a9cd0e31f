// The instructions of random programs, by their effect on a program.

import * as branch from "../../cpu/arm/control/branch.ts"
import * as coprocessor from "../../cpu/arm/control/coprocessor.ts"
import * as exceptionCalls from "../../cpu/arm/control/exception-calls.ts"
import * as itBlock from "../../cpu/arm/control/it-block.ts"
import * as status from "../../cpu/arm/control/status.ts"
import { type ArmModelName, arm } from "../../cpu/arm/index.ts"
import * as exclusive from "../../cpu/arm/memory/exclusive.ts"
import * as loadStore from "../../cpu/arm/memory/load-store.ts"
import * as loadStoreDual from "../../cpu/arm/memory/load-store-dual.ts"
import * as loadStoreExtra from "../../cpu/arm/memory/load-store-extra.ts"
import * as loadStoreMultiple from "../../cpu/arm/memory/load-store-multiple.ts"
import * as neonFloat from "../../cpu/arm/neon/float.ts"
import * as neonInteger from "../../cpu/arm/neon/integer.ts"
import * as neonLoadStore from "../../cpu/arm/neon/load-store.ts"
import * as neonPermute from "../../cpu/arm/neon/permute.ts"
import * as neonShift from "../../cpu/arm/neon/shift.ts"
import * as neonShiftRegister from "../../cpu/arm/neon/shift-register.ts"
import * as neonTransfer from "../../cpu/arm/neon/transfer.ts"
import * as neonUnary from "../../cpu/arm/neon/unary.ts"
import * as neonWide from "../../cpu/arm/neon/wide.ts"
import * as vfpConvert from "../../cpu/arm/vfp/convert.ts"
import * as vfpData from "../../cpu/arm/vfp/data.ts"
import * as vfpFused from "../../cpu/arm/vfp/fused.ts"
import * as vfpLoadStore from "../../cpu/arm/vfp/load-store.ts"
import * as vfpSystem from "../../cpu/arm/vfp/system.ts"
import * as vfpTransfer from "../../cpu/arm/vfp/transfer.ts"
import type { Instruction, InstructionSet } from "../../cpu/isa/index.ts"

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

/** The kind that programs for a unit have most of. */
export const USUAL_KIND = { core: "data", vfp: "vfp", neon: "neon" } as const

/** An instruction and the set that it belongs to. */
export type Choice = { readonly instruction: Instruction; readonly set: InstructionSet }

/** The choices of one kind, grouped by mnemonic. All mnemonics are equally likely, however many encodings they have. */
export type Pool = readonly (readonly Choice[])[]
export type Pools = Readonly<Record<Kind, Pool>>

const modules: readonly (readonly [Kind, object])[] = [
  ["branch", branch],
  ["system", coprocessor],
  ["call", exceptionCalls],
  ["exclusive", exclusive],
  ["it", itBlock],
  ["memory", loadStore],
  ["memory", loadStoreDual],
  ["memory", loadStoreExtra],
  ["memory", loadStoreMultiple],
  ["neon", neonFloat],
  ["neon", neonInteger],
  ["neonMemory", neonLoadStore],
  ["neon", neonPermute],
  ["neon", neonShift],
  ["neon", neonShiftRegister],
  ["neon", neonTransfer],
  ["neon", neonUnary],
  ["neon", neonWide],
  ["status", status],
  ["vfp", vfpConvert],
  ["vfp", vfpData],
  ["vfp", vfpFused],
  ["vfpMemory", vfpLoadStore],
  ["vfp", vfpSystem],
  ["vfp", vfpTransfer],
]

const byInstruction = new Map<Instruction, Kind>(
  modules.flatMap(([kind, module]) =>
    Object.values(module)
      .flat()
      .filter((i): i is Instruction => typeof i === "object" && i !== null && "semantics" in i)
      .map((i) => [i, kind] as const),
  ),
)

/** The mnemonic without condition, flag and width suffixes. */
export const mnemonicOf = (i: Instruction): string => i.name.replace(/\{cond\}|\{s\?s\}|\.w$/g, "")

// A wait would never end (ARMv5 waits by c7, c0, 4), and a bare machine lacks the firmware for firmware calls.
const left = /^(?:wf[ie]|hvc|smc)$/
// Models differ in their VFP; a disabled VFP would make the rest of a program pointless.
const leftArgs = /fpsid|mvfr|fpexc/

function kindOf(i: Instruction): Kind | undefined {
  const name = mnemonicOf(i)
  if (left.test(name) || leftArgs.test(i.args)) return undefined
  if (i.args.endsWith("c7, c0, 4")) return undefined
  // Semihosting is off here, and the reference's is different.
  if (i.args === "#0xab" || i.args === "#0x123456") return undefined
  const kind = byInstruction.get(i) ?? "data"
  if (kind === "branch") return /branch/.test(i.args) ? "branch" : "computed"
  if (kind === "data" && isReturn(i)) return "return"
  if (kind === "memory" && /\^|pc\^?$|Pc$/.test(i.args)) {
    if (!/\^$/.test(i.args)) return /Pc$|registers15pc$/.test(i.args) ? "computed" : kind
    return /pc\^$/.test(i.args) ? "return" : "banked"
  }
  if (/^swp/.test(name)) return "memory"
  if (kind === "status") {
    if (/^rfe/.test(name)) return "return"
    if (/^srs/.test(name)) return "banked"
  }
  return kind
}

/** SUBS PC, LR and its relatives. */
const isReturn = (i: Instruction): boolean => /^r15\b/.test(i.args)

const built = new Map<string, Pools>()

/** The pools of a model's A32 instructions, or of its 16-bit and 32-bit Thumb instructions. */
export function poolsOf(model: ArmModelName, isa: "a32" | "thumb"): Pools {
  const key = `${model} ${isa}`
  const known = built.get(key)
  if (known) return known
  const groups = new Map<Kind, Map<string, Choice[]>>(kinds.map((kind) => [kind, new Map()]))
  for (const set of arm(model).formats[isa === "a32" ? 0 : 1]!.sets) {
    for (const instruction of set.instructions) {
      const kind = kindOf(instruction)
      if (!kind) continue
      const group = groups.get(kind)!
      const name = mnemonicOf(instruction)
      group.set(name, [...(group.get(name) ?? []), { instruction, set }])
    }
  }
  const pools = Object.fromEntries(kinds.map((kind) => [kind, [...groups.get(kind)!.values()]])) as unknown as Pools
  built.set(key, pools)
  return pools
}
