// Predecoded code: for each physical page and instruction set an array of entries, filled instruction by instruction
// when first executed, and emptied exactly where the guest writes.

import { PAGE_BYTES as PAGE } from "../../mmu/address.ts"
import { codeOffset, entryOffset, entryShift } from "../codegen/code-address.ts"
import { CODE, CODE_END, CONTEXT_CONTINUES, CURRENT_PAGE, ENTRY, SCRATCH, SPECIAL } from "../codegen/layout.ts"
import type { Architecture, CodeFormat, Fetched, FetchPort } from "../isa/index.ts"
import type { HandlerIndex } from "./generate.ts"
import { isLong, Predecoder } from "./predecoder.ts"
import { RegionEntries } from "./region-entries.ts"

/** What the cache needs of the memory system. */
export type CodePort = FetchPort & {
  /**
   * Lets the TLB find the page's entries by the virtual address that was translated last; false if the page is not mapped
   * as a whole.
   */
  fillFetch(va: number | bigint, pointer: number): boolean
  /** From now on, writes to the page at that host offset are to be reported. */
  watch(hostPage: number): void
  /** Forgets every fetch entry of the TLB. */
  dropFetches(): void
  /** Forgets the fetch entries with that pointer. */
  dropFetch(pointer: number): void
  /** Number of the instruction set in force. */
  isa(): number
  /** What the TLB holds for fetches from a virtual page, by its number, in the regime in force: a pointer, or 0. */
  fetched(page: number): number
}

/** Who has translated predecoded code, and must forget it when it changes. */
export type CodeObserver = {
  /** Bytes of a page have been written: offsets from its start. */
  changed(page: CodePage, from: number, to: number): void
  /** A page is dropped. */
  dropped(page: CodePage): void
  /** All pages are dropped. */
  flushed(): void
}

/** Entries of a page: two bytes of code each, the sentinel behind them, and padding. */
const SLOT = (PAGE / 2 + 4) * ENTRY.size

/** Writes to a page, since it was last looked up, after which it counts as data again. */
const WRITES_TO_DATA = 8

/** Entries of scratch space that may hold instructions: those of an IT block, at most. */
const SCRATCH_ENTRIES = 9

/** A page of predecoded code. */
export type CodePage = {
  /** Its entries. */
  readonly pointer: number
  /** Number of the physical page. */
  readonly physical: number
  /** Its bytes in linear memory. */
  readonly host: number
  readonly format: CodeFormat
}

type Page = CodePage & {
  /** Writes since the page was last looked up. */
  writes: number
  /** Entries of other pages whose instructions go on in this one. */
  crossing: number[]
}

/** Predecoded pages of one CPU. */
export class CodeCache {
  readonly #arch: Architecture
  /** Where regions begin. */
  readonly regions: RegionEntries
  readonly #predecoder: Predecoder
  readonly #port: CodePort
  readonly #half: Uint16Array
  readonly #word: Int32Array
  readonly #isBigEndian: boolean
  #pages: Page[] = []
  /** Space of pages that were dropped. */
  #free: number[] = []
  #found = new Map<number, Page>()
  /** Gets told of changes, if set. */
  observer: CodeObserver | undefined
  /** Times that the space for predecoded pages ran out. */
  flushes = 0

  constructor(arch: Architecture, index: HandlerIndex, buffer: ArrayBuffer, port: CodePort) {
    this.#arch = arch
    this.regions = new RegionEntries(buffer)
    this.#predecoder = new Predecoder(index, buffer, this.regions, (entry) => this.pageOf(entry)!.pointer)
    this.#port = port
    this.#half = new Uint16Array(buffer)
    this.#word = new Int32Array(buffer)
    this.#isBigEndian = arch.byteOrder === "big"
  }

  /** The page that an entry belongs to. */
  pageOf(entry: number): CodePage | undefined {
    return this.#pages[Math.floor((entry - CODE) / SLOT)]
  }

  /** The page whose entries the TLB holds for a virtual page, by its number. */
  pageAt(page: number): CodePage | undefined {
    const pointer = this.#port.fetched(page)
    return pointer === 0 ? undefined : this.pageOf(pointer)
  }

  /** What a format's `decode` reads at an offset in a page: a unit of code, or a word of one. */
  unitAt(page: CodePage, offset: number): number {
    return this.#unit(page.host + offset, page.format.unit)
  }

  /** Whether a region may begin at an entry: what is executed there is known, in no context, and whole. */
  mayBegin(entry: number): boolean {
    const handler = this.#half[(entry + ENTRY.handler) >> 1]!
    const { format } = this.pageOf(entry)!
    const isVariant = handler === SPECIAL.region && format.variesBy !== undefined
    const isCode = handler >= SPECIAL.count || handler === SPECIAL.beginContext || isVariant
    return isCode && (isLong(format) || this.#predecoder.contextOf(entry) === 0)
  }

  /** Whether nothing was executed at an entry since its page was last looked at or changed there. */
  isCold(entry: number): boolean {
    return this.#half[(entry + ENTRY.handler) >> 1] === SPECIAL.undecoded
  }

  /** Decodes what stands at an entry, if it has not been executed yet. */
  prepare(entry: number): void {
    if (this.isCold(entry)) this.decode(entry, false)
  }

  /** Offset in its page of the instruction of an entry. */
  offsetOf(entry: number): number {
    const page = this.pageOf(entry)!
    return codeOffset(page.format, entry - page.pointer)
  }

  /** Instructions decoded. */
  get decoded(): number {
    return this.#predecoder.decoded
  }

  /** Predecoded pages held now. */
  get pageCount(): number {
    return this.#found.size
  }

  /**
   * Entries of the page that holds the code at a virtual address, or scratch entries of one instruction where only part of
   * the page is mapped; 0 after having recorded an exception.
   */
  resolve(va: number | bigint): number {
    const pa = this.#port.translate(va)
    if (pa < 0) return 0
    const page = this.#pageAt(pa)
    if (!page) {
      this.#port.fetchAbort(va)
      return 0
    }
    page.writes = 0
    return this.#port.fillFetch(va, page.pointer) ? page.pointer : this.scratch(va, 0)
  }

  /** Whether the physical page has been executed from. */
  holdsCode(physicalPage: number): boolean {
    return this.#arch.formats.some((_, isa) => this.#found.has(physicalPage * 2 + isa))
  }

  /** Forgets what was decoded from bytes that have been written. */
  written(pa: number, bytes: number): void {
    this.#leaveScratch()
    const first = Math.floor(pa / PAGE)
    const last = Math.floor((pa + bytes - 1) / PAGE)
    for (let physical = first; physical <= last; physical++) {
      for (const isa of this.#arch.formats.keys()) {
        const page = this.#found.get(physical * 2 + isa)
        if (!page) continue
        const { unit, reach } = page.format
        const start = Math.max(0, pa - reach - physical * PAGE)
        const end = Math.min(PAGE, pa + bytes + reach - physical * PAGE)
        const shift = entryShift(page.format)
        const from = page.pointer + ((start & -unit) << shift)
        const to = page.pointer + (((end + unit - 1) & -unit) << shift)
        this.observer?.changed(page, start, end)
        this.#forget(from, to)
        if (start === 0) this.#clearCrossing(page)
        // A page that is written again and again while other code runs has become data: let its writes be fast.
        if (++page.writes > WRITES_TO_DATA && page.pointer !== this.#word[CURRENT_PAGE >> 2]) this.#drop(page)
      }
    }
  }

  // What stands behind the instruction under way in scratch entries may have been read from bytes that were written: it
  // is looked up again, in its context.
  #leaveScratch(): void {
    for (let n = 1; n <= SCRATCH_ENTRIES; n++) this.#predecoder.special(SCRATCH + n * ENTRY.size, SPECIAL.pageEnd)
  }

  /** Forgets the code of physical pages whose contents have changed as a whole. */
  drop(firstPage: number, count: number): void {
    for (const page of [...this.#found.values()]) {
      if (page.physical >= firstPage && page.physical < firstPage + count) this.#drop(page)
    }
  }

  #clearCrossing(page: Page): void {
    for (const entry of page.crossing) this.#forget(entry, entry + ENTRY.size)
    page.crossing = []
  }

  #drop(page: Page): void {
    this.observer?.dropped(page)
    this.#clear(page)
    this.#clearCrossing(page)
    this.#found.delete(page.physical * 2 + this.#arch.formats.indexOf(page.format))
    this.#port.dropFetch(page.pointer)
    // The entries of the page that is being executed must stay where they are, until the next flush.
    if (page.pointer !== this.#word[CURRENT_PAGE >> 2]) this.#free.push(page.pointer)
  }

  #clear(page: Page): void {
    this.#forget(page.pointer, page.pointer + (PAGE << entryShift(page.format)))
  }

  // The handlers alone: the instruction that writes may lie there itself, and has not read all of its word yet; nor has
  // the block around it been left, whose later instructions are decoded again in the context that their entries tell.
  #forget(from: number, to: number): void {
    for (let entry = from; entry < to; entry += ENTRY.size) {
      // What such an entry has in place of a context must not be taken for one.
      const handler = this.#half[(entry + ENTRY.handler) >> 1]
      if (handler === SPECIAL.crossing) this.#word[(entry + ENTRY.context) >> 2] = 0
      else if (handler === SPECIAL.region) this.regions.clear(entry)
      this.#predecoder.special(entry, SPECIAL.undecoded)
    }
  }

  /** Forgets all predecoded code. Not while code of a page is being executed. */
  flush(): void {
    this.observer?.flushed()
    for (const page of this.#pages) this.#clear(page)
    this.#pages = []
    this.#free = []
    this.#found.clear()
    this.#port.dropFetches()
    this.flushes++
  }

  /** Fills the entry of an instruction that is executed for the first time; `governed` tells that its context holds. */
  decode(pointer: number, inContext: boolean): void {
    const page = this.#pages[Math.floor((pointer - CODE) / SLOT)]!
    const { unit, slots, reach } = page.format
    const offset = codeOffset(page.format, pointer - page.pointer)
    if (slots) {
      const slot = offset & (unit - 1)
      const bundle = page.host + (offset & -unit)
      if (slot < slots) this.#predecoder.fill(pointer, page.format, (at) => this.#unit(bundle + at, unit), 0, slot)
      else this.#predecoder.special(pointer, SPECIAL.skip)
    } else if (inContext) {
      const context = this.#predecoder.contextOf(pointer) & ~CONTEXT_CONTINUES
      this.#predecoder.fill(pointer, page.format, (at) => this.#unit(page.host + offset + at, unit), context)
    } else if (offset + reach > PAGE && this.#crosses(page, offset)) {
      this.#predecoder.special(pointer, SPECIAL.crossing)
    } else {
      // What was in a block is reached from outside.
      if (!isLong(page.format) && this.#predecoder.contextOf(pointer) !== 0)
        this.#predecoder.forgetHeads(pointer, pointer, page.format)
      this.#predecoder.fill(pointer, page.format, (at) => this.#unit(page.host + offset + at, unit), 0)
    }
  }

  // Near its end, an instruction or the block that it governs may go on in the next page.
  #crosses({ format, host }: Page, offset: number): boolean {
    let at = offset
    let context = 0
    do {
      let outside = false
      const fetched = format.decode((more) => {
        if (at + more >= PAGE) outside = true
        return outside ? 0 : this.#unit(host + at + more, format.unit)
      }, context)
      if (outside) return true
      at += fetched.length
      context = fetched.context
    } while (context !== 0)
    return false
  }

  /**
   * Builds entries for the instruction at an address that stands across a page border, or in a context that no page's
   * entry has, and for those that it governs, up to the page's end. Gives their place; 0 after a fault.
   */
  scratch(va: number | bigint, context: number): number {
    const format = this.#arch.formats[this.#port.isa()]!
    if (format.slots) return this.#scratchUnit(format, BigInt(va))
    const from = typeof va === "bigint" ? va : va >>> 0
    const inPage = PAGE - offsetIn(from)
    let pointer = SCRATCH
    let at = 0
    let current = context
    do {
      let missing = false
      const start = at
      const read = (offset: number) => {
        // What a governed instruction needs of the next page is looked up when it is reached.
        const isOutside = start > 0 && start + offset >= inPage
        const host = missing || isOutside ? -1 : this.#codeHost(plus(from, start + offset))
        if (host < 0) missing = true
        return missing ? 0 : this.#unit(host, format.unit)
      }
      const fetched = this.#predecoder.fill(pointer, format, read, current)
      if (missing && start === 0) return 0
      if (start === 0 && context === 0) this.#remember(from, format, pointer, fetched)
      if (missing) break
      current = fetched.context
      at += fetched.length
      pointer += (fetched.length / format.unit) * ENTRY.size
    } while (current !== 0)
    this.#predecoder.special(pointer, SPECIAL.pageEnd)
    this.#word[(pointer + ENTRY.context) >> 2] = current
    return SCRATCH
  }

  // A unit of several instructions lies in one page: the one at the address and those behind it, in their places.
  #scratchUnit(format: CodeFormat, va: bigint): number {
    const { unit, slots } = format
    const slot = Number(va & BigInt(unit - 1))
    const host = this.#codeHost(va - BigInt(slot))
    if (host < 0) return 0
    for (let n = slot; n < slots!; n++)
      this.#predecoder.fill(SCRATCH + n * ENTRY.size, format, (at) => this.#unit(host + at, unit), 0, n)
    const end = SCRATCH + entryOffset(format, unit)
    for (let entry = SCRATCH + slots! * ENTRY.size; entry < end; entry += ENTRY.size)
      this.#predecoder.special(entry, SPECIAL.skip)
    this.#predecoder.special(end, SPECIAL.pageEnd)
    return SCRATCH
  }

  // An instruction across a border, found once, stays in its entry for as long as the next page is the same.
  #remember(va: number | bigint, format: CodeFormat, from: number, fetched: Fetched): void {
    const offset = offsetIn(va)
    if (offset + fetched.length <= PAGE || fetched.context !== 0 || !fetched.decoded) return
    const next = plus(va, PAGE - offset)
    const first = this.#physicalPage(va)
    const second = this.#physicalPage(next)
    if (!first || !second) return
    const entry = first.pointer + entryOffset(format, offset)
    if (this.#half[(entry + ENTRY.handler) >> 1] !== SPECIAL.crossing) return
    this.#port.fillFetch(next, second.pointer)
    this.#half[(entry + ENTRY.guarded) >> 1] = this.#half[(from + ENTRY.handler) >> 1]!
    this.#word[(entry + ENTRY.computed) >> 2] = this.#word[(from + ENTRY.computed) >> 2]!
    this.#word[(entry + ENTRY.word) >> 2] = this.#word[(from + ENTRY.word) >> 2]!
    this.#word[(entry + ENTRY.context) >> 2] = second.pointer
    second.crossing.push(entry)
  }

  #physicalPage(va: number | bigint): Page | undefined {
    const pa = this.#port.translate(va)
    return pa < 0 ? undefined : this.#pageAt(pa)
  }

  #codeHost(va: number | bigint): number {
    const pa = this.#port.translate(va)
    if (pa < 0) return -1
    const page = this.#pageAt(pa)
    if (page) return page.host + (pa % PAGE)
    this.#port.fetchAbort(va)
    return -1
  }

  // Of a big-endian guest, words are in host order, and halfwords in each word the other way round.
  #unit(host: number, unit: number): number {
    if (unit !== 2) return this.#word[host >> 2]! >>> 0
    return this.#half[(this.#isBigEndian ? host ^ 2 : host) >> 1]!
  }

  #pageAt(pa: number): Page | undefined {
    const isa = this.#port.isa()
    const physical = Math.floor(pa / PAGE)
    const known = this.#found.get(physical * 2 + isa)
    if (known) return known
    const host = this.#port.hostOf(physical * PAGE)
    if (host < 0) return undefined
    if (this.#free.length === 0 && CODE + (this.#pages.length + 1) * SLOT > CODE_END) this.flush()
    const format = this.#arch.formats[isa]!
    const pointer = this.#free.pop() ?? CODE + this.#pages.length * SLOT
    const page: Page = { writes: 0, pointer, physical, host, format, crossing: [] }
    this.#pages[(pointer - CODE) / SLOT] = page
    this.#found.set(physical * 2 + isa, page)
    // Another page may have had the space before.
    this.#word.fill(0, pointer >> 2, (pointer + SLOT) >> 2)
    const end = page.pointer + (PAGE << entryShift(format))
    this.#predecoder.special(end, SPECIAL.pageEnd)
    // Behind an instruction that goes on in the next page.
    this.#predecoder.special(end + ENTRY.size, SPECIAL.pageEnd)
    this.#port.watch(host)
    return page
  }
}

const offsetIn = (va: number | bigint): number => (typeof va === "bigint" ? Number(va & BigInt(PAGE - 1)) : va % PAGE)

const plus = (va: number | bigint, bytes: number): number | bigint =>
  typeof va === "bigint" ? BigInt.asUintN(64, va + BigInt(bytes)) : va + bytes
