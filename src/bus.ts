// The physical address space of a machine: memory that CPUs access directly, and regions of registers.

import type { Region } from "../devices/kit/index.ts"

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
}

/** Physical addresses, and what answers there. Ranges must not overlap, but for registers behind memory (flash). */
export class Bus {
  readonly memory: MemoryRange[] = []
  readonly registers: RegisterRange[] = []
  readonly #before: () => void
  readonly #after: () => void
  readonly #missing: (pa: number, bytes: number, write: boolean) => void
  #last: RegisterRange | undefined

  /** `before` and `after` are called around each access to registers; `missing` for each access to nothing. */
  constructor(hooks: {
    before: () => void
    after: () => void
    missing: (pa: number, bytes: number, write: boolean) => void
  }) {
    this.#before = hooks.before
    this.#after = hooks.after
    this.#missing = hooks.missing
  }

  addMemory(range: MemoryRange): void {
    this.#check(this.memory, range)
    this.memory.push(range)
  }

  addRegisters(range: RegisterRange): void {
    this.#check(this.registers, range)
    this.registers.push(range)
    this.registers.sort((a, b) => a.base - b.base)
  }

  #check(
    others: readonly { name: string; base: number; size: number }[],
    range: { name: string; base: number; size: number },
  ): void {
    const other = others.find((o) => range.base < o.base + o.size && o.base < range.base + range.size)
    if (other) throw new Error(`${range.name} at 0x${range.base.toString(16)} overlaps ${other.name}`)
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
    return value
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
    range.region.write(pa - range.base, bytes, value)
    this.#after()
    return true
  }

  #registersAt(pa: number, bytes: number): RegisterRange | undefined {
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
