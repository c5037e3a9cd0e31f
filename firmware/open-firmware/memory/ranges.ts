// Free ranges of an address space, from which clients claim and to which they release.

/** A range of addresses, in bytes; `end` is the address behind it. */
export interface AddressRange {
  readonly start: number
  readonly end: number
}

/** Ranges that may be free at once; a guest that claims every other byte cannot fill the host's memory. */
const MAX_RANGES = 1024

/** The free part of an address space, as sorted ranges with claimed bytes between them. */
export class FreeRanges {
  readonly #space: AddressRange
  #free: AddressRange[]

  constructor(start: number, end: number) {
    this.#space = { start, end }
    this.#free = [this.#space]
  }

  /** The free ranges in order. */
  get free(): readonly AddressRange[] {
    return this.#free
  }

  /** Whether all of a range is free. */
  isFree(start: number, size: number): boolean {
    return this.#free.some((range) => range.start <= start && start + size <= range.end)
  }

  /** Claims exactly this range; false if a part of it is not free. */
  claim(start: number, size: number): boolean {
    if (size <= 0) return false
    const at = this.#free.findIndex((range) => range.start <= start && start + size <= range.end)
    const range = this.#free[at]
    if (!range) return false
    const left = [
      { start: range.start, end: start },
      { start: start + size, end: range.end },
    ].filter((part) => part.start < part.end)
    if (this.#free.length - 1 + left.length > MAX_RANGES) return false
    this.#free.splice(at, 1, ...left)
    return true
  }

  /** Claims the highest free range of a size and alignment; undefined if there is none. */
  claimAligned(size: number, alignment: number): number | undefined {
    if (size <= 0) return undefined
    for (const range of this.#free.toReversed()) {
      const highest = range.end - size
      const start = highest - (((highest % alignment) + alignment) % alignment)
      if (start >= range.start) return this.claim(start, size) ? start : undefined
    }
    return undefined
  }

  /** Takes what lies in the space and is free out of the range, so that nobody claims it. */
  reserve(start: number, size: number): void {
    const end = start + size
    this.#free = this.#free.flatMap((range) =>
      [
        { start: range.start, end: Math.min(range.end, start) },
        { start: Math.max(range.start, end), end: range.end },
      ].filter((part) => part.start < part.end),
    )
  }

  /** Makes a range free again; what lies outside the space is ignored. */
  release(start: number, size: number): void {
    const from = Math.max(start, this.#space.start)
    const to = Math.min(start + size, this.#space.end)
    if (from >= to) return
    const touching = this.#free.filter((range) => range.start <= to && range.end >= from)
    const merged = {
      start: Math.min(from, ...touching.map((range) => range.start)),
      end: Math.max(to, ...touching.map((range) => range.end)),
    }
    const others = this.#free.filter((range) => range.start > to || range.end < from)
    if (others.length >= MAX_RANGES) return
    this.#free = [...others, merged].sort((a, b) => a.start - b.start)
  }
}
