// The physical address space of a machine: memory that CPUs access directly, and regions of registers.

import type { ByteOrder, Region } from "../devices/kit/index.ts"
import { WiringError } from "./wiring-error.ts"

/** Memory at a physical address, held in the CPUs' linear memory. */
export type MemoryRange = {
  readonly name: string
  readonly base: number
  readonly size: number
  readonly writable: boolean
  /**
   * Byte offset in linear memory of the page at that offset, a multiple of 4096; -1 while accesses must go to the
   * registers behind it (flash that is not in array mode).
   */
  host(offset: number): number
}

/** Registers at a physical address. */
export type RegisterRange = {
  readonly name: string
  readonly base: number
  readonly size: number
  readonly region: Region
  /** The order of its bytes; the CPU's, unless given. The bus swaps the bytes of values if the CPU's is another. */
  readonly byteOrder?: ByteOrder
}

type MappedRange = RegisterRange & { readonly isSwapped: boolean }
type Placed = { readonly name: string; readonly base: number; readonly size: number }

/** Maps physical addresses to memory and registers. Ranges must not overlap, but registers may lie behind a flash. */
export class Bus {
  readonly memory: MemoryRange[] = []
  readonly registers: MappedRange[] = []
  readonly #before: () => void
  readonly #after: () => void
  readonly #missing: (pa: number, bytes: number, write: boolean) => void
  readonly #byteOrder: () => ByteOrder
  #last: MappedRange | undefined

  /**
   * `before` and `after` are called around each access to registers, `missing` for each access that nothing answers.
   * `byteOrder` gives the CPU's.
   */
  constructor(hooks: {
    byteOrder: () => ByteOrder
    before: () => void
    after: () => void
    missing: (pa: number, bytes: number, write: boolean) => void
  }) {
    this.#byteOrder = hooks.byteOrder
    this.#before = hooks.before
    this.#after = hooks.after
    this.#missing = hooks.missing
  }

  addMemory(range: MemoryRange): void {
    check(range.writable ? [...this.memory, ...this.registers] : this.memory, range)
    this.memory.push(range)
  }

  addRegisters(range: RegisterRange): void {
    check([...this.registers, ...this.memory.filter(({ writable }) => writable)], range)
    const isSwapped = range.byteOrder !== undefined && range.byteOrder !== this.#byteOrder()
    this.registers.push({ ...range, isSwapped })
    this.registers.sort((a, b) => a.base - b.base)
  }

  /** Host offset of the page that holds a physical address if it can be read directly; -1 if not. */
  hostOf(pa: number): number {
    const range = this.#memoryAt(pa)
    return range ? range.host(pa - range.base - (pa % 4096)) : -1
  }

  /** Whether that page can be written directly. */
  isWritable(pa: number): boolean {
    return this.#memoryAt(pa)?.writable ?? false
  }

  #memoryAt(pa: number): MemoryRange | undefined {
    for (const range of this.memory) if (pa >= range.base && pa < range.base + range.size) return range
    return undefined
  }

  /** Reads registers; undefined if nothing answers. */
  read(pa: number, bytes: number): number | undefined {
    const range = this.#registersAt(pa, bytes)
    if (!range) {
      this.#missing(pa, bytes, false)
      return undefined
    }
    this.#before()
    const value = range.region.read(pa - range.base, bytes)
    this.#after()
    return range.isSwapped ? swapBytes(value, bytes) : value
  }

  /** Writes registers; false if nothing answers. A write to read-only memory is ignored. */
  write(pa: number, bytes: number, value: number): boolean {
    const range = this.#registersAt(pa, bytes)
    if (!range) {
      if (this.#memoryAt(pa)) return true
      this.#missing(pa, bytes, true)
      return false
    }
    this.#before()
    range.region.write(pa - range.base, bytes, range.isSwapped ? swapBytes(value, bytes) : value)
    this.#after()
    return true
  }

  #registersAt(pa: number, bytes: number): MappedRange | undefined {
    const last = this.#last
    if (last && pa >= last.base && pa + bytes <= last.base + last.size) return last
    let low = 0
    let high = this.registers.length - 1
    while (low <= high) {
      const middle = (low + high) >> 1
      const range = this.registers[middle]!
      if (pa < range.base) high = middle - 1
      else if (pa >= range.base + range.size) low = middle + 1
      else return pa + bytes <= range.base + range.size ? (this.#last = range) : undefined
    }
    return undefined
  }
}

function check(others: readonly Placed[], range: Placed): void {
  const { name, base, size } = range
  if (!(Number.isSafeInteger(base) && base >= 0)) throw new WiringError(`${name} stands at no address: ${base}.`)
  const other = others.find((o) => base < o.base + o.size && o.base < base + size)
  const place = `${name} at 0x${base.toString(16)}`
  if (other) throw new WiringError(`${place} overlaps ${other.name}.`)
  // Behind another address, no aligned access would reach a register of a word.
  const unit = size >= 4 ? 4 : size >= 2 ? 2 : 1
  if (base % unit !== 0) throw new WiringError(`${place} is misaligned: its address must be a multiple of ${unit}.`)
}

/** A value of 1, 2 or 4 bytes with its bytes in reverse. */
function swapBytes(value: number, bytes: number): number {
  if (bytes === 1) return value
  const half = ((value & 0xff) << 8) | ((value >>> 8) & 0xff)
  if (bytes === 2) return half
  return ((half << 16) | ((value >>> 24) & 0xff) | ((value >>> 8) & 0xff00)) >>> 0
}
