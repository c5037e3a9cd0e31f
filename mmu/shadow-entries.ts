// The entries of the shadow tables: an arena of leaves, and lists of the entries that map the same physical page.

import { NO_GROUP } from "./access.ts"
import { LEAF_PAGES } from "./shadow-space.ts"

// An entry is ENTRY_WORDS words; its number is leaf * LEAF_PAGES + page % LEAF_PAGES.
//   PAGE_WORD      number of the physical page, its low 32 bits
//   FLAGS_WORD     0 if invalid, else the bits below
//   NEXT, PREVIOUS neighbours, by number, in the list of entries of the same physical page
const ENTRY_WORDS = 4
const PAGE_WORD = 0
const FLAGS_WORD = 1
const NEXT_WORD = 2
const PREVIOUS_WORD = 3

// Flags: the permission bits [11:0] of access.ts; FLAG_GLOBAL; in bits [21:16], the physical page number above 32 bits.
/** Flag of an entry that every address space has. */
export const FLAG_GLOBAL = 1 << 12
const HIGH_PAGE_SHIFT = 16
const HIGH_PAGE_MASK = 0x3f
const FLAG_VALID = 1 << 31

const WORD = 2 ** 32
const VALID_WORDS = LEAF_PAGES / 32
const NONE = -1

/** Flags of an entry: permission bits of access.ts, and whether every space has it. */
export function packFlags(permissions: number, global: boolean): number {
  return permissions | (global ? FLAG_GLOBAL : 0)
}

/** A bounded arena, which grows as leaves are taken. */
export class ShadowEntries {
  readonly #maxLeaves: number
  #words: Int32Array
  /** Permission groups, by entry, if the architecture has any. */
  #groups: Int32Array | undefined
  /** One bit per entry: whether it is valid. */
  #valid: Int32Array
  #leaves = 0
  readonly #freeLeaves: number[] = []
  readonly #firstOfPage = new Map<number, number>()

  constructor(maxLeaves: number, hasGroups: boolean) {
    this.#maxLeaves = maxLeaves
    const leaves = Math.min(maxLeaves, 32)
    this.#words = new Int32Array(leaves * LEAF_PAGES * ENTRY_WORDS)
    this.#groups = hasGroups ? new Int32Array(leaves * LEAF_PAGES) : undefined
    this.#valid = new Int32Array(leaves * VALID_WORDS)
  }

  /** Number of leaves allocated so far. */
  get leafRoom(): number {
    return this.#valid.length / VALID_WORDS
  }

  /** Whether `takeLeaf` has one to give. */
  get hasLeaf(): boolean {
    return this.#freeLeaves.length > 0 || this.#leaves < this.#maxLeaves
  }

  /** A leaf without valid entries. */
  takeLeaf(): number {
    const free = this.#freeLeaves.pop()
    if (free !== undefined) return free
    if ((this.#leaves + 1) * VALID_WORDS > this.#valid.length) {
      const entries = this.#maxLeaves * LEAF_PAGES
      this.#words = grown(this.#words, entries * ENTRY_WORDS)
      if (this.#groups !== undefined) this.#groups = grown(this.#groups, entries)
      this.#valid = grown(this.#valid, entries / 32)
    }
    return this.#leaves++
  }

  isValid(entry: number): boolean {
    return this.#words[entry * ENTRY_WORDS + FLAGS_WORD] !== 0
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

  /** Some entry that maps a physical page; undefined if none does. */
  firstOf(physicalPage: number): number | undefined {
    return this.#firstOfPage.get(physicalPage)
  }

  /** Makes an invalid entry valid. */
  fill(entry: number, physicalPage: number, flags: number, group: number): void {
    const at = entry * ENTRY_WORDS
    const first = this.#firstOfPage.get(physicalPage) ?? NONE
    this.#words[at + PAGE_WORD] = physicalPage
    this.#words[at + FLAGS_WORD] = FLAG_VALID | flags | (Math.floor(physicalPage / WORD) << HIGH_PAGE_SHIFT)
    this.#words[at + NEXT_WORD] = first
    this.#words[at + PREVIOUS_WORD] = NONE
    this.#valid[entry >>> 5]! |= 1 << (entry & 31)
    if (this.#groups !== undefined) this.#groups[entry] = group
    if (first !== NONE) this.#words[first * ENTRY_WORDS + PREVIOUS_WORD] = entry
    this.#firstOfPage.set(physicalPage, entry)
  }

  /** Makes a valid entry invalid. */
  drop(entry: number): void {
    this.#unlink(entry)
    this.#valid[entry >>> 5]! &= ~(1 << (entry & 31))
  }

  /** Gives a leaf back, with its entries. */
  dropLeaf(leaf: number): void {
    this.#eachValid(leaf, (entry) => this.#unlink(entry))
    this.#freeLeaves.push(leaf)
  }

  /** Gives these leaves back; no other leaf may have valid entries. */
  dropAll(leaves: Iterable<number>): void {
    this.#firstOfPage.clear()
    for (const leaf of leaves) {
      this.#eachValid(leaf, (entry) => {
        this.#words[entry * ENTRY_WORDS + FLAGS_WORD] = 0
      })
      this.#freeLeaves.push(leaf)
    }
  }

  /** Takes an entry out of the list of its physical page, and invalidates its words. */
  #unlink(entry: number): void {
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

  /** Visits the valid entries of a leaf, and forgets that they are. */
  #eachValid(leaf: number, visit: (entry: number) => void): void {
    for (let w = leaf * VALID_WORDS; w < (leaf + 1) * VALID_WORDS; w++) {
      for (let bits = this.#valid[w]!; bits !== 0; bits &= bits - 1) visit(w * 32 + lowestBit(bits))
      this.#valid[w] = 0
    }
  }
}

function lowestBit(bits: number): number {
  return 31 - Math.clz32(bits & -bits)
}

function grown(from: Int32Array, limit: number): Int32Array {
  const to = new Int32Array(Math.min(from.length * 2, limit))
  to.set(from)
  return to
}
