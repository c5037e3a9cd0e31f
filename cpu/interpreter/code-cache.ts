// Predecoded code: each physical page has an array of entries for each instruction set. An entry is filled when its
// instruction is first executed, and becomes undecoded when the guest writes to its bytes.

import { PAGE_BYTES as PAGE } from "../../mmu/address.ts"
import { codeOffset, entryOffset, entryShift } from "../codegen/code-address.ts"
import { CODE, CODE_END, CONTEXT_CONTINUES, CURRENT_PAGE, ENTRY, SCRATCH, SPECIAL } from "../codegen/layout.ts"
import type { Architecture, CodeFormat, Fetched, FetchPort } from "../isa/index.ts"
import type { HandlerIndex } from "./generate.ts"
import { isLong, Predecoder } from "./predecoder.ts"
import { RegionEntries } from "./region-entries.ts"

/** The part of the memory system that the cache uses; its host offsets are addresses in linear memory. */
export type CodePort = FetchPort & {
  /**
   * Fills the TLB's fetch table for the virtual address that was translated last, with the address of its predecoded page.
   * Returns false if the page is only mapped in part.
   */
  fillFetch(va: number | bigint, pointer: number): boolean
  /** Reports writes to the page at a host offset from now on. */
  watch(hostPage: number): void
  /** Drops all fetch entries of the TLB. */
  dropFetches(): void
  /** Drops the fetch entries that point to a predecoded page. */
  dropFetch(pointer: number): void
  /** Number of the current instruction set. */
  isa(): number
  /** Address of the predecoded page that the TLB has for a virtual page number in the current regime, or 0. */
  fetched(page: number): number
}

/** An observer that has translated predecoded code, and invalidates its translations when the code changes. */
export type CodeObserver = {
  /** Called for a write to a page, with the range of offsets whose instructions may have changed. */
  changed(page: CodePage, from: number, to: number): void
  /** Called when a page is dropped. */
  dropped(page: CodePage): void
  /** Called when all pages are dropped. */
  flushed(): void
}

/** Bytes of a predecoded page: an entry for every two bytes of code, sentinels behind them, and padding. */
const SLOT = (PAGE / 2 + 4) * ENTRY.size

/** Writes to a page since its last lookup, after which it counts as data. */
const WRITES_TO_DATA = 8

/** Most scratch entries with instructions: those of a context block. */
const SCRATCH_ENTRIES = 9

/** A predecoded page. */
export type CodePage = {
  /** Address of its first entry in linear memory. */
  readonly pointer: number
  /** Number of the physical page. */
  readonly physical: number
  /** Address of its code in linear memory. */
  readonly host: number
  readonly format: CodeFormat
}

type Page = CodePage & {
  /** Writes since the last lookup of the page. */
  writes: number
  /** Entries of crossing instructions that end in this page. */
  crossing: number[]
}

/** The predecoded pages of one CPU. */
export class CodeCache {
  readonly #arch: Architecture
  /** The region entries among its entries. */
  readonly regions: RegionEntries
  readonly #predecoder: Predecoder
  readonly #port: CodePort
  readonly #half: Uint16Array
  readonly #word: Int32Array
  readonly #isBigEndian: boolean
  #pages: Page[] = []
  /** Addresses of dropped pages, to be used again. */
  #free: number[] = []
  /** By physical page number * 2 + number of the instruction set. */
  #found = new Map<number, Page>()
  /** Observes changes of code, if set. */
  observer: CodeObserver | undefined
  /** Number of times that the space for predecoded pages ran out. */
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

  /** The page of the entry at an address. */
  pageOf(entry: number): CodePage | undefined {
    return this.#pages[Math.floor((entry - CODE) / SLOT)]
  }

  /** The page that the fetch table of the TLB has for a virtual page number. */
  pageAt(page: number): CodePage | undefined {
    const pointer = this.#port.fetched(page)
    return pointer === 0 ? undefined : this.pageOf(pointer)
  }

  /** The unit of code, or the word of a bundle, that a format's `decode` reads at an offset in a page. */
  unitAt(page: CodePage, offset: number): number {
    return this.#unit(page.host + offset, page.format.unit)
  }

  /** Whether a region may begin at an entry: it has a whole instruction, decoded without context. */
  mayBegin(entry: number): boolean {
    const handler = this.#half[(entry + ENTRY.handler) >> 1]!
    const { format } = this.pageOf(entry)!
    const isVariant = handler === SPECIAL.region && format.variesBy !== undefined
    const isCode = handler >= SPECIAL.count || handler === SPECIAL.beginContext || isVariant
    return isCode && this.#hasNoContext(entry)
  }

  /** Whether an entry is undecoded: not executed since its page was created or its bytes were written. */
  isCold(entry: number): boolean {
    return this.#half[(entry + ENTRY.handler) >> 1] === SPECIAL.undecoded
  }

  /**
   * Decodes the instruction at an entry, if it is cold. An entry that keeps a context stays cold: the interpreter may be in the
   * context block.
   */
  prepare(entry: number): void {
    if (this.isCold(entry) && this.#hasNoContext(entry)) this.decode(entry, false)
  }

  #hasNoContext(entry: number): boolean {
    return isLong(this.pageOf(entry)!.format) || this.#predecoder.contextOf(entry) === 0
  }

  /** Offset in its page of an entry's instruction. */
  offsetOf(entry: number): number {
    const page = this.pageOf(entry)!
    return codeOffset(page.format, entry - page.pointer)
  }

  /** Number of instructions decoded so far. */
  get decoded(): number {
    return this.#predecoder.decoded
  }

  /** Number of predecoded pages in the cache. */
  get pageCount(): number {
    return this.#found.size
  }

  /**
   * Address of the predecoded page for the code at a virtual address, created if necessary. If the page is only mapped in
   * part, the address of scratch entries for one instruction. After a fault, 0, and the exception is recorded.
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

  /** Whether a physical page has predecoded code. */
  holdsCode(physicalPage: number): boolean {
    return this.#arch.formats.some((_, isa) => this.#found.has(physicalPage * 2 + isa))
  }

  /** Makes the entries undecoded that depend on written bytes, given their physical address. */
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
        // A page that is written repeatedly without a lookup is data. Without predecoded code, its writes are fast.
        if (++page.writes > WRITES_TO_DATA && page.pointer !== this.#word[CURRENT_PAGE >> 2]) this.#drop(page)
      }
    }
  }

  // Scratch entries behind the current instruction may come from bytes that were written. Sentinels make the interpreter
  // look them up again, in their contexts.
  #leaveScratch(): void {
    for (let n = 1; n <= SCRATCH_ENTRIES; n++) this.#predecoder.special(SCRATCH + n * ENTRY.size, SPECIAL.pageEnd)
  }

  /** Drops the code of `count` physical pages from `firstPage` on, whose contents have changed as a whole. */
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
    // The page that is being executed must keep its memory until the next flush.
    if (page.pointer !== this.#word[CURRENT_PAGE >> 2]) this.#free.push(page.pointer)
  }

  #clear(page: Page): void {
    this.#forget(page.pointer, page.pointer + (PAGE << entryShift(page.format)))
  }

  // Changes the handlers only. The instruction that writes may be among these entries and still read its word. The context
  // block around it may continue, so later entries keep their contexts, in which they are decoded again.
  #forget(from: number, to: number): void {
    for (let entry = from; entry < to; entry += ENTRY.size) {
      // These two have something else in place of a context.
      const handler = this.#half[(entry + ENTRY.handler) >> 1]
      if (handler === SPECIAL.crossing) this.#word[(entry + ENTRY.context) >> 2] = 0
      else if (handler === SPECIAL.region) this.regions.clear(entry)
      this.#predecoder.special(entry, SPECIAL.undecoded)
    }
  }

  /** Drops all predecoded code; not to be called while code of a page is executed. */
  flush(): void {
    this.observer?.flushed()
    for (const page of this.#pages) this.#clear(page)
    this.#pages = []
    this.#free = []
    this.#found.clear()
    this.#port.dropFetches()
    this.flushes++
  }

  /** Decodes the entry at `pointer`, in its own context if `inContext`, else without one. */
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
      // A branch from outside has led into a context block.
      if (!isLong(page.format) && this.#predecoder.contextOf(pointer) !== 0)
        this.#predecoder.forgetHeads(pointer, pointer, page.format)
      this.#predecoder.fill(pointer, page.format, (at) => this.#unit(page.host + offset + at, unit), 0)
    }
  }

  // Whether the instruction at an offset near the page's end, or its context block, continues in the next page.
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
   * Builds scratch entries for the instruction at an address that crosses a page border, or in a context that its own entry
   * cannot have. They include the rest of its context block, up to the page's end. Returns their address; 0 after a fault.
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
        // A later instruction of the block that needs the next page is looked up when it is reached.
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

  // Builds scratch entries for a unit with slots, which is all in one page: from the slot at the address on.
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

  // Keeps the decoded form of a crossing instruction in its own entry, valid while the next page is the same.
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

  // Memory of a big-endian guest has its words in host order, so the halfwords of each word are exchanged.
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
    // A page that was dropped may have used this memory.
    this.#word.fill(0, pointer >> 2, (pointer + SLOT) >> 2)
    const end = page.pointer + (PAGE << entryShift(format))
    this.#predecoder.special(end, SPECIAL.pageEnd)
    // A second sentinel, for an instruction that ends in the next page.
    this.#predecoder.special(end + ENTRY.size, SPECIAL.pageEnd)
    this.#port.watch(host)
    return page
  }
}

const offsetIn = (va: number | bigint): number => (typeof va === "bigint" ? Number(va & BigInt(PAGE - 1)) : va % PAGE)

const plus = (va: number | bigint, bytes: number): number | bigint =>
  typeof va === "bigint" ? BigInt.asUintN(64, va + BigInt(bytes)) : va + bytes
