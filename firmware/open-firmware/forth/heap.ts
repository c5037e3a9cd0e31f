// Memory blocks of alloc-mem (IEEE 1275-1994, section 7.3.5.2). The records stand outside of guest memory.

const GRANULE = 8
/** Most blocks at a time: the search over free ranges stays short. */
const MOST_BLOCKS = 4096

/** First fit over a sorted list of free ranges. */
export class Heap {
  readonly #free: { at: number; size: number }[]
  readonly #sizes = new Map<number, number>()

  constructor(base: number, size: number) {
    this.#free = [{ at: base, size }]
  }

  /** The address of a new block; undefined if there is no room. */
  allocate(bytes: number): number | undefined {
    const size = Math.max(GRANULE, Math.ceil(bytes / GRANULE) * GRANULE)
    const index = this.#free.findIndex((range) => range.size >= size)
    const range = this.#free[index]
    if (!range || this.#sizes.size >= MOST_BLOCKS) return undefined
    const at = range.at
    this.#sizes.set(at, size)
    if (range.size === size) this.#free.splice(index, 1)
    else this.#free[index] = { at: at + size, size: range.size - size }
    return at
  }

  /** Gives a block back. An address that is no block's is ignored. */
  release(address: number): void {
    const size = this.#sizes.get(address)
    if (size === undefined) return
    this.#sizes.delete(address)
    let index = this.#free.findIndex((range) => range.at > address)
    if (index < 0) index = this.#free.length
    const before = this.#free[index - 1]
    const after = this.#free[index]
    const joined = { at: address, size }
    let from = index
    let count = 0
    if (before && before.at + before.size === address) {
      joined.at = before.at
      joined.size += before.size
      from--
      count++
    }
    if (after && address + size === after.at) {
      joined.size += after.size
      count++
    }
    this.#free.splice(from, count, joined)
  }
}
