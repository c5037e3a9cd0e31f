// The physical address space of a machine: memory that CPUs access directly, and regions of registers.

import { type ByteOrder, misplacement, RangeMap, type RegisterRange, swapBytes } from "../devices/kit/index.ts"
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

type MappedRange = RegisterRange & { readonly isSwapped: boolean }

/** Maps physical addresses to memory and registers. Ranges must not overlap, but registers may lie behind a flash. */
export class Bus {
  readonly memory: MemoryRange[] = []
  readonly #registers = new RangeMap<MappedRange>()
  readonly #before: () => void
  readonly #after: () => void
  readonly #missing: (pa: number, bytes: number, write: boolean) => void
  readonly #byteOrder: () => ByteOrder

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

  /** The registers, by address. */
  get registers(): readonly MappedRange[] {
    return this.#registers.ranges
  }

  addMemory(range: MemoryRange): void {
    check(range.writable ? [...this.memory, ...this.registers] : this.memory, range)
    this.memory.push(range)
  }

  addRegisters(range: RegisterRange): void {
    check([...this.registers, ...this.memory.filter(({ writable }) => writable)], range)
    const isSwapped = range.byteOrder !== undefined && range.byteOrder !== this.#byteOrder()
    this.#registers.add({ ...range, isSwapped })
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
    const range = this.#registers.find(pa, bytes)
    return range?.region.answers?.(pa - range.base, bytes) === false ? undefined : range
  }
}

function check(
  others: readonly { name: string; base: number; size: number }[],
  range: RegisterRange | MemoryRange,
): void {
  const fault = misplacement(others, range)
  if (fault !== undefined) throw new WiringError(fault)
}
