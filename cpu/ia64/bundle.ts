// Bundles: three slots of 41 bits under a template (Software Developer's Manual, volume 1, 3.3 Instruction Encoding
// Overview). An instruction's address is its bundle's plus its slot, 0 to 2.

import { Assembler, AssemblyError, type CodeFormat, type Decoded, type Fetched, InstructionSet } from "../isa/index.ts"
import * as branch from "./branch.ts"
import * as compare from "./compare.ts"
import { aUnit, bUnit, fUnit, iUnit, mUnit, xUnit } from "./encoding.ts"
import * as floatingPoint from "./floating-point.ts"
import * as integer from "./integer.ts"
import * as memory from "./memory.ts"
import * as moves from "./moves.ts"
import * as registerStack from "./register-stack.ts"
import * as shift from "./shift.ts"
import { spelling } from "./synonyms.ts"

// A stop stands after the slots marked with a bar; templates 06, 07, 14, 15, 1A, 1B, 1E and 1F are reserved.
const TEMPLATES: readonly (string | undefined)[] = [
  "MII",
  "MII|",
  "MI|I",
  "MI|I|",
  "MLX",
  "MLX|",
  undefined,
  undefined,
  "MMI",
  "MMI|",
  "M|MI",
  "M|MI|",
  "MFI",
  "MFI|",
  "MMF",
  "MMF|",
  "MIB",
  "MIB|",
  "MBB",
  "MBB|",
  undefined,
  undefined,
  "BBB",
  "BBB|",
  "MMB",
  "MMB|",
  undefined,
  undefined,
  "MFB",
  "MFB|",
  undefined,
  undefined,
]

const modules = [integer, compare, shift, moves, memory, registerStack, floatingPoint, branch]

/** The instruction set of each execution unit; `A` is what I and M slots have in common. */
export const sets = {
  A: new InstructionSet(aUnit.vocabulary, modules),
  I: new InstructionSet(iUnit.vocabulary, modules),
  M: new InstructionSet(mUnit.vocabulary, modules),
  B: new InstructionSet(bUnit.vocabulary, modules),
  F: new InstructionSet(fUnit.vocabulary, modules),
  X: new InstructionSet(xUnit.vocabulary, modules),
} as const

type Unit = keyof typeof sets

/** A bundle taken apart. */
export type Bundle = {
  /** Number of the template. */
  readonly template: number
  /** Execution units by slot, "MLX" for example; undefined for a reserved template. */
  readonly units: string | undefined
  /** After which slots a stop stands. */
  readonly stops: readonly boolean[]
  /** The slots as 41-bit numbers. */
  readonly slots: readonly [number, number, number]
}

/** Takes a bundle apart; `read` gives its 32-bit words by byte offset, little-endian. */
export function splitBundle(read: (offset: number) => number): Bundle {
  const [w0, w1, w2, w3] = [read(0) >>> 0, read(4) >>> 0, read(8) >>> 0, read(12) >>> 0]
  const template = w0 & 31
  const text = TEMPLATES[template]
  return {
    template,
    units: text?.replaceAll("|", ""),
    stops: text ? stopsOf(text) : [],
    slots: [(w0 >>> 5) + (w1 & 0x3fff) * 2 ** 27, (w1 >>> 14) + (w2 & 0x7f_ffff) * 2 ** 18, (w2 >>> 23) + w3 * 2 ** 9],
  }
}

const stopsOf = (text: string) => [/^[MIFBLX]\|/.test(text), /^[MIFBLX]\|?[MIFBLX]\|/.test(text), text.endsWith("|")]

/** The 32-bit words of a bundle, little-endian. */
export function joinBundle(template: number, slots: readonly [number, number, number]): readonly number[] {
  const low = (slots[1] % 2 ** 18) * 2 ** 14
  return [
    ((slots[0] % 2 ** 27) * 32 + template) >>> 0,
    (low + Math.floor(slots[0] / 2 ** 27)) >>> 0,
    ((slots[2] % 2 ** 9) * 2 ** 23 + Math.floor(slots[1] / 2 ** 18)) >>> 0,
    Math.floor(slots[2] / 2 ** 9) >>> 0,
  ]
}

// Major opcodes from 8 on are A-type in I and M slots.
const A_TYPE = 8 * 2 ** 37

/** Decodes a slot of a bundle. Slots 1 and 2 of an MLX bundle are one instruction, at slot 1. */
export function decodeSlot(bundle: Bundle, slot: number): Decoded | undefined {
  const { units, slots } = bundle
  const unit = units?.[slot]
  if (unit === undefined) return undefined
  if (unit === "L" || unit === "X") return sets.X.decode(slots[2], 0, slots[1])
  const word = slots[slot]!
  const set = (unit === "I" || unit === "M") && word >= A_TYPE ? "A" : (unit as Unit)
  return sets[set].decode(word)
}

/** Bytes from the instruction in a slot to the next: to the next slot, or from the last one to the next bundle. */
export function slotLength(units: string | undefined, slot: number): number {
  return slot === 2 ? 14 : units?.[slot] === "L" ? 15 : 1
}

/** How IA-64 code stands in memory. */
export const bundleFormat: CodeFormat = {
  name: "IA-64",
  unit: 16,
  slots: 3,
  wordBits: 41,
  reach: 16,
  lengths: [1, 14, 15],
  sets: Object.values(sets),
  decode(read, _context, slot = 0): Fetched {
    const bundle = splitBundle(read)
    return { decoded: decodeSlot(bundle, slot), length: slotLength(bundle.units, slot), context: 0 }
  },
}

const assemblers = Object.fromEntries(
  (["M", "I", "F", "B", "X"] as const).map((unit) => [
    unit,
    new Assembler(unit === "M" || unit === "I" ? [sets[unit], sets.A] : [sets[unit]], spelling),
  ]),
) as Record<Unit, Assembler>

/**
 * Assembles a bundle from its template as printed ("MI|I" with a bar for each stop, or a number) and the text of its
 * slots: three, or two for MLX. Throws an `AssemblyError` of one line.
 */
export function assembleBundle(template: string, lines: readonly string[], address = 0n): readonly number[] {
  const number = TEMPLATES.indexOf(template)
  if (number < 0) throw new AssemblyError(`no template ${template}`)
  const units = template.replaceAll("|", "")
  const long = units === "MLX"
  if (lines.length !== (long ? 2 : 3)) throw new AssemblyError(`${template} does not take ${lines.length} instructions`)
  const words = lines.map((line, slot) =>
    assemblers[long && slot === 1 ? "X" : (units[slot] as Unit)].assemble(line, { address }),
  )
  const [first, second, third] = words
  return long
    ? joinBundle(number, [first!.word, second!.extension, second!.word])
    : joinBundle(number, [first!.word, second!.word, third!.word])
}
