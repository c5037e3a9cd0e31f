// One guest address space in the shadow tables: its leaves, and the large mappings that its entries came from.

import { PAGE_SHIFT } from "./address.ts"

/** Key of an address space: a value that identifies one set of translations. */
export type SpaceKey = string | number

/** Pages of a leaf. */
export const LEAF_PAGES = 1024

/** Maximum number of leaves for which the directory is an array. */
const DENSE_LEAVES = 4096
/** Maximum number of large mappings remembered. */
const MAX_LARGE = 1 << 14

/**
 * The translations of one range of addresses under one key, or the global ones, by page numbers that count from the
 * start of the range. Two ranges with the same key share the space.
 */
export class Space {
  readonly key: SpaceKey | undefined
  /** The ASID by which invalidations name it. */
  readonly asid: number
  /** Count of switches when it was last made current. */
  usedAt = 0
  /** Ranges in which it is in force. */
  readonly ranges: number[] = []
  /** Numbers of its leaves. */
  readonly leaves: number[] = []
  // By number of a leaf's first page / LEAF_PAGES: its number plus 1, or 0. A range too large for an array has a map.
  readonly #dense: Int32Array | undefined
  readonly #sparse = new Map<number, number>()
  /** By log2 of their bytes: the mappings above 4 KiB that entries came from, each as address / size. */
  readonly #large = new Map<number, Set<number>>()
  #largeCount = 0

  constructor(key: SpaceKey | undefined, asid: number, pages: number) {
    this.key = key
    this.asid = asid
    const leaves = Math.ceil(pages / LEAF_PAGES)
    if (leaves <= DENSE_LEAVES) this.#dense = new Int32Array(leaves)
  }

  /** Number of the leaf at a place in the directory; -1 if there is none. */
  leafAt(top: number): number {
    return (this.#dense !== undefined ? this.#dense[top]! : (this.#sparse.get(top) ?? 0)) - 1
  }

  addLeaf(top: number, leaf: number): void {
    this.leaves.push(leaf)
    if (this.#dense !== undefined) this.#dense[top] = leaf + 1
    else this.#sparse.set(top, leaf + 1)
  }

  /** Forgets leaves and mappings. */
  clear(): void {
    this.leaves.length = 0
    this.#dense?.fill(0)
    this.#sparse.clear()
    this.#large.clear()
    this.#largeCount = 0
  }

  /** Notes that an entry of a page came from a larger mapping. False, with nothing noted, if there are too many. */
  noteLarge(page: number, sizeLog2: number): boolean {
    let mappings = this.#large.get(sizeLog2)
    if (mappings === undefined) this.#large.set(sizeLog2, (mappings = new Set()))
    const mapping = Math.floor(page / 2 ** (sizeLog2 - PAGE_SHIFT))
    if (mappings.has(mapping)) return true
    if (this.#largeCount === MAX_LARGE) return false
    this.#largeCount++
    mappings.add(mapping)
    return true
  }

  /** Forgets the large mappings that hold a page; gives the first page and the number of pages of each. */
  takeLarge(page: number, take: (first: number, pages: number) => void): void {
    if (this.#largeCount === 0) return
    for (const [sizeLog2, mappings] of this.#large) {
      const pages = 2 ** (sizeLog2 - PAGE_SHIFT)
      const mapping = Math.floor(page / pages)
      if (!mappings.delete(mapping)) continue
      this.#largeCount--
      take(mapping * pages, pages)
    }
  }
}
