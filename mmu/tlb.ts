// The software TLB that generated code probes: flat tables of one i32 per 4 KiB page, and logs of what was filled.

import { DOMAINS, NO_DOMAIN, REGIME_BIG_ENDIAN } from "./access.ts"
import type { VirtualAddress } from "./address.ts"
import { PAGE_BYTES, PAGE_SHIFT } from "./address.ts"

// Layout. There are three blocks of four tables, which are indexed by va >>> 12:
//   read, write: (hostPageOffset - virtualPageAddress) | 0, whose low 12 bits are zero, or DATA_INVALID.
//     e = table[va >>> 12]; slow if ((e | va) & (size - 1)), where a byte tests e & 1; else access memory[e + va].
//   fetch, one for each of two instruction sets: pointer to the page's predecoded code, or FETCH_INVALID.
// Blocks 0 and 1 belong to the regimes of those numbers. The third stays empty for ever; generated code is pointed to it
// where everything must go slow: in the big-endian regimes, whose data is swapped there, and while user entries are stale.
export const TABLE_ENTRIES = 1 << 20
export const TABLE_BYTES = TABLE_ENTRIES * 4
export const READ_TABLE = 0
export const WRITE_TABLE = TABLE_BYTES
export const FETCH_TABLE = 2 * TABLE_BYTES
export const BLOCK_BYTES = 4 * TABLE_BYTES
export const EMPTY_BLOCK = 2
export const TLB_BYTES = 3 * BLOCK_BYTES
export const DATA_INVALID = -1
export const FETCH_INVALID = 0

/** Number of the block that a regime probes. */
export const blockOf = (regime: number): number => ((regime & REGIME_BIG_ENDIAN) === 0 ? regime : EMPTY_BLOCK)

const BLOCK_ENTRIES = BLOCK_BYTES / 4
const PAGE_INDEX = TABLE_ENTRIES - 1
const READ_KIND = 0
const WRITE_KIND = 1
const NONE = -1
/** In `previous`: the record is in no reverse list. */
const UNLISTED = -2
const GROUPS = DOMAINS * 4

/** Host-side owner of the tables: fills them, and drops exactly what an invalidation names, without a memset. */
export class SoftwareTlb {
  /** All tables of all blocks. */
  readonly table: Int32Array
  /** Most fills remembered at a time; one more drops everything. */
  readonly capacity: number
  /** Times that the log overflowed. */
  overflows = 0

  // A fill makes a record: in the list of its group (domain, privilege, global or not), and, if it is of a write or a
  // fetch, in a reverse list by host page or by code pointer. A record may outlive its entry, until its group is dropped.
  private readonly entryOf: Int32Array
  private readonly keyOf: Int32Array
  private readonly nextInGroup: Int32Array
  private readonly next: Int32Array
  private readonly previous: Int32Array
  private readonly groups = new Int32Array(GROUPS).fill(NONE)
  private readonly writersOf: Int32Array
  private readonly fetchersOf = new Map<number, number>()
  private firstFree = NONE
  private used = 0

  /**
   * The tables take TLB_BYTES of the buffer at `origin`. They must be zero, as fresh memory is: the fetch tables hold
   * FETCH_INVALID then, without any page of them being touched.
   */
  constructor(buffer: ArrayBuffer, origin: number, capacity = 1 << 16) {
    this.capacity = capacity
    this.table = new Int32Array(buffer, origin, TLB_BYTES / 4)
    for (let start = 0; start < this.table.length; start += BLOCK_ENTRIES) {
      this.table.fill(DATA_INVALID, start, start + 2 * TABLE_ENTRIES)
    }
    this.entryOf = new Int32Array(capacity)
    this.keyOf = new Int32Array(capacity)
    this.nextInGroup = new Int32Array(capacity)
    this.next = new Int32Array(capacity)
    this.previous = new Int32Array(capacity)
    this.writersOf = new Int32Array(Math.ceil(buffer.byteLength / PAGE_BYTES)).fill(NONE)
  }

  /** The read entry of a page in regime 0 or 1: add it to `va`, or DATA_INVALID. */
  readEntry(regime: number, va: VirtualAddress): number {
    return this.table[regime * BLOCK_ENTRIES + (va >>> PAGE_SHIFT)]!
  }

  /** The write entry of a page in regime 0 or 1. */
  writeEntry(regime: number, va: VirtualAddress): number {
    return this.table[regime * BLOCK_ENTRIES + TABLE_ENTRIES + (va >>> PAGE_SHIFT)]!
  }

  /** The fetch entry of a page in a block. */
  fetchEntry(block: number, isa: number, va: VirtualAddress): number {
    return this.table[block * BLOCK_ENTRIES + (2 + isa) * TABLE_ENTRIES + (va >>> PAGE_SHIFT)]!
  }

  /** Lets regime 0 or 1 read the page of `va` at a host offset that is a multiple of 4096. */
  fillRead(regime: number, va: VirtualAddress, hostPage: number, global: boolean, domain = NO_DOMAIN): void {
    const index = regime * BLOCK_ENTRIES + (va >>> PAGE_SHIFT)
    this.fill(index, (hostPage - (va & -PAGE_BYTES)) | 0, NONE, regime, global, domain)
  }

  /** Lets regime 0 or 1 write the page of `va` at a host offset that is a multiple of 4096. */
  fillWrite(regime: number, va: VirtualAddress, hostPage: number, global: boolean, domain = NO_DOMAIN): void {
    const index = regime * BLOCK_ENTRIES + TABLE_ENTRIES + (va >>> PAGE_SHIFT)
    this.fill(index, (hostPage - (va & -PAGE_BYTES)) | 0, hostPage / PAGE_BYTES, regime, global, domain)
  }

  /** Lets regime 0 or 1 fetch from the page of `va` by the predecoded code at a nonzero pointer. */
  fillFetch(
    regime: number,
    isa: number,
    va: VirtualAddress,
    pointer: number,
    global: boolean,
    domain = NO_DOMAIN,
  ): void {
    const index = regime * BLOCK_ENTRIES + (2 + isa) * TABLE_ENTRIES + (va >>> PAGE_SHIFT)
    this.fill(index, pointer | 0, pointer | 0, regime, global, domain)
  }

  /** Invalidates every entry of the page of `va`. */
  dropPage(va: VirtualAddress): void {
    const { table } = this
    for (let i = va >>> PAGE_SHIFT; i < EMPTY_BLOCK * BLOCK_ENTRIES; i += BLOCK_ENTRIES) {
      table[i] = DATA_INVALID
      table[i + TABLE_ENTRIES] = DATA_INVALID
      table[i + 2 * TABLE_ENTRIES] = FETCH_INVALID
      table[i + 3 * TABLE_ENTRIES] = FETCH_INVALID
    }
  }

  /** Invalidates everything. */
  dropAll(): void {
    for (let group = 0; group < GROUPS; group++) this.dropGroup(group)
  }

  /** Invalidates what belongs to one address space. */
  dropNonGlobal(): void {
    for (let group = 1; group < GROUPS; group += 2) this.dropGroup(group)
  }

  /** Invalidates the entries of one privilege in some domains: bit 2n of `domains` names domain n, as in DACR. */
  dropDomains(domains: number, privileged: boolean): void {
    const first = privileged ? 2 : 0
    for (let group = first; domains !== 0; group += 4, domains >>>= 2) {
      if ((domains & 1) === 0) continue
      this.dropGroup(group)
      this.dropGroup(group + 1)
    }
  }

  /** Sends the next write to a host page through the slow path, in every regime and at every address. */
  makeWriteSlow(hostPage: number): void {
    const page = hostPage / PAGE_BYTES
    for (let record = this.writersOf[page] ?? NONE; record !== NONE; ) {
      const index = this.entryOf[record]!
      if (this.table[index] === ((hostPage - ((index & PAGE_INDEX) << PAGE_SHIFT)) | 0))
        this.table[index] = DATA_INVALID
      record = this.delist(record)
    }
    this.writersOf[page] = NONE
  }

  /** Invalidates the fetch entries that hold a pointer. */
  dropFetchOf(pointer: number): void {
    const key = pointer | 0
    for (let record = this.fetchersOf.get(key) ?? NONE; record !== NONE; ) {
      const index = this.entryOf[record]!
      if (this.table[index] === key) this.table[index] = FETCH_INVALID
      record = this.delist(record)
    }
    this.fetchersOf.delete(key)
  }

  /** Invalidates every fetch entry. */
  dropFetches(): void {
    for (const pointer of [...this.fetchersOf.keys()]) this.dropFetchOf(pointer)
  }

  private delist(record: number): number {
    this.previous[record] = UNLISTED
    return this.next[record]!
  }

  private fill(index: number, entry: number, key: number, regime: number, global: boolean, domain: number): void {
    // A slow access to a page that is already there (an unaligned one) must not lengthen the log.
    if (this.table[index] === entry) return
    const record = this.allocate()
    const group = domain * 4 + regime * 2 + (global ? 0 : 1)
    this.table[index] = entry
    this.entryOf[record] = index
    this.nextInGroup[record] = this.groups[group]!
    this.groups[group] = record
    this.enlist(record, index, key)
  }

  private allocate(): number {
    if (this.firstFree !== NONE) {
      const record = this.firstFree
      this.firstFree = this.nextInGroup[record]!
      return record
    }
    if (this.used === this.capacity) {
      this.overflows++
      this.dropAll()
      this.firstFree = NONE
      this.used = 0
    }
    return this.used++
  }

  private enlist(record: number, index: number, key: number): void {
    const kind = (index >>> 20) & 3
    this.keyOf[record] = key
    if (kind === READ_KIND) {
      this.previous[record] = UNLISTED
      return
    }
    const first = kind === WRITE_KIND ? this.writersOf[key]! : (this.fetchersOf.get(key) ?? NONE)
    this.previous[record] = NONE
    this.next[record] = first
    if (first !== NONE) this.previous[first] = record
    this.setFirst(kind, key, record)
  }

  private setFirst(kind: number, key: number, record: number): void {
    if (kind === WRITE_KIND) this.writersOf[key] = record
    else if (record === NONE) this.fetchersOf.delete(key)
    else this.fetchersOf.set(key, record)
  }

  private dropGroup(group: number): void {
    for (let record = this.groups[group]!; record !== NONE; ) {
      const index = this.entryOf[record]!
      const kind = (index >>> 20) & 3
      this.table[index] = kind <= WRITE_KIND ? DATA_INVALID : FETCH_INVALID
      const before = this.previous[record]!
      if (before !== UNLISTED) {
        const after = this.next[record]!
        if (before === NONE) this.setFirst(kind, this.keyOf[record]!, after)
        else this.next[before] = after
        if (after !== NONE) this.previous[after] = before
      }
      const following = this.nextInGroup[record]!
      this.nextInGroup[record] = this.firstFree
      this.firstFree = record
      record = following
    }
    this.groups[group] = NONE
  }
}
