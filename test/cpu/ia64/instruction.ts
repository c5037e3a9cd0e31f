// Single instructions from text, for tests.

import { assembleBundle, decodeSlot, splitBundle } from "../../../cpu/ia64/index.ts"
import type { Decoded } from "../../../cpu/isa/index.ts"
import type { Machine } from "./machine.ts"

const PLACES = {
  M: { template: "MII", slot: 0, around: ["", "nop.i 0", "nop.i 0"] },
  I: { template: "MII", slot: 1, around: ["nop.m 0", "", "nop.i 0"] },
  F: { template: "MFI", slot: 1, around: ["nop.m 0", "", "nop.i 0"] },
  B: { template: "MIB", slot: 2, around: ["nop.m 0", "nop.i 0", ""] },
  X: { template: "MLX", slot: 1, around: ["nop.m 0", ""] },
} as const

/** Execution unit types. */
export type Unit = keyof typeof PLACES

/** The 32-bit words of a bundle with the instruction in a slot of a unit, and the slot. */
export function bundleWith(unit: Unit, text: string, address = 0n): { words: readonly number[]; slot: number } {
  const { template, slot, around } = PLACES[unit]
  const lines = around.map((line, n) => (n === slot ? text : line))
  return { words: assembleBundle(template, lines, address), slot }
}

/** Assembles an instruction for a slot of a unit, and decodes it again. */
export function instructionOf(unit: Unit, text: string, address = 0n): Decoded {
  const { words, slot } = bundleWith(unit, text, address)
  const decoded = decodeSlot(
    splitBundle((offset) => words[offset / 4]!),
    slot,
  )
  if (!decoded) throw new Error(`${text} does not decode`)
  return decoded
}

/** Puts a bundle with the instruction at an address, multiple of 16; gives the instruction's address. */
export function place(machine: Machine, at: bigint, unit: Unit, text: string): bigint {
  const { words, slot } = bundleWith(unit, text, at)
  for (const [n, word] of words.entries()) machine.write(at + BigInt(4 * n), 4, BigInt(word))
  return at + BigInt(slot)
}
