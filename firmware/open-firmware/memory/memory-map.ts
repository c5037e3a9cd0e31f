// Memory that the firmware manages for its client: RAM, virtual addresses, and the properties that show both.

import type { DeviceNode } from "../tree/device-node.ts"
import { type AddressRange, FreeRanges } from "./ranges.ts"
import { Translations } from "./translations.ts"

/** Memory below this address belongs to the exception vectors. */
export const VECTOR_BYTES = 0x4000
/** Mode of ordinary memory: M, coherent (PowerPC Processor Binding, section 5.1.2). */
export const MODE_MEMORY = 0x02
/** Mode of registers and frame buffers: I, M, G, and read and write for all. */
export const MODE_DEVICE = 0x6a
/** The firmware's own mappings lie here, in the last MiB of the address space. */
const FIRMWARE_START = 0xfff0_0000
const SPACE = 2 ** 32
const OWN_ALIGNMENT = 0x1_0000

/** Claims of physical and virtual addresses; the nodes' properties follow every change. */
export class MemoryMap {
  physical: FreeRanges
  virtual: FreeRanges
  translations: Translations
  readonly #ramBytes: number
  /** Memory that stays the firmware's own when a client's claims end. */
  readonly #own: AddressRange[] = []
  readonly #memory: DeviceNode | undefined
  readonly #mmu: DeviceNode | undefined

  /** `memory` and `mmu` are the nodes whose properties show the state. */
  constructor(ramBytes: number, memory: DeviceNode | undefined, mmu: DeviceNode | undefined) {
    this.#ramBytes = ramBytes
    this.physical = new FreeRanges(0, ramBytes)
    this.virtual = new FreeRanges(0, SPACE)
    this.translations = new Translations()
    this.#memory = memory
    this.#mmu = mmu
    this.reset()
  }

  /** Ends all claims of clients. */
  reset(): void {
    this.physical = new FreeRanges(0, this.#ramBytes)
    this.virtual = new FreeRanges(0, SPACE)
    this.translations = new Translations()
    this.physical.reserve(0, VECTOR_BYTES)
    this.virtual.reserve(0, VECTOR_BYTES)
    this.virtual.reserve(FIRMWARE_START, SPACE - FIRMWARE_START)
    this.translations.map(FIRMWARE_START, SPACE - FIRMWARE_START, FIRMWARE_START, 0)
    for (const { start, end } of this.#own) this.occupy(start, end - start)
    this.update()
  }

  /** Claims memory for the firmware itself, as high as possible; undefined if there is too little. */
  claimOwn(size: number): number | undefined {
    const start = this.claim(0, size, OWN_ALIGNMENT)
    if (start !== undefined) this.#own.push({ start, end: start + size })
    return start
  }

  /** Where the firmware's own memory starts; programs lie below. */
  get programLimit(): number {
    return Math.min(this.#ramBytes, ...this.#own.map(({ start }) => start))
  }

  /**
   * The service `claim`: RAM with the same virtual and physical address, and its mapping. Without an alignment exactly
   * at `address`, else anywhere. Returns the address, or undefined.
   */
  claim(address: number, size: number, alignment: number): number | undefined {
    const start = alignment === 0 ? this.#claimAt(address, size) : this.#claimAligned(size, alignment)
    if (start === undefined) return undefined
    if (!this.translations.map(start, size, start, MODE_MEMORY)) {
      this.release(start, size)
      return undefined
    }
    this.update()
    return start
  }

  /** The service `release`: gives back what `claim` gave. */
  release(address: number, size: number): void {
    this.physical.release(address, size)
    this.virtual.release(address, size)
    this.translations.unmap(address, size)
    this.update()
  }

  /** Takes a range for a loaded program, whether or not it was claimed before. */
  occupy(address: number, size: number): void {
    this.physical.reserve(address, size)
    this.virtual.reserve(address, size)
    this.translations.map(address, size, address, MODE_MEMORY)
    this.update()
  }

  /** Shows the present state in the properties `available` and `translations`. */
  update(): void {
    const cells = (free: FreeRanges) => free.free.flatMap(({ start, end }) => [start, end - start])
    this.#memory?.setCells("available", ...cells(this.physical))
    this.#mmu?.setCells("available", ...cells(this.virtual))
    const rows = this.translations.entries.flatMap((entry) => [entry.virtual, entry.size, entry.physical, entry.mode])
    this.#mmu?.setCells("translations", ...rows)
  }

  #claimAt(address: number, size: number): number | undefined {
    if (!this.virtual.isFree(address, size) || !this.physical.claim(address, size)) return undefined
    if (this.virtual.claim(address, size)) return address
    this.physical.release(address, size)
    return undefined
  }

  #claimAligned(size: number, alignment: number): number | undefined {
    if (size <= 0) return undefined
    // The highest place that is free in both.
    for (const range of intersection(this.physical.free, this.virtual.free).toReversed()) {
      const highest = range.end - size
      const start = highest - (((highest % alignment) + alignment) % alignment)
      if (start >= range.start) return this.#claimAt(start, size)
    }
    return undefined
  }
}

/** The ranges that two sorted lists have in common, in order. */
function intersection(one: readonly AddressRange[], other: readonly AddressRange[]): AddressRange[] {
  const common: AddressRange[] = []
  let [i, j] = [0, 0]
  while (i < one.length && j < other.length) {
    const [a, b] = [one[i]!, other[j]!]
    const range = { start: Math.max(a.start, b.start), end: Math.min(a.end, b.end) }
    if (range.start < range.end) common.push(range)
    if (a.end < b.end) i++
    else j++
  }
  return common
}
