// Random words, whatever they encode. What a table lacks is never drawn from the table, but the reference knows it.

import { type ArmModelName, arm } from "../../cpu/arm/index.ts"
import { allValues } from "../../cpu/isa/encode.ts"
import type { Instruction } from "../../cpu/isa/index.ts"
import type { Random } from "../support/random.ts"
import { decodeAt, isDefined, reasonOfWord } from "./excuse.ts"
import { type Kind, kindOf } from "./kinds.ts"

/** A random word: two bytes below 0xe800 in Thumb code, else four, in Thumb code with the first halfword in the high half. */
export type RandomWord = { readonly bytes: 2 | 4; readonly word: number }

/** Share of the words of a kind that are kept, in percent, where others would hide what follows, or too many are alike. */
const kept: Partial<Record<Kind, number>> = {
  branch: 5,
  computed: 5,
  return: 5,
  call: 5,
  banked: 20,
  it: 10,
  memory: 50,
}

const kindsKnown = new Map<ArmModelName, Map<Instruction, Kind | undefined>>()

function kindIn(model: ArmModelName, instruction: Instruction, thumb: boolean): Kind | undefined {
  const known = kindsKnown.get(model) ?? new Map<Instruction, Kind | undefined>()
  kindsKnown.set(model, known)
  if (!known.has(instruction)) known.set(instruction, kindOf(instruction, arm(model).formats[thumb ? 1 : 0]!))
  return known.get(instruction)
}

/** The bytes of a word in memory, with NOPs behind it. */
export function bytesOfWord({ bytes, word }: RandomWord, thumb: boolean): Uint8Array {
  if (!thumb) return new Uint8Array(Uint32Array.of(word).buffer)
  return new Uint8Array(Uint16Array.of(...(bytes === 2 ? [word, 0xbf00] : [word >>> 16, word & 0xffff])).buffer)
}

/** Whether an instruction goes to an address in a register that may be anything. */
const writesPc = (v: Readonly<Record<string, number>>, kind: Kind): boolean =>
  v["rd"] === 15 || (v["dn"] === 1 && v["ldn"] === 7) || (kind === "memory" && v["rt"] === 15)

function anyWord(random: Random, model: ArmModelName, thumb: boolean): RandomWord {
  if (!thumb) return { bytes: 4, word: random.u32() }
  if (model === "arm926" || random.chance(25)) return { bytes: 2, word: random.below(0xe800) }
  return { bytes: 4, word: (0xe800_0000 + random.below(0x1800_0000)) >>> 0 }
}

/** Draws a word that does not end the program, and whose outcome the manual defines: nearly always. */
export function randomWordOf(random: Random, model: ArmModelName, thumb: boolean): RandomWord {
  for (;;) {
    const drawn = anyWord(random, model, thumb)
    const decoded = decodeAt(model, bytesOfWord(drawn, thumb), thumb ? 0x20 : 0)
    if (!decoded) {
      const inMemory = drawn.bytes === 2 ? drawn.word << 16 : drawn.word
      if (!reasonOfWord(inMemory, thumb, model) || random.chance(1)) return drawn
      continue
    }
    const { instruction } = decoded
    const kind = kindIn(model, instruction, thumb)
    if (!kind || !random.chance(kept[kind] ?? 100)) continue
    if (writesPc(allValues(instruction, decoded, 0), kind)) continue
    if (isDefined(decoded, thumb) || random.chance(1)) return drawn
  }
}
