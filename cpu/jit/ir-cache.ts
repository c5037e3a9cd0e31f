// A cache of instruction IR by encoding: code repeats itself, and equal instructions then share one IR object.

import { type Architecture, type CodeFormat, type Fetched, translate } from "../isa/index.ts"
import { type CodeView, type InstructionIr, PAGE, reachesEnd, setsReturnAddress } from "./instruction-ir.ts"
import { translatable } from "./translatable.ts"
import { NO_VARIANT, type Variant } from "./variant.ts"

// Bounds the cache. A full one is cleared as a whole, which is rare.
const MAX_CACHED = 1 << 13

function innerMap<K, T>(maps: Map<number, Map<K, T>>, key: number): Map<K, T> {
  let found = maps.get(key)
  if (!found) maps.set(key, (found = new Map()))
  return found
}

/** Caches the IR of the instructions of one code format, in one variant. */
export class IrCache {
  readonly #arch: Architecture
  readonly format: CodeFormat
  readonly #variant: Variant
  readonly #isVariable: boolean
  /** Instructions of one unit, by decode context, then by unit. */
  readonly #short = new Map<number, Map<number, InstructionIr | null>>()
  /** Longer instructions, by decode context and whether the second unit is readable, then by both units as one number. */
  readonly #long = new Map<number, Map<number, InstructionIr | null>>()
  /** Instructions of units with slots, by slot, then by the words of the unit. */
  readonly #slots = new Map<number, Map<string, InstructionIr | null>>()
  #count = 0

  constructor(arch: Architecture, format: CodeFormat, variant = NO_VARIANT) {
    this.#arch = arch
    this.format = format
    this.#variant = variant
    this.#isVariable = format.lengths.some((n) => n > format.unit)
  }

  /** The instruction at an offset; undefined if the view has no code there, or if the code encodes no instruction. */
  at(view: CodeView, offset: number, context: number): InstructionIr | undefined {
    if (this.format.slots) return this.#inSlot(view, offset)
    const first = view.read(offset)
    if (first === undefined) return undefined
    const known = innerMap(this.#short, context).get(first | 0)
    if (known) return known
    // An instruction of a region lies in one page: the interpreter executes those that cross a border.
    const after = offset + this.format.unit
    const second = this.#isVariable ? (after % PAGE === 0 ? undefined : view.read(after)) : 0
    const kind = context * 2 + (second === undefined ? 1 : 0)
    const key = ((second ?? 0) << 16) | first
    let instruction = innerMap(this.#long, kind).get(key)
    if (instruction === undefined) {
      instruction = this.#decode((at) => (at === 0 ? first : second), context)
      this.#countOne()
      const isShort = instruction?.length === this.format.unit
      const known = isShort ? innerMap(this.#short, context) : innerMap(this.#long, kind)
      known.set(isShort ? first | 0 : key, instruction)
    }
    return instruction ?? undefined
  }

  #inSlot(view: CodeView, offset: number): InstructionIr | undefined {
    const { unit, slots } = this.format
    const slot = offset & (unit - 1)
    if (slot >= slots!) return undefined
    const words = Array.from({ length: unit / 4 }, (_, n) => view.read(offset - slot + 4 * n))
    if (words.includes(undefined)) return undefined
    const known = innerMap(this.#slots, slot)
    const key = words.join()
    let instruction = known.get(key)
    if (instruction === undefined) {
      instruction = this.#decode((at) => words[at / 4], 0, slot)
      this.#countOne()
      innerMap(this.#slots, slot).set(key, instruction)
    }
    return instruction ?? undefined
  }

  #countOne(): void {
    if (++this.#count <= MAX_CACHED) return
    for (const maps of [this.#short, this.#long, this.#slots]) maps.clear()
    this.#count = 1
  }

  #decode(read: (offset: number) => number | undefined, context: number, slot = 0): InstructionIr | null {
    let missing = false
    const fetched = this.format.decode(
      (at) => {
        const value = read(at)
        if (value === undefined) missing = true
        return value ?? 0
      },
      context,
      slot,
    )
    return (!missing && this.#translate(fetched)) || null
  }

  #translate({ decoded, length, context }: Fetched): InstructionIr | undefined {
    if (!decoded) return undefined
    const { values } = this.#variant
    const ir = translate(decoded, { addressType: this.#arch.addressType, length, known: values }).block
    const found = translatable(ir, this.#arch, this.format)
    return {
      length,
      ir: found?.ir,
      branches: found?.branches ?? [],
      isCall: found !== undefined && found.branches.length > 0 && setsReturnAddress(ir, length),
      fallsThrough: reachesEnd(ir),
      contextAfter: context,
      attends: found?.attends ?? false,
      endsRegion: found?.endsRegion ?? false,
    }
  }
}
