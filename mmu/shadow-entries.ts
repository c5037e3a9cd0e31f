// The entries of the shadow tables: an arena of leaves.

import { NO_GROUP } from "./access.ts"
import { LEAF_PAGES } from "./shadow-space.ts"

// An entry is ENTRY_WORDS words; its number is leaf * LEAF_PAGES + page % LEAF_PAGES.
//   PAGE_WORD   number of the physical page, its low 32 bits
//   FLAGS_WORD  0 if invalid, else the bits below
const ENTRY_WORDS = 2
const PAGE_WORD = 0
const FLAGS_WORD = 1

// Flags: the permission bits [11:0] of access.ts; FLAG_GLOBAL; in bits [21:16], the physical page number above 32 bits; in
// bits [28:22], log2 of the mapping's bytes if they are more than 4 KiB.
/** Flag of an entry that every address space has. */
export const FLAG_GLOBAL = 1 << 12
const HIGH_PAGE_SHIFT = 16
const HIGH_PAGE_MASK = 0x3f
const SIZE_SHIFT = 22
const SIZE_MASK = 0x7f
const FLAG_VALID = 1 << 31

const WORD = 2 ** 32
const VALID_WORDS = LEAF_PAGES / 32
const LEAF_SHIFT = Math.log2(LEAF_PAGES)

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
  /** Valid entries of each leaf. */
  readonly #counts: Uint16Array

  constructor(maxLeaves: number, hasGroups: boolean) {
    this.#maxLeaves = maxLeaves
    const leaves = Math.min(maxLeaves, 32)
    this.#words = new Int32Array(leaves * LEAF_PAGES * ENTRY_WORDS)
    this.#groups = hasGroups ? new Int32Array(leaves * LEAF_PAGES) : undefined
    this.#valid = new Int32Array(leaves * VALID_WORDS)
    this.#counts = new Uint16Array(maxLeaves)
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

  /** log2 of the bytes of the mapping that an entry came from, if they are more than 4 KiB; else 0. */
  sizeOf(entry: number): number {
    return (this.#words[entry * ENTRY_WORDS + FLAGS_WORD]! >>> SIZE_SHIFT) & SIZE_MASK
  }

  /** Makes an invalid entry valid. `sizeLog2` is the size of the mapping if it is above 4 KiB, else 0. */
  fill(entry: number, physicalPage: number, flags: number, sizeLog2: number, group: number): void {
    const at = entry * ENTRY_WORDS
    const highPage = Math.floor(physicalPage / WORD) << HIGH_PAGE_SHIFT
    this.#words[at + PAGE_WORD] = physicalPage
    this.#words[at + FLAGS_WORD] = FLAG_VALID | flags | highPage | (sizeLog2 << SIZE_SHIFT)
    this.#valid[entry >>> 5]! |= 1 << (entry & 31)
    this.#counts[entry >>> LEAF_SHIFT]!++
    if (this.#groups !== undefined) this.#groups[entry] = group
  }

  /** Makes a valid entry invalid. */
  drop(entry: number): void {
    this.#words[entry * ENTRY_WORDS + FLAGS_WORD] = 0
    this.#valid[entry >>> 5]! &= ~(1 << (entry & 31))
    this.#counts[entry >>> LEAF_SHIFT]!--
  }

  /** Gives a leaf back, with its entries. */
  dropLeaf(leaf: number): void {
    this.eachValid(leaf, 0, LEAF_PAGES - 1, (entry) => this.drop(entry))
    this.#freeLeaves.push(leaf)
  }

  /** Visits the valid entries of a leaf from one place in it to another, inclusive; the visitor may drop them. */
  eachValid(leaf: number, from: number, to: number, visit: (entry: number) => void): void {
    if (this.#counts[leaf] === 0) return
    const first = leaf * LEAF_PAGES + from
    const last = leaf * LEAF_PAGES + to
    for (let w = first >>> 5; w <= last >>> 5; w++) {
      for (let bits = this.#valid[w]!; bits !== 0; bits &= bits - 1) {
        const entry = w * 32 + lowestBit(bits)
        if (entry >= first && entry <= last) visit(entry)
      }
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
