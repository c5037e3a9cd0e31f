// The software TLB of 64-bit guests: direct-mapped tables of entries with tags.

import type { AccessKind } from "./access.ts"
import { FETCH, READ, WRITE } from "./access.ts"
import { PAGE_BYTES, PAGE_SHIFT } from "./address.ts"
import type { SoftwareTlb, TlbOptions } from "./tlb.ts"
import { MISS } from "./tlb.ts"
import { TlbLog } from "./tlb-log.ts"
import { LoggedTlb } from "./tlb-logged.ts"

// Layout. A block has four tables: read, write, and fetch for each of two instruction sets. The lowest and the highest
// INDEX_BITS of the page number, combined by exclusive or, choose an entry of 16 bytes. The highest are in it because
// guests begin several regions, each at a multiple of a large power of two, which would all share places otherwise.
//   tag, i64: address of the page, whose low 12 bits are zero, or -1 if the entry is invalid.
//   value, i32: (hostPageOffset - virtualPageAddress) | 0; of a fetch, the pointer to the page's predecoded code.
// A probe compares the tag with the address without the bits that may differ: an invalid tag, another page and a
// misaligned address all differ from it (tlb-probe.ts).
const INDEX_BITS = 12
const PAGE_NUMBER_BITS = 64 - PAGE_SHIFT
const FOLD = 2 ** (PAGE_NUMBER_BITS - INDEX_BITS)
const TABLE_ENTRIES = 1 << INDEX_BITS
const ENTRY_WORDS = 4
const TAG_LOW = 0
const TAG_HIGH = 1
const VALUE = 2
const BLOCK_ENTRIES = 4 * TABLE_ENTRIES
const FETCH_TABLES = 2 * TABLE_ENTRIES
const INVALID = -1
/** Pages by which the upper half of a tag grows by 1. */
const HIGH_PAGES = 2 ** (32 - PAGE_SHIFT)

/** Offsets in bytes from the start of a block, of a table, and of an entry. */
export const TAGGED = {
  read: 0,
  write: TABLE_ENTRIES * 16,
  fetch: FETCH_TABLES * 16,
  tableBytes: TABLE_ENTRIES * 16,
  blockBytes: BLOCK_ENTRIES * 16,
  indexBits: INDEX_BITS,
  /** Distance of the two parts of a page number that make the index. */
  foldShift: PAGE_NUMBER_BITS - INDEX_BITS,
  entryShift: 4,
  tag: TAG_LOW * 4,
  value: VALUE * 4,
} as const

/** Kind of table that holds an entry; entries are numbered through all blocks. */
const kindOf = (entry: number): AccessKind => Math.min((entry >>> INDEX_BITS) & 3, FETCH) as AccessKind

/** Place of a page in each table. */
const indexOf = (page: number): number => (page % TABLE_ENTRIES) ^ Math.floor(page / FOLD)

/** Direct-mapped tables, and the log of what they hold. */
export class TaggedTlb extends LoggedTlb implements SoftwareTlb {
  readonly levels: number
  readonly #words: Int32Array
  protected readonly log: TlbLog

  /** The tables take `(levels + 1) * TAGGED.blockBytes` of the buffer at `origin`. */
  constructor(buffer: ArrayBuffer, origin: number, options: TlbOptions) {
    super()
    const { levels } = options
    this.levels = levels
    this.#words = new Int32Array(buffer, origin, (levels + 1) * BLOCK_ENTRIES * ENTRY_WORDS)
    for (let entry = 0; entry < (levels + 1) * BLOCK_ENTRIES; entry++) this.#invalidate(entry)
    const tables = {
      keyOf: (entry: number) => (kindOf(entry) === FETCH ? this.#pointer(entry) : this.#hostPageNumber(entry)),
      invalidate: (entry: number) => this.#invalidate(entry),
    }
    this.log = new TlbLog(tables, Math.ceil(buffer.byteLength / PAGE_BYTES), options)
  }

  readEntry(block: number, page: number): number {
    const entry = block * BLOCK_ENTRIES + indexOf(page)
    return this.#holds(entry, page) ? this.#hostPage(entry) : MISS
  }

  writeEntry(block: number, page: number): number {
    const entry = block * BLOCK_ENTRIES + TABLE_ENTRIES + indexOf(page)
    return this.#holds(entry, page) ? this.#hostPage(entry) : MISS
  }

  fetchEntry(block: number, isa: number, page: number): number {
    const entry = block * BLOCK_ENTRIES + FETCH_TABLES + isa * TABLE_ENTRIES + indexOf(page)
    return this.#holds(entry, page) ? this.#pointer(entry) : 0
  }

  fillRead(level: number, page: number, hostPage: number, range: number, group: number): void {
    const entry = level * BLOCK_ENTRIES + indexOf(page)
    this.#fill(entry, page, addend(page, hostPage), READ, 0, level, range, group)
  }

  fillWrite(level: number, page: number, hostPage: number, range: number, group: number): void {
    const entry = level * BLOCK_ENTRIES + TABLE_ENTRIES + indexOf(page)
    this.#fill(entry, page, addend(page, hostPage), WRITE, hostPage >>> PAGE_SHIFT, level, range, group)
  }

  fillFetch(level: number, isa: number, page: number, pointer: number, range: number, group: number): void {
    const entry = level * BLOCK_ENTRIES + FETCH_TABLES + isa * TABLE_ENTRIES + indexOf(page)
    this.#fill(entry, page, pointer | 0, FETCH, pointer | 0, level, range, group)
  }

  dropPage(page: number): void {
    for (let entry = indexOf(page); entry < this.levels * BLOCK_ENTRIES; entry += TABLE_ENTRIES) {
      if (this.#holds(entry, page)) this.#invalidate(entry)
    }
  }

  #holds(entry: number, page: number): boolean {
    const at = entry * ENTRY_WORDS
    return this.#words[at + TAG_LOW] === tagLow(page) && this.#words[at + TAG_HIGH] === tagHigh(page)
  }

  #hostPage(entry: number): number {
    const at = entry * ENTRY_WORDS
    return (this.#words[at + VALUE]! + this.#words[at + TAG_LOW]!) >>> 0
  }

  #hostPageNumber(entry: number): number {
    const isValid = this.#words[entry * ENTRY_WORDS + TAG_LOW] !== INVALID
    return isValid ? this.#hostPage(entry) >>> PAGE_SHIFT : MISS
  }

  #pointer(entry: number): number {
    return this.#words[entry * ENTRY_WORDS + VALUE]!
  }

  #invalidate(entry: number): void {
    const at = entry * ENTRY_WORDS
    this.#words[at + TAG_LOW] = INVALID
    this.#words[at + TAG_HIGH] = INVALID
    this.#words[at + VALUE] = 0
  }

  #fill(
    entry: number,
    page: number,
    value: number,
    kind: AccessKind,
    key: number,
    level: number,
    range: number,
    group: number,
  ): void {
    const at = entry * ENTRY_WORDS
    // A slow access to a page that is present already (an unaligned one) must not lengthen the log.
    if (this.#words[at + VALUE] === value && this.#holds(entry, page)) return
    this.log.reserve()
    this.#words[at + TAG_LOW] = tagLow(page)
    this.#words[at + TAG_HIGH] = tagHigh(page)
    this.#words[at + VALUE] = value
    this.log.add(entry, kind, key, level, range, group)
  }
}

const tagLow = (page: number): number => (page % HIGH_PAGES) << PAGE_SHIFT
const tagHigh = (page: number): number => Math.floor(page / HIGH_PAGES) | 0
const addend = (page: number, hostPage: number): number => (hostPage - tagLow(page)) | 0
