// The instructions that random programs are drawn from, by kind.

import { type ArmModelName, arm } from "../../cpu/arm/index.ts"
import type { Instruction, InstructionSet } from "../../cpu/isa/index.ts"
import type { Random } from "../support/random.ts"
import { type Kind, kindOf, kinds } from "./kinds.ts"

/** The kind that programs for a unit have most of. */
export const USUAL_KIND = { core: "data", vfp: "vfp", neon: "neon", words: "data" } as const

/** An instruction and the set that it belongs to. */
export type Choice = { readonly instruction: Instruction; readonly set: InstructionSet }

/** The choices of one kind, grouped by mnemonic. All mnemonics are equally likely, however many encodings they have. */
export type Pool = readonly (readonly Choice[])[]
export type Pools = Readonly<Record<Kind, Pool>>

/** The mnemonic without condition, flag and width suffixes. */
export const mnemonicOf = (i: Instruction): string => i.name.replace(/\{cond\}|\{s\?s\}|\.w$/g, "")

const built = new Map<string, Pools>()

/**
 * The pools of a model's A32 instructions, or of its 16-bit and 32-bit Thumb instructions. The ARM926 has no VFP: its pools of
 * that unit are those of the Cortex-A15, whose words are UNDEFINED on it.
 */
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
  const own = Object.fromEntries(kinds.map((kind) => [kind, [...groups.get(kind)!.values()]])) as unknown as Pools
  const pools = model === "arm926" && isa === "a32" ? { ...own, ...absentUnit(isa) } : own
  built.set(key, pools)
  return pools
}

function absentUnit(isa: "a32"): Pick<Pools, "vfp" | "vfpMemory"> {
  const { vfp, vfpMemory } = poolsOf("cortex-a15", isa)
  return { vfp, vfpMemory }
}

/**
 * The pools of a batch as decks of cards: each encoding is dealt once before any is dealt again, so that none is left out
 * because its mnemonic has many.
 */
export class Decks {
  readonly #random: Random
  readonly #decks = new Map<Pool, Choice[]>()

  constructor(random: Random) {
    this.#random = random
  }

  /** Deals the next acceptable card of a pool; undefined if the pool has none. */
  deal(pool: Pool, accept: (choice: Choice) => boolean): Choice | undefined {
    const left = this.#decks.get(pool) ?? []
    this.#decks.set(pool, left)
    let at = left.findIndex(accept)
    if (at < 0) {
      left.splice(0, left.length, ...this.#shuffled(pool.flat()))
      at = left.findIndex(accept)
    }
    return at < 0 ? undefined : left.splice(at, 1)[0]
  }

  #shuffled(choices: Choice[]): Choice[] {
    for (let n = choices.length - 1; n > 0; n--) {
      const other = this.#random.below(n + 1)
      const moved = choices[n]!
      choices[n] = choices[other]!
      choices[other] = moved
    }
    return choices
  }
}
