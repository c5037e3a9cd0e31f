// The software TLB of 32-bit guests: flat tables of one i32 per 4 KiB page.

import type { AccessKind } from "./access.ts"
import { FETCH, READ, WRITE } from "./access.ts"
import { PAGE_BYTES, PAGE_SHIFT } from "./address.ts"
import type { SoftwareTlb, TlbOptions } from "./tlb.ts"
import { MISS } from "./tlb.ts"
import { TlbLog } from "./tlb-log.ts"
import { LoggedTlb } from "./tlb-logged.ts"

// Layout. A block has four tables, which are indexed by page number, va >>> 12:
//   read, write: (hostPageOffset - virtualPageAddress) | 0, whose low 12 bits are zero, or DATA_INVALID.
//     e = table[va >>> 12]; slow if ((e | va) & (size - 1)), where a byte tests e & 1; else access memory[e + va].
//   fetch, one for each of two instruction sets: pointer to the page's predecoded code, or FETCH_INVALID.
const TABLE_ENTRIES = 1 << 20
const DATA_INVALID = -1
const FETCH_INVALID = 0
const BLOCK_ENTRIES = 4 * TABLE_ENTRIES
const PAGE_INDEX = TABLE_ENTRIES - 1
const FETCH_TABLES = 2 * TABLE_ENTRIES

/** Offsets in bytes from the start of a block. */
export const FLAT = {
  read: 0,
  write: TABLE_ENTRIES * 4,
  fetch: FETCH_TABLES * 4,
  tableBytes: TABLE_ENTRIES * 4,
  blockBytes: BLOCK_ENTRIES * 4,
} as const

/** Kind of table that holds an entry; `index` counts through all blocks. */
const kindOf = (index: number): AccessKind => Math.min((index >>> 20) & 3, FETCH) as AccessKind

/** Flat tables, and the log of what they hold. */
export class FlatTlb extends LoggedTlb implements SoftwareTlb {
  readonly levels: number
  /** All tables of all blocks. */
  readonly #table: Int32Array
  protected readonly log: TlbLog

  /**
   * The tables take `(levels + 1) * FLAT.blockBytes` of the buffer at `origin`. They must be zero, as fresh memory is:
   * the fetch tables hold FETCH_INVALID then, without any page of them being touched.
   */
  constructor(buffer: ArrayBuffer, origin: number, options: TlbOptions) {
    super()
    const { levels } = options
    this.levels = levels
    this.#table = new Int32Array(buffer, origin, (levels + 1) * BLOCK_ENTRIES)
    for (let start = 0; start < this.#table.length; start += BLOCK_ENTRIES) {
      this.#table.fill(DATA_INVALID, start, start + FETCH_TABLES)
    }
    const tables = {
      keyOf: (index: number) => (kindOf(index) === FETCH ? this.#table[index]! : this.#hostPageNumber(index)),
      invalidate: (index: number) => {
        this.#table[index] = kindOf(index) === FETCH ? FETCH_INVALID : DATA_INVALID
      },
    }
    this.log = new TlbLog(tables, Math.ceil(buffer.byteLength / PAGE_BYTES), options)
  }

  readEntry(block: number, page: number): number {
    return this.#hostPage(block * BLOCK_ENTRIES + page)
  }

  writeEntry(block: number, page: number): number {
    return this.#hostPage(block * BLOCK_ENTRIES + TABLE_ENTRIES + page)
  }

  fetchEntry(block: number, isa: number, page: number): number {
    return this.#table[block * BLOCK_ENTRIES + FETCH_TABLES + isa * TABLE_ENTRIES + page]!
  }

  fillRead(level: number, page: number, hostPage: number, range: number, group: number): void {
    const index = level * BLOCK_ENTRIES + page
    this.#fill(index, (hostPage - (page << PAGE_SHIFT)) | 0, READ, 0, level, range, group)
  }

  fillWrite(level: number, page: number, hostPage: number, range: number, group: number): void {
    const index = level * BLOCK_ENTRIES + TABLE_ENTRIES + page
    this.#fill(index, (hostPage - (page << PAGE_SHIFT)) | 0, WRITE, hostPage >>> PAGE_SHIFT, level, range, group)
  }

  fillFetch(level: number, isa: number, page: number, pointer: number, range: number, group: number): void {
    const index = level * BLOCK_ENTRIES + FETCH_TABLES + isa * TABLE_ENTRIES + page
    this.#fill(index, pointer | 0, FETCH, pointer | 0, level, range, group)
  }

  dropPage(page: number): void {
    const table = this.#table
    for (let i = page; i < this.levels * BLOCK_ENTRIES; i += BLOCK_ENTRIES) {
      table[i] = DATA_INVALID
      table[i + TABLE_ENTRIES] = DATA_INVALID
      table[i + FETCH_TABLES] = FETCH_INVALID
      table[i + FETCH_TABLES + TABLE_ENTRIES] = FETCH_INVALID
    }
  }

  #hostPage(index: number): number {
    const entry = this.#table[index]!
    return entry === DATA_INVALID ? MISS : (entry + ((index & PAGE_INDEX) << PAGE_SHIFT)) >>> 0
  }

  #hostPageNumber(index: number): number {
    const host = this.#hostPage(index)
    return host === MISS ? MISS : host >>> PAGE_SHIFT
  }

  #fill(
    index: number,
    entry: number,
    kind: AccessKind,
    key: number,
    level: number,
    range: number,
    group: number,
  ): void {
    // A slow access to a page that is present already (an unaligned one) must not lengthen the log.
    if (this.#table[index] === entry) return
    this.log.reserve()
    this.#table[index] = entry
    this.log.add(index, kind, key, level, range, group)
  }
}
