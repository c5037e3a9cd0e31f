// Shadow page tables: translations of every live guest address space, kept across switches, found again by physical page.

import type { MemoryType } from "./access.ts"
import type { VirtualAddress } from "./address.ts"
import { PAGE_SHIFT, virtualAddress } from "./address.ts"
import type { MmuCounters } from "./counters.ts"

/** What an architecture switches address spaces by: anything that names one set of non-global translations. */
export type SpaceKey = string | number

/** The owner of faster copies, which must forget what the shadow tables forget. */
export type Tlb = {
  dropPage(va: VirtualAddress): void
  dropAll(): void
  dropNonGlobal(): void
}

// An entry is ENTRY_WORDS words of an arena of leaves; its index is leaf * 1024 + va[21:12].
//   PAGE_WORD      number of the physical page (28 bits)
//   FLAGS_WORD     0 if invalid, else the bits below
//   NEXT, PREVIOUS neighbours, by index, in the list of entries of the same physical page
export const ENTRY_WORDS = 4
export const PAGE_WORD = 0
export const FLAGS_WORD = 1
const NEXT_WORD = 2
const PREVIOUS_WORD = 3

/** Flags: permission bits [5:0] of access.ts, then these. */
export const FLAG_GLOBAL = 1 << 6
const MEMORY_TYPE_SHIFT = 7
const DOMAIN_SHIFT = 9
const FLAG_VALID = 1 << 31
const MEMORY_TYPES: readonly MemoryType[] = ["normal", "device", "stronglyOrdered"]

/** The flags word of a valid entry. */
export function packFlags(permissions: number, global: boolean, memoryType: MemoryType, domain: number): number {
  const type = MEMORY_TYPES.indexOf(memoryType) << MEMORY_TYPE_SHIFT
  return FLAG_VALID | permissions | (global ? FLAG_GLOBAL : 0) | type | (domain << DOMAIN_SHIFT)
}

/** The domain in a flags word. */
export function domainOfFlags(flags: number): number {
  return (flags >>> DOMAIN_SHIFT) & 31
}

/** The memory type in a flags word. */
export function memoryTypeOfFlags(flags: number): MemoryType {
  return MEMORY_TYPES[(flags >>> MEMORY_TYPE_SHIFT) & 3]!
}

const LEAF_ENTRIES = 1024
const LEAF_MASK = LEAF_ENTRIES - 1
const VALID_WORDS = LEAF_ENTRIES / 32
const NONE = -1
const DIRECTORY_SHIFT = 22
const MiB_SHIFT = 20

/** One guest address space, or what is global to all. */
class Space {
  readonly key: SpaceKey | undefined
  readonly asid: number
  /** By va[31:22]: number of a leaf plus 1, or 0. */
  readonly directory = new Int32Array(1 << (32 - DIRECTORY_SHIFT))
  readonly leaves: number[] = []
  /** By va[31:20]: log2 of the largest mapping that entries of that MiB came from, or 0 if none is above 4 KiB. */
  readonly largest = new Uint8Array(1 << (32 - MiB_SHIFT))

  constructor(key: SpaceKey | undefined, asid: number) {
    this.key = key
    this.asid = asid
  }
}

/** Limits of what a guest can make the shadow tables hold. */
export type ShadowLimits = {
  /** Address spaces besides the global one, at least 1. */
  readonly spaces: number
  /** Leaves in all spaces: 16 KiB of host memory and 1024 entries each, at least 2. */
  readonly leaves: number
}

/** The translations of all live address spaces; whatever it drops of the visible ones, the TLB drops as well. */
export class ShadowTables {
  private readonly tlb: Tlb
  private readonly counters: MmuCounters
  private readonly limits: ShadowLimits
  /** The arena. */
  words: Int32Array
  /** One bit per entry: whether it is valid. */
  private valid: Int32Array
  private readonly leafSpace: Space[] = []
  private readonly leafTop: number[] = []
  private readonly freeLeaves: number[] = []
  private readonly firstOfPage = new Map<number, number>()
  private readonly global = new Space(undefined, NONE)
  /** Least recently used first. */
  private readonly spaces = new Map<SpaceKey, Space>()
  private key: SpaceKey = 0
  private asid = 0
  /** The space in force; undefined until it gets an entry. */
  private current: Space | undefined

  constructor(tlb: Tlb, counters: MmuCounters, limits: ShadowLimits = { spaces: 64, leaves: 2048 }) {
    this.tlb = tlb
    this.counters = counters
    this.limits = limits
    const leaves = Math.min(limits.leaves, 32)
    this.words = new Int32Array(leaves * LEAF_ENTRIES * ENTRY_WORDS)
    this.valid = new Int32Array(leaves * VALID_WORDS)
  }

  /** Address spaces that have entries, without the global one. */
  get spaceCount(): number {
    return this.spaces.size
  }

  /** Makes a space current: its entries and the global ones are visible from now on. False if it was current already. */
  switchSpace(key: SpaceKey, asid: number): boolean {
    if (key === this.key && asid === this.asid) return false
    this.key = key
    this.asid = asid
    this.tlb.dropNonGlobal()
    this.current = this.spaces.get(key)
    if (this.current !== undefined && this.current.asid !== asid) {
      this.dropSpace(this.current)
      this.current = undefined
    }
    if (this.current !== undefined) {
      this.spaces.delete(key)
      this.spaces.set(key, this.current)
    }
    return true
  }

  /** First word, within `words`, of the visible entry of a page; -1 if there is none. */
  find(va: VirtualAddress): number {
    const space = this.current
    if (space !== undefined) {
      const entry = this.entryIn(space, va)
      if (entry !== NONE) return entry * ENTRY_WORDS
    }
    const entry = this.entryIn(this.global, va)
    return entry === NONE ? NONE : entry * ENTRY_WORDS
  }

  /** Enters the result of a walk for a page of the current space, or of all if its flags say global. */
  insert(va: VirtualAddress, page: number, flags: number, sizeLog2: number): void {
    // An entry that the guest replaced without an invalidation goes from the TLB as well: what the TLB has, the shadow has.
    if (this.current !== undefined) this.dropEntryAt(this.current, va)
    this.dropEntryAt(this.global, va)
    const space = (flags & FLAG_GLOBAL) !== 0 ? this.global : this.currentSpace()
    const leaf = this.leafFor(space, va >>> DIRECTORY_SHIFT)
    const entry = leaf * LEAF_ENTRIES + ((va >>> PAGE_SHIFT) & LEAF_MASK)
    const at = entry * ENTRY_WORDS
    const first = this.firstOfPage.get(page) ?? NONE
    this.words[at + PAGE_WORD] = page
    this.words[at + FLAGS_WORD] = flags
    this.words[at + NEXT_WORD] = first
    this.words[at + PREVIOUS_WORD] = NONE
    this.valid[entry >>> 5]! |= 1 << (entry & 31)
    if (first !== NONE) this.words[first * ENTRY_WORDS + PREVIOUS_WORD] = entry
    this.firstOfPage.set(page, entry)
    if (sizeLog2 > PAGE_SHIFT && space.largest[va >>> MiB_SHIFT]! < sizeLog2) markLargest(space, va, sizeLog2)
  }

  /** Drops everything. */
  invalidateAll(): void {
    this.tlb.dropAll()
    this.dropEverything()
  }

  /** Drops the non-global translations of an ASID. */
  invalidateAsid(asid: number): void {
    for (const space of this.spaces.values()) if (space.asid === asid) this.dropSpace(space)
  }

  /** Drops the mapping, of whatever size, of an address in the spaces of an ASID and in the global one. */
  invalidateVa(va: VirtualAddress, asid: number): void {
    for (const space of this.spaces.values()) if (space.asid === asid) this.dropMapping(space, va)
    this.dropMapping(this.global, va)
  }

  /** Drops the mapping, of whatever size, of an address in every space. */
  invalidateVaAllAsid(va: VirtualAddress): void {
    for (const space of this.spaces.values()) this.dropMapping(space, va)
    this.dropMapping(this.global, va)
  }

  /** Drops every entry, in any space, that maps a physical page, given by number. */
  invalidatePhysical(page: number): void {
    for (let entry = this.firstOfPage.get(page); entry !== undefined; entry = this.firstOfPage.get(page)) {
      this.dropEntry(entry)
    }
  }

  private entryIn(space: Space, va: VirtualAddress): number {
    const leaf = space.directory[va >>> DIRECTORY_SHIFT]!
    if (leaf === 0) return NONE
    const entry = (leaf - 1) * LEAF_ENTRIES + ((va >>> PAGE_SHIFT) & LEAF_MASK)
    return this.words[entry * ENTRY_WORDS + FLAGS_WORD] === 0 ? NONE : entry
  }

  private currentSpace(): Space {
    if (this.current === undefined) {
      if (this.spaces.size >= this.limits.spaces) this.evictOldest()
      this.current = new Space(this.key, this.asid)
      this.spaces.set(this.key, this.current)
    }
    return this.current
  }

  /** Drops the least recently used space that is not current; false if there is none. */
  private evictOldest(): boolean {
    for (const space of this.spaces.values()) {
      if (space === this.current) continue
      this.counters.evictions++
      this.dropSpace(space)
      return true
    }
    return false
  }

  private leafFor(space: Space, top: number): number {
    const present = space.directory[top]!
    if (present !== 0) return present - 1
    while (this.freeLeaves.length === 0 && this.leafSpace.length >= this.limits.leaves) {
      if (this.evictOldest()) continue
      this.counters.evictions++
      this.invalidateAll()
      if (space !== this.global) return this.leafFor(this.currentSpace(), top)
    }
    const leaf = this.freeLeaves.pop() ?? this.newLeaf()
    this.leafSpace[leaf] = space
    this.leafTop[leaf] = top
    space.leaves.push(leaf)
    space.directory[top] = leaf + 1
    return leaf
  }

  private newLeaf(): number {
    const leaf = this.leafSpace.length
    if ((leaf + 1) * VALID_WORDS > this.valid.length) {
      this.words = grown(this.words, this.limits.leaves * LEAF_ENTRIES * ENTRY_WORDS)
      this.valid = grown(this.valid, this.limits.leaves * VALID_WORDS)
    }
    return leaf
  }

  private dropEntryAt(space: Space, va: VirtualAddress): void {
    const entry = this.entryIn(space, va)
    if (entry !== NONE) this.dropEntry(entry)
  }

  private dropEntry(entry: number): void {
    const leaf = entry >>> 10
    const space = this.leafSpace[leaf]!
    this.forget(entry)
    this.valid[entry >>> 5]! &= ~(1 << (entry & 31))
    if (space === this.global || space === this.current) {
      this.tlb.dropPage(virtualAddress((this.leafTop[leaf]! << DIRECTORY_SHIFT) | ((entry & LEAF_MASK) << PAGE_SHIFT)))
    }
  }

  /** Unlinks an entry from its physical page and invalidates it. */
  private forget(entry: number): void {
    const { words } = this
    const at = entry * ENTRY_WORDS
    const next = words[at + NEXT_WORD]!
    const previous = words[at + PREVIOUS_WORD]!
    if (next !== NONE) words[next * ENTRY_WORDS + PREVIOUS_WORD] = previous
    if (previous !== NONE) words[previous * ENTRY_WORDS + NEXT_WORD] = next
    else if (next !== NONE) this.firstOfPage.set(words[at + PAGE_WORD]!, next)
    else this.firstOfPage.delete(words[at + PAGE_WORD]!)
    words[at + FLAGS_WORD] = 0
  }

  private dropMapping(space: Space, va: VirtualAddress): void {
    const sizeLog2 = space.largest[va >>> MiB_SHIFT]!
    if (sizeLog2 === 0) {
      this.dropEntryAt(space, va)
      return
    }
    const first = (va >>> sizeLog2) * 2 ** sizeLog2
    const last = first + 2 ** sizeLog2 - 1
    for (let top = first >>> DIRECTORY_SHIFT; top <= last >>> DIRECTORY_SHIFT; top++) {
      const leaf = space.directory[top]! - 1
      if (leaf < 0) continue
      const start = leaf * LEAF_ENTRIES
      const from = top === first >>> DIRECTORY_SHIFT ? (first >>> PAGE_SHIFT) & LEAF_MASK : 0
      const to = top === last >>> DIRECTORY_SHIFT ? (last >>> PAGE_SHIFT) & LEAF_MASK : LEAF_MASK
      for (let i = from; i <= to; i++) {
        if (this.words[(start + i) * ENTRY_WORDS + FLAGS_WORD] !== 0) this.dropEntry(start + i)
      }
    }
    // Any larger mapping that overlapped this one would have marked this MiB with its own size.
    if (sizeLog2 >= MiB_SHIFT) space.largest.fill(0, first >>> MiB_SHIFT, (last >>> MiB_SHIFT) + 1)
  }

  private dropSpace(space: Space): void {
    if (space === this.current) {
      this.tlb.dropNonGlobal()
      this.current = undefined
    }
    this.spaces.delete(space.key!)
    for (const leaf of space.leaves) {
      for (let w = leaf * VALID_WORDS; w < (leaf + 1) * VALID_WORDS; w++) {
        for (let bits = this.valid[w]!; bits !== 0; bits &= bits - 1) this.forget(w * 32 + lowestBit(bits))
        this.valid[w] = 0
      }
      this.freeLeaves.push(leaf)
    }
  }

  private dropEverything(): void {
    this.firstOfPage.clear()
    for (const space of this.spaces.values()) this.clearLeaves(space)
    this.clearLeaves(this.global)
    this.spaces.clear()
    this.current = undefined
    this.global.leaves.length = 0
    this.global.directory.fill(0)
    this.global.largest.fill(0)
  }

  private clearLeaves(space: Space): void {
    for (const leaf of space.leaves) {
      for (let w = leaf * VALID_WORDS; w < (leaf + 1) * VALID_WORDS; w++) {
        for (let bits = this.valid[w]!; bits !== 0; bits &= bits - 1) {
          this.words[(w * 32 + lowestBit(bits)) * ENTRY_WORDS + FLAGS_WORD] = 0
        }
        this.valid[w] = 0
      }
      this.freeLeaves.push(leaf)
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

function markLargest(space: Space, va: VirtualAddress, sizeLog2: number): void {
  const first = ((va >>> sizeLog2) * 2 ** sizeLog2) >>> MiB_SHIFT
  const count = Math.max(1, 2 ** (sizeLog2 - MiB_SHIFT))
  for (let i = first; i < first + count; i++) space.largest[i] = Math.max(space.largest[i]!, sizeLog2)
}
