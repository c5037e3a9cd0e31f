// The instructions that random programs are drawn from, by kind.

import { type ArmModelName, arm } from "../../cpu/arm/index.ts"
import type { Instruction, InstructionSet } from "../../cpu/isa/index.ts"
import { type Kind, kindOf, kinds } from "./kinds.ts"

/** The kind that programs for a unit have most of. */
export const USUAL_KIND = { core: "data", vfp: "vfp", neon: "neon" } as const

/** An instruction and the set that it belongs to. */
export type Choice = { readonly instruction: Instruction; readonly set: InstructionSet }

/** The choices of one kind, grouped by mnemonic. All mnemonics are equally likely, however many encodings they have. */
export type Pool = readonly (readonly Choice[])[]
export type Pools = Readonly<Record<Kind, Pool>>

/** The mnemonic without condition, flag and width suffixes. */
export const mnemonicOf = (i: Instruction): string => i.name.replace(/\{cond\}|\{s\?s\}|\.w$/g, "")

const built = new Map<string, Pools>()

/** The pools of a model's A32 instructions, or of its 16-bit and 32-bit Thumb instructions. */
export function poolsOf(model: ArmModelName, isa: "a32" | "thumb"): Pools {
  const key = `${model} ${isa}`
  const known = built.get(key)
  if (known) return known
  const groups = new Map<Kind, Map<string, Choice[]>>(kinds.map((kind) => [kind, new Map()]))
  const format = arm(model).formats[isa === "a32" ? 0 : 1]!
  for (const set of format.sets) {
    for (const instruction of set.instructions) {
      const kind = kindOf(instruction, format)
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
