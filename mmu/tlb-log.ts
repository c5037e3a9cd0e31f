// A log of the fills of a TLB, with a list for each group of entries that is dropped together. A drop follows one list.

import type { AccessKind } from "./access.ts"
import { FETCH, NO_GROUP, READ, WRITE } from "./access.ts"
import { PAGE_BYTES } from "./address.ts"
import type { CodeRange, TlbOptions } from "./tlb.ts"

/** What the log uses of the tables. The log does not interpret the numbers of entries. */
export type LoggedTables = {
  /** What an entry holds now: the number of a host page (write), a pointer (fetch); for an invalid one anything else. */
  keyOf(entry: number): number
  invalidate(entry: number): void
}

const NONE = -1
/** In `#previous`: the record is in no list by key. */
const UNLISTED = -2

/**
 * A fill makes a record. It is in the list of its owner (permission group, level, range or global) and, if it is of
 * a write or a fetch, in a list by host page or by code pointer. A record may outlive its entry until its list is
 * dropped.
 */
export class TlbLog {
  overflows = 0
  readonly #tables: LoggedTables
  readonly #levels: number
  readonly #ranges: number
  readonly #groups: number
  readonly #capacity: number
  readonly #entryOf: Int32Array
  readonly #kindOf: Uint8Array
  readonly #keyOf: Int32Array
  readonly #nextOfOwner: Int32Array
  readonly #next: Int32Array
  readonly #previous: Int32Array
  readonly #owners: Int32Array
  readonly #writersOf: Int32Array
  /** By number of a predecoded page. */
  readonly #fetchersOf: Int32Array
  readonly #code: CodeRange
  #firstFree = NONE
  #used = 0

  /** A log for tables that map `hostPages` pages. */
  constructor(tables: LoggedTables, hostPages: number, options: TlbOptions) {
    const { levels, ranges = 1, groups = 0, capacity = 1 << 16 } = options
    const { code = { start: 0, bytes: PAGE_BYTES, count: hostPages } } = options
    this.#tables = tables
    this.#levels = levels
    this.#ranges = ranges
    this.#groups = groups
    this.#capacity = capacity
    this.#entryOf = new Int32Array(capacity)
    this.#kindOf = new Uint8Array(capacity)
    this.#keyOf = new Int32Array(capacity)
    this.#nextOfOwner = new Int32Array(capacity)
    this.#next = new Int32Array(capacity)
    this.#previous = new Int32Array(capacity)
    this.#owners = new Int32Array((groups + 1) * levels * (ranges + 1)).fill(NONE)
    this.#writersOf = new Int32Array(hostPages).fill(NONE)
    this.#fetchersOf = new Int32Array(code.count).fill(NONE)
    this.#code = code
  }

  /** Makes room for a record; may drop everything, so it comes before the entry is written. */
  reserve(): void {
    if (this.#firstFree !== NONE || this.#used < this.#capacity) return
    this.overflows++
    this.dropAll()
    this.#firstFree = NONE
    this.#used = 0
  }

  /** Records an entry that was written; `key` is the result of `keyOf` for it. */
  add(entry: number, kind: AccessKind, key: number, level: number, range: number, group: number): void {
    const record = this.#allocate()
    const owner = this.#ownerOf(this.#slotOf(group), level, range)
    this.#entryOf[record] = entry
    this.#kindOf[record] = kind
    this.#keyOf[record] = key
    this.#nextOfOwner[record] = this.#owners[owner]!
    this.#owners[owner] = record
    if (kind === READ) {
      this.#previous[record] = UNLISTED
      return
    }
    const first = kind === WRITE ? this.#writersOf[key]! : this.#fetchersOf[this.#pageOf(key)]!
    this.#previous[record] = NONE
    this.#next[record] = first
    if (first !== NONE) this.#previous[first] = record
    this.#setFirst(kind, key, record)
  }

  dropAll(): void {
    for (let owner = 0; owner < this.#owners.length; owner++) this.#dropOwner(owner)
  }

  dropRange(range: number): void {
    for (let slot = 0; slot <= this.#groups; slot++) {
      for (let level = 0; level < this.#levels; level++) this.#dropOwner(this.#ownerOf(slot, level, range))
    }
  }

  dropNonGlobal(): void {
    for (let range = 0; range < this.#ranges; range++) this.dropRange(range)
  }

  dropGroup(group: number, level: number): void {
    const first = this.#ownerOf(this.#slotOf(group), level, NONE)
    for (let owner = first; owner <= first + this.#ranges; owner++) this.#dropOwner(owner)
  }

  /** Drops the write entries of a host page, given by number. */
  dropWritersOf(hostPage: number): void {
    this.#dropKey(this.#writersOf[hostPage] ?? NONE, hostPage)
    this.#writersOf[hostPage] = NONE
  }

  dropFetchersOf(pointer: number): void {
    const page = this.#pageOf(pointer)
    this.#dropKey(this.#fetchersOf[page]!, pointer)
    this.#fetchersOf[page] = NONE
  }

  // The number of the predecoded page at a pointer.
  #pageOf(pointer: number): number {
    return Math.floor((pointer - this.#code.start) / this.#code.bytes)
  }

  // Groups above the maximum share a slot. Dropping one then drops the other as well, which is harmless.
  #slotOf(group: number): number {
    return group === NO_GROUP || this.#groups === 0 ? 0 : 1 + (group % this.#groups)
  }

  // The list of what is global comes first, then one for each range.
  #ownerOf(slot: number, level: number, range: number): number {
    return (slot * this.#levels + level) * (this.#ranges + 1) + range + 1
  }

  #allocate(): number {
    if (this.#firstFree === NONE) return this.#used++
    const record = this.#firstFree
    this.#firstFree = this.#nextOfOwner[record]!
    return record
  }

  #setFirst(kind: number, key: number, record: number): void {
    if (kind !== FETCH) this.#writersOf[key] = record
    else this.#fetchersOf[this.#pageOf(key)] = record
  }

  #dropKey(first: number, key: number): void {
    for (let record = first; record !== NONE; ) {
      const entry = this.#entryOf[record]!
      if (this.#tables.keyOf(entry) === key) this.#tables.invalidate(entry)
      this.#previous[record] = UNLISTED
      record = this.#next[record]!
    }
  }

  #dropOwner(owner: number): void {
    for (let record = this.#owners[owner]!; record !== NONE; ) {
      this.#tables.invalidate(this.#entryOf[record]!)
      const before = this.#previous[record]!
      if (before !== UNLISTED) {
        const after = this.#next[record]!
        if (before === NONE) this.#setFirst(this.#kindOf[record]!, this.#keyOf[record]!, after)
        else this.#next[before] = after
        if (after !== NONE) this.#previous[after] = before
      }
      const following = this.#nextOfOwner[record]!
      this.#nextOfOwner[record] = this.#firstFree
      this.#firstFree = record
      record = following
    }
    this.#owners[owner] = NONE
  }
}
