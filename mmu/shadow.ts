// Shadow page tables: translations of every live guest address space, kept across switches, found again by physical page.

import { NO_GROUP } from "./access.ts"
import { PAGE_SHIFT } from "./address.ts"
import type { MmuCounters } from "./counters.ts"
import { LEAF_PAGES, Space, type SpaceKey } from "./shadow-space.ts"

/** The owner of faster copies, which must forget what the shadow tables forget. */
export type FasterCopies = {
  dropPage(page: number): void
  dropAll(): void
  dropRange(range: number): void
}

// An entry is ENTRY_WORDS words of an arena of leaves; its number is leaf * LEAF_PAGES + page % LEAF_PAGES.
//   PAGE_WORD      number of the physical page, its low 32 bits
//   FLAGS_WORD     0 if invalid, else the bits below
//   NEXT, PREVIOUS neighbours, by number, in the list of entries of the same physical page
const ENTRY_WORDS = 4
const PAGE_WORD = 0
const FLAGS_WORD = 1
const NEXT_WORD = 2
const PREVIOUS_WORD = 3

// Flags: the permission bits [11:0] of access.ts; FLAG_GLOBAL; in bits [21:16], the physical page number above 32 bits.
export const FLAG_GLOBAL = 1 << 12
const HIGH_PAGE_SHIFT = 16
const HIGH_PAGE_MASK = 0x3f
const FLAG_VALID = 1 << 31

const WORD = 2 ** 32
const VALID_WORDS = LEAF_PAGES / 32
const LEAF_MASK = LEAF_PAGES - 1
const LEAF_SHIFT = Math.log2(LEAF_PAGES)
const NONE = -1
/** Below this number, JavaScript engines calculate with integers. */
const INTEGERS = 2 ** 30

/** Limits of what a guest can make the shadow tables hold. */
export type ShadowLimits = {
  /** Address spaces besides the global one, at least 1. */
  readonly spaces: number
  /** Leaves in all spaces: 16 KiB of host memory and 1024 entries each, at least 2. */
  readonly leaves: number
}

/** The address spaces that shadow tables are for. */
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
  /** The arena. */
  #words: Int32Array
  /** Permission groups, by entry, if the architecture has any. */
  #groups: Int32Array | undefined
  /** One bit per entry: whether it is valid. */
  #valid: Int32Array
  readonly #leafSpace: Space[] = []
  readonly #leafTop: number[] = []
  readonly #freeLeaves: number[] = []
  readonly #firstOfPage = new Map<number, number>()
  readonly #global: Space
  /** Least recently used first. */
  readonly #spaces = new Map<SpaceKey, Space>()
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
    const leaves = Math.min(this.#limits.leaves, 32)
    this.#words = new Int32Array(leaves * LEAF_PAGES * ENTRY_WORDS)
    this.#groups = hasGroups ? new Int32Array(leaves * LEAF_PAGES) : undefined
    this.#valid = new Int32Array(leaves * VALID_WORDS)
    this.#global = new Space(undefined, NONE, this.#rangePages * this.ranges)
    this.#keys = Array.from({ length: this.ranges }, () => 0)
    this.#asids = Array.from({ length: this.ranges }, () => 0)
    this.#current = Array.from({ length: this.ranges }, () => undefined)
  }

  /** Address spaces that have entries, without the global one. */
  get spaceCount(): number {
    return this.#spaces.size
  }

  /** Leaves that there is room for now. */
  get leafRoom(): number {
    return this.#valid.length / VALID_WORDS
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
    this.#spaces.delete(key)
    this.#spaces.set(key, space)
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
    const at = entry * ENTRY_WORDS
    const high = (this.#words[at + FLAGS_WORD]! >>> HIGH_PAGE_SHIFT) & HIGH_PAGE_MASK
    const low = this.#words[at + PAGE_WORD]! >>> 0
    return high === 0 ? low : high * WORD + low
  }

  /** Permission bits of an entry, and FLAG_GLOBAL. */
  flagsOf(entry: number): number {
    return this.#words[entry * ENTRY_WORDS + FLAGS_WORD]!
  }

  /** Permission group of an entry. */
  groupOf(entry: number): number {
    return this.#groups === undefined ? NO_GROUP : this.#groups[entry]!
  }

  /** Enters the result of a walk for a page of the range's space, or of all spaces if its flags say global. */
  insert(page: number, physicalPage: number, flags: number, sizeLog2: number, group = NO_GROUP): void {
    const range = this.rangeOf(page)
    const inRange = page - range * this.#rangePages
    // An entry that the guest replaced without an invalidation goes from the TLB as well: what the TLB has, the shadow has.
    const current = this.#current[range]
    if (current !== undefined) this.#dropEntryAt(current, inRange)
    this.#dropEntryAt(this.#global, page)
    const isGlobal = (flags & FLAG_GLOBAL) !== 0
    const own = isGlobal ? page : inRange
    const size = isGlobal ? sizeLog2 : Math.min(sizeLog2, this.#rangeBits)
    const entry = this.#place(isGlobal, range, own, size)
    this.#fill(entry, physicalPage, flags)
    if (this.#groups !== undefined) this.#groups[entry] = group
  }

  /** Drops everything. */
  invalidateAll(): void {
    this.#copies.dropAll()
    this.#firstOfPage.clear()
    for (const space of this.#spaces.values()) this.#clearLeaves(space)
    this.#clearLeaves(this.#global)
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

  /** Drops every entry, in any space, that maps a physical page, given by number. */
  invalidatePhysical(page: number): void {
    for (let entry = this.#firstOfPage.get(page); entry !== undefined; entry = this.#firstOfPage.get(page)) {
      this.#dropEntry(entry)
    }
  }

  /** Makes room for an entry of a page of the global space, or of a range's; tells its number. */
  #place(isGlobal: boolean, range: number, page: number, sizeLog2: number): number {
    for (;;) {
      const leaf = this.#leafFor(isGlobal, range, leafNumber(page))
      if (sizeLog2 <= PAGE_SHIFT || this.#leafSpace[leaf]!.noteLarge(page, sizeLog2)) {
        return leaf * LEAF_PAGES + (page & LEAF_MASK)
      }
      this.#counters.evictions++
      this.invalidateAll()
    }
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
    return this.#words[entry * ENTRY_WORDS + FLAGS_WORD] === 0 ? NONE : entry
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
    const space = new Space(key, asid, this.#rangePages)
    this.#spaces.set(key, space)
    for (let i = 0; i < this.ranges; i++) if (this.#keys[i] === key && this.#asids[i] === asid) this.#enter(i, space)
    return space
  }

  /** Drops the least recently used space that is not current; false if there is none. */
  #evictOldest(): boolean {
    for (const space of this.#spaces.values()) {
      if (space.ranges.length > 0) continue
      this.#counters.evictions++
      this.#dropSpace(space)
      return true
    }
    return false
  }

  #leafFor(isGlobal: boolean, range: number, top: number): number {
    const present = this.#spaceFor(isGlobal, range).leafAt(top)
    if (present >= 0) return present
    while (this.#freeLeaves.length === 0 && this.#leafSpace.length >= this.#limits.leaves) {
      if (this.#evictOldest()) continue
      this.#counters.evictions++
      this.invalidateAll()
    }
    const leaf = this.#freeLeaves.pop() ?? this.#newLeaf()
    const space = this.#spaceFor(isGlobal, range)
    this.#leafSpace[leaf] = space
    this.#leafTop[leaf] = top
    space.addLeaf(top, leaf)
    return leaf
  }

  #newLeaf(): number {
    const leaf = this.#leafSpace.length
    if ((leaf + 1) * VALID_WORDS > this.#valid.length) {
      const entries = this.#limits.leaves * LEAF_PAGES
      this.#words = grown(this.#words, entries * ENTRY_WORDS)
      if (this.#groups !== undefined) this.#groups = grown(this.#groups, entries)
      this.#valid = grown(this.#valid, entries / 32)
    }
    return leaf
  }

  #fill(entry: number, physicalPage: number, flags: number): void {
    const at = entry * ENTRY_WORDS
    const first = this.#firstOfPage.get(physicalPage) ?? NONE
    this.#words[at + PAGE_WORD] = physicalPage
    this.#words[at + FLAGS_WORD] = FLAG_VALID | flags | (Math.floor(physicalPage / WORD) << HIGH_PAGE_SHIFT)
    this.#words[at + NEXT_WORD] = first
    this.#words[at + PREVIOUS_WORD] = NONE
    this.#valid[entry >>> 5]! |= 1 << (entry & 31)
    if (first !== NONE) this.#words[first * ENTRY_WORDS + PREVIOUS_WORD] = entry
    this.#firstOfPage.set(physicalPage, entry)
  }

  #dropEntryAt(space: Space, page: number): void {
    const entry = this.#entryIn(space, page)
    if (entry !== NONE) this.#dropEntry(entry)
  }

  #dropEntry(entry: number): void {
    const leaf = entry >>> LEAF_SHIFT
    const space = this.#leafSpace[leaf]!
    this.#forget(entry)
    this.#valid[entry >>> 5]! &= ~(1 << (entry & 31))
    const page = this.#leafTop[leaf]! * LEAF_PAGES + (entry & LEAF_MASK)
    if (space === this.#global) this.#copies.dropPage(page)
    else for (const range of space.ranges) this.#copies.dropPage(range * this.#rangePages + page)
  }

  /** Unlinks an entry from its physical page and invalidates it. */
  #forget(entry: number): void {
    const words = this.#words
    const at = entry * ENTRY_WORDS
    const next = words[at + NEXT_WORD]!
    const previous = words[at + PREVIOUS_WORD]!
    if (next !== NONE) words[next * ENTRY_WORDS + PREVIOUS_WORD] = previous
    if (previous !== NONE) words[previous * ENTRY_WORDS + NEXT_WORD] = next
    else if (next !== NONE) this.#firstOfPage.set(this.physicalPageOf(entry), next)
    else this.#firstOfPage.delete(this.physicalPageOf(entry))
    words[at + FLAGS_WORD] = 0
  }

  #dropMapping(space: Space, page: number): void {
    this.#dropEntryAt(space, page)
    space.takeLarge(page, (first, pages) => this.#dropPages(space, first, pages))
  }

  #dropPages(space: Space, first: number, pages: number): void {
    const last = first + pages - 1
    const lowest = leafNumber(first)
    const highest = leafNumber(last)
    // A mapping may be larger than all that the space has leaves for.
    if (highest - lowest >= space.leaves.length) {
      for (const leaf of space.leaves) {
        const top = this.#leafTop[leaf]!
        if (top >= lowest && top <= highest) this.#dropInLeaf(leaf, top, first, last)
      }
      return
    }
    for (let top = lowest; top <= highest; top++) {
      const leaf = space.leafAt(top)
      if (leaf >= 0) this.#dropInLeaf(leaf, top, first, last)
    }
  }

  #dropInLeaf(leaf: number, top: number, first: number, last: number): void {
    const from = Math.max(first - top * LEAF_PAGES, 0)
    const to = Math.min(last - top * LEAF_PAGES, LEAF_MASK)
    for (let entry = leaf * LEAF_PAGES + from; entry <= leaf * LEAF_PAGES + to; entry++) {
      if (this.#words[entry * ENTRY_WORDS + FLAGS_WORD] !== 0) this.#dropEntry(entry)
    }
  }

  #dropSpace(space: Space): void {
    for (const range of space.ranges) {
      this.#copies.dropRange(range)
      this.#current[range] = undefined
    }
    this.#spaces.delete(space.key!)
    for (const leaf of space.leaves) {
      this.#eachValid(leaf, (entry) => this.#forget(entry))
      this.#freeLeaves.push(leaf)
    }
  }

  #clearLeaves(space: Space): void {
    for (const leaf of space.leaves) {
      this.#eachValid(leaf, (entry) => {
        this.#words[entry * ENTRY_WORDS + FLAGS_WORD] = 0
      })
      this.#freeLeaves.push(leaf)
    }
    space.clear()
  }

  /** Visits the valid entries of a leaf, which all become invalid. */
  #eachValid(leaf: number, visit: (entry: number) => void): void {
    for (let w = leaf * VALID_WORDS; w < (leaf + 1) * VALID_WORDS; w++) {
      for (let bits = this.#valid[w]!; bits !== 0; bits &= bits - 1) visit(w * 32 + lowestBit(bits))
      this.#valid[w] = 0
    }
  }
}

/** Flags of an entry: permission bits of access.ts, and whether every space has it. */
export function packFlags(permissions: number, global: boolean): number {
  return permissions | (global ? FLAG_GLOBAL : 0)
}

// Integer operations where they do: they are faster, and every page of a 32-bit guest is that small.
function leafNumber(page: number): number {
  return page < INTEGERS ? page >>> LEAF_SHIFT : Math.floor(page / LEAF_PAGES)
}

function lowestBit(bits: number): number {
  return 31 - Math.clz32(bits & -bits)
}

function grown(from: Int32Array, limit: number): Int32Array {
  const to = new Int32Array(Math.min(from.length * 2, limit))
  to.set(from)
  return to
}
