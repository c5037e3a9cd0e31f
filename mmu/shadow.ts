// Shadow page tables: translations of every live guest address space, kept across switches.

import { NO_GROUP } from "./access.ts"
import { PAGE_SHIFT } from "./address.ts"
import type { MmuCounters } from "./counters.ts"
import { FLAG_GLOBAL, ShadowEntries } from "./shadow-entries.ts"
import { LEAF_PAGES, Space, type SpaceKey } from "./shadow-space.ts"

/** The owner of faster copies (the TLB), which must drop whatever the shadow tables drop. */
export type FasterCopies = {
  dropPage(page: number): void
  dropAll(): void
  dropRange(range: number): void
}

const LEAF_MASK = LEAF_PAGES - 1
const LEAF_SHIFT = Math.log2(LEAF_PAGES)
const NONE = -1
/** Below this number, JavaScript engines calculate with integers. */
const INTEGERS = 2 ** 30

/** Limits on what a guest can make the shadow tables hold. */
export type ShadowLimits = {
  /** Address spaces besides the global one, at least 1. */
  readonly spaces: number
  /** Leaves in all spaces: 16 KiB of host memory and 1024 entries each, at least 2. */
  readonly leaves: number
}

/** How the address space of an architecture is divided. */
export type ShadowOptions = {
  readonly addressType: "i32" | "i64"
  /** log2 of the number of equal ranges that the address space is cut into, each with a key of its own; 0 unless given. */
  readonly rangesLog2?: number
  /** Whether translations have permission groups. */
  readonly hasGroups?: boolean
  /** Unless given, 64 spaces for each range, and 2048 leaves. */
  readonly limits?: ShadowLimits | undefined
}

/** The translations of all live address spaces; whatever it drops of the visible ones, the TLB drops as well. */
export class ShadowTables {
  /** Ranges that the address space is cut into. */
  readonly ranges: number
  readonly #copies: FasterCopies
  readonly #counters: MmuCounters
  readonly #limits: ShadowLimits
  readonly #rangePages: number
  readonly #rangeBits: number
  readonly #entries: ShadowEntries
  readonly #leafSpace: Space[] = []
  readonly #leafTop: number[] = []
  readonly #global: Space
  readonly #spaces = new Map<SpaceKey, Space>()
  /** Spaces to be used again. */
  readonly #unused: Space[] = []
  #switches = 0
  /** By range: what names the space in force, and the space, which is undefined until it gets an entry. */
  readonly #keys: SpaceKey[]
  readonly #asids: number[]
  readonly #current: (Space | undefined)[]

  constructor(copies: FasterCopies, counters: MmuCounters, options: ShadowOptions) {
    const { addressType, rangesLog2 = 0, hasGroups = false, limits } = options
    this.ranges = 2 ** rangesLog2
    this.#copies = copies
    this.#counters = counters
    this.#limits = limits ?? { spaces: 64 * this.ranges, leaves: 2048 }
    this.#rangeBits = (addressType === "i64" ? 64 : 32) - rangesLog2
    this.#rangePages = 2 ** (this.#rangeBits - PAGE_SHIFT)
    this.#entries = new ShadowEntries(this.#limits.leaves, hasGroups)
    this.#global = new Space(this.#rangePages * this.ranges)
    this.#keys = Array.from({ length: this.ranges }, (_, range) => `reset ${range}`)
    this.#asids = Array.from({ length: this.ranges }, () => 0)
    this.#current = Array.from({ length: this.ranges }, () => undefined)
  }

  /** Address spaces that have entries, without the global one. */
  get spaceCount(): number {
    return this.#spaces.size
  }

  /** Number of leaves allocated so far. */
  get leafRoom(): number {
    return this.#entries.leafRoom
  }

  /** The range that a page, given by number, lies in. */
  rangeOf(page: number): number {
    return this.ranges === 1 ? 0 : Math.floor(page / this.#rangePages)
  }

  /**
   * Makes a space current in a range: its entries and the global ones are visible there from now on. The other ranges
   * keep theirs. False if it was current already.
   */
  switchSpace(range: number, key: SpaceKey, asid: number): boolean {
    if (key === this.#keys[range] && asid === this.#asids[range]) return false
    this.#keys[range] = key
    this.#asids[range] = asid
    this.#leave(range)
    const space = this.#spaces.get(key)
    if (space === undefined) return true
    if (space.asid !== asid) {
      this.#dropSpace(space)
      return true
    }
    this.#enter(range, space)
    space.usedAt = ++this.#switches
    return true
  }

  /** Number of the visible entry of a page, given by number; -1 if there is none. */
  find(page: number): number {
    const range = this.rangeOf(page)
    const space = this.#current[range]
    if (space !== undefined) {
      const entry = this.#entryIn(space, page - range * this.#rangePages)
      if (entry !== NONE) return entry
    }
    return this.#entryIn(this.#global, page)
  }

  /** The physical page of an entry, by number. */
  physicalPageOf(entry: number): number {
    return this.#entries.physicalPageOf(entry)
  }

  /** Permission bits of an entry, and FLAG_GLOBAL. */
  flagsOf(entry: number): number {
    return this.#entries.flagsOf(entry)
  }

  /** Permission group of an entry. */
  groupOf(entry: number): number {
    return this.#entries.groupOf(entry)
  }

  /** Enters the result of a walk for a page of the range's space, or of all spaces if its flags say global. */
  insert(page: number, physicalPage: number, flags: number, sizeLog2: number, group = NO_GROUP): void {
    const range = this.rangeOf(page)
    const inRange = page - range * this.#rangePages
    // The guest may replace an entry without an invalidation. The TLB must then drop it too, as it caches a subset.
    const current = this.#current[range]
    if (current !== undefined) this.#dropEntryAt(current, inRange)
    this.#dropEntryAt(this.#global, page)
    const isGlobal = (flags & FLAG_GLOBAL) !== 0
    const own = isGlobal ? page : inRange
    const size = isGlobal ? sizeLog2 : Math.min(sizeLog2, this.#rangeBits)
    const leaf = this.#leafFor(isGlobal, range, leafNumber(own))
    const large = size > PAGE_SHIFT ? size : 0
    if (large !== 0) this.#leafSpace[leaf]!.addLarge(large)
    this.#entries.fill(leaf * LEAF_PAGES + (own & LEAF_MASK), physicalPage, flags, large, group)
  }

  /** Drops everything. */
  invalidateAll(): void {
    this.#copies.dropAll()
    for (const { leaves } of [...this.#spaces.values(), this.#global])
      for (const leaf of leaves) this.#entries.dropLeaf(leaf)
    this.#global.clear()
    for (const space of this.#spaces.values()) this.#retire(space)
    this.#spaces.clear()
    this.#current.fill(undefined)
  }

  /** Drops the non-global translations of an ASID. */
  invalidateAsid(asid: number): void {
    for (const space of this.#spaces.values()) if (space.asid === asid) this.#dropSpace(space)
  }

  /** Drops the mapping, of whatever size, of a page in the spaces of an ASID and in the global one. */
  invalidateVa(page: number, asid: number): void {
    const inRange = page - this.rangeOf(page) * this.#rangePages
    for (const space of this.#spaces.values()) if (space.asid === asid) this.#dropMapping(space, inRange)
    this.#dropMapping(this.#global, page)
  }

  /** Drops the mapping, of whatever size, of a page in every space. */
  invalidateVaAllAsid(page: number): void {
    const inRange = page - this.rangeOf(page) * this.#rangePages
    for (const space of this.#spaces.values()) this.#dropMapping(space, inRange)
    this.#dropMapping(this.#global, page)
  }

  #enter(range: number, space: Space): void {
    this.#current[range] = space
    space.ranges.push(range)
  }

  #leave(range: number): void {
    this.#copies.dropRange(range)
    const space = this.#current[range]
    this.#current[range] = undefined
    if (space !== undefined) space.ranges.splice(space.ranges.indexOf(range), 1)
  }

  #entryIn(space: Space, page: number): number {
    const leaf = space.leafAt(leafNumber(page))
    if (leaf < 0) return NONE
    const entry = leaf * LEAF_PAGES + (page & LEAF_MASK)
    return this.#entries.isValid(entry) ? entry : NONE
  }

  #spaceFor(isGlobal: boolean, range: number): Space {
    if (isGlobal) return this.#global
    const current = this.#current[range]
    if (current !== undefined) return current
    const key = this.#keys[range]!
    const asid = this.#asids[range]!
    const other = this.#spaces.get(key)
    if (other !== undefined) this.#dropSpace(other)
    if (this.#spaces.size >= this.#limits.spaces) this.#evictOldest()
    const space = this.#unused.pop() ?? new Space(this.#rangePages)
    space.key = key
    space.asid = asid
    space.usedAt = ++this.#switches
    this.#spaces.set(key, space)
    for (let i = 0; i < this.ranges; i++) if (this.#keys[i] === key && this.#asids[i] === asid) this.#enter(i, space)
    return space
  }

  /** Drops the least recently used space that is not current; false if there is none. */
  #evictOldest(): boolean {
    let oldest: Space | undefined
    for (const space of this.#spaces.values()) {
      if (space.ranges.length === 0 && (oldest === undefined || space.usedAt < oldest.usedAt)) oldest = space
    }
    if (oldest === undefined) return false
    this.#counters.evictions++
    this.#dropSpace(oldest)
    return true
  }

  #leafFor(isGlobal: boolean, range: number, top: number): number {
    const present = this.#spaceFor(isGlobal, range).leafAt(top)
    if (present >= 0) return present
    while (!this.#entries.hasLeaf) {
      if (this.#evictOldest()) continue
      this.#counters.evictions++
      this.invalidateAll()
    }
    const leaf = this.#entries.takeLeaf()
    const space = this.#spaceFor(isGlobal, range)
    this.#leafSpace[leaf] = space
    this.#leafTop[leaf] = top
    space.addLeaf(top, leaf)
    return leaf
  }

  #dropEntryAt(space: Space, page: number): void {
    const entry = this.#entryIn(space, page)
    if (entry !== NONE) this.#dropEntry(entry)
  }

  #dropEntry(entry: number): void {
    const leaf = entry >>> LEAF_SHIFT
    const space = this.#leafSpace[leaf]!
    const size = this.#entries.sizeOf(entry)
    if (size !== 0) space.removeLarge(size)
    this.#entries.drop(entry)
    const page = this.#leafTop[leaf]! * LEAF_PAGES + (entry & LEAF_MASK)
    if (space === this.#global) this.#copies.dropPage(page)
    else for (const range of space.ranges) this.#copies.dropPage(range * this.#rangePages + page)
  }

  #dropMapping(space: Space, page: number): void {
    this.#dropEntryAt(space, page)
    for (const size of space.sizes) {
      if (!space.hasLarge(size)) continue
      const pages = 2 ** (size - PAGE_SHIFT)
      this.#dropPages(space, Math.floor(page / pages) * pages, pages, size)
    }
  }

  // Drops the entries of a mapping. If it is larger than a leaf, the others among its pages go too: each entry that is
  // visited must be dropped, or a guest could have the same ones visited again and again.
  #dropPages(space: Space, first: number, pages: number, size: number): void {
    const last = first + pages - 1
    const lowest = leafNumber(first)
    const highest = leafNumber(last)
    // A mapping may cover far more pages than the space has leaves.
    if (highest - lowest >= space.leaves.length) {
      for (const leaf of space.leaves) {
        const top = this.#leafTop[leaf]!
        if (top >= lowest && top <= highest) this.#dropInLeaf(leaf, top, first, last, size)
      }
      return
    }
    for (let top = lowest; top <= highest; top++) {
      const leaf = space.leafAt(top)
      if (leaf >= 0) this.#dropInLeaf(leaf, top, first, last, size)
    }
  }

  #dropInLeaf(leaf: number, top: number, first: number, last: number, size: number): void {
    const from = Math.max(first - top * LEAF_PAGES, 0)
    const to = Math.min(last - top * LEAF_PAGES, LEAF_MASK)
    const isWithin = last - first < LEAF_PAGES
    this.#entries.eachValid(leaf, from, to, (entry) => {
      if (!isWithin || this.#entries.sizeOf(entry) === size) this.#dropEntry(entry)
    })
  }

  #dropSpace(space: Space): void {
    for (const range of space.ranges) {
      this.#copies.dropRange(range)
      this.#current[range] = undefined
    }
    this.#spaces.delete(space.key!)
    for (const leaf of space.leaves) this.#entries.dropLeaf(leaf)
    this.#retire(space)
  }

  #retire(space: Space): void {
    space.clear()
    space.ranges.length = 0
    this.#unused.push(space)
  }
}

// Integer operations where they suffice: they are faster, and every page number of a 32-bit guest is small enough.
function leafNumber(page: number): number {
  return page < INTEGERS ? page >>> LEAF_SHIFT : Math.floor(page / LEAF_PAGES)
}
