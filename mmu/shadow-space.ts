// One guest address space in the shadow tables: its leaves, and the sizes of the mappings that its entries came from.

/** Key of an address space: a value that identifies one set of translations. */
export type SpaceKey = string | number

/** Pages of a leaf. */
export const LEAF_PAGES = 1024

/** Maximum number of leaves for which the directory is an array. */
const DENSE_LEAVES = 4096
/** Address bits, so that any size of a mapping is an index. */
const SIZES = 65

/**
 * The translations of one range of addresses under one key, or the global ones, by page numbers that count from the
 * start of the range. Two ranges with the same key share the space.
 */
export class Space {
  key: SpaceKey | undefined
  /** The ASID by which invalidations name it. */
  asid = -1
  /** Count of switches when it was last made current. */
  usedAt = 0
  /** Ranges in which it is in force. */
  readonly ranges: number[] = []
  /** Numbers of its leaves. */
  readonly leaves: number[] = []
  /** Sizes above 4 KiB, as log2 of bytes, of mappings that entries came from since the space was cleared. */
  readonly sizes: number[] = []
  /** By log2 of its mapping's bytes: entries from mappings above 4 KiB. */
  readonly #countOfSize = new Int32Array(SIZES)
  // By number of a leaf's first page / LEAF_PAGES: its number plus 1, or 0. A range too large for an array has a map.
  readonly #dense: Int32Array | undefined
  readonly #sparse = new Map<number, number>()
  readonly #tops: number[] = []

  constructor(pages: number) {
    const leaves = Math.ceil(pages / LEAF_PAGES)
    if (leaves <= DENSE_LEAVES) this.#dense = new Int32Array(leaves)
  }

  /** Number of the leaf at a place in the directory; -1 if there is none. */
  leafAt(top: number): number {
    return (this.#dense !== undefined ? this.#dense[top]! : (this.#sparse.get(top) ?? 0)) - 1
  }

  addLeaf(top: number, leaf: number): void {
    this.leaves.push(leaf)
    if (this.#dense === undefined) this.#sparse.set(top, leaf + 1)
    else {
      this.#dense[top] = leaf + 1
      this.#tops.push(top)
    }
  }

  /** Forgets leaves and mappings. */
  clear(): void {
    for (const top of this.#tops) this.#dense![top] = 0
    if (this.#sparse.size > 0) this.#sparse.clear()
    for (const size of this.sizes) this.#countOfSize[size] = 0
    for (const list of [this.#tops, this.leaves, this.sizes]) list.length = 0
  }

  /** Counts an entry that came from a mapping above 4 KiB. */
  addLarge(sizeLog2: number): void {
    if (this.#countOfSize[sizeLog2]!++ === 0 && !this.sizes.includes(sizeLog2)) this.sizes.push(sizeLog2)
  }

  /** Counts an entry less. */
  removeLarge(sizeLog2: number): void {
    this.#countOfSize[sizeLog2]!--
  }

  /** Whether entries came from mappings of a size. */
  hasLarge(sizeLog2: number): boolean {
    return this.#countOfSize[sizeLog2]! > 0
  }
}
