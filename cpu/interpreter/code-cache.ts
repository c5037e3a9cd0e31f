// Predecoded code: each physical page has an array of entries for each instruction set. An entry is filled when its
// instruction is first executed, and becomes undecoded when the guest writes to its bytes.

import { PAGE_BYTES as PAGE } from "../../mmu/address.ts"
import { codeOffset, entryOffset, entryShift } from "../codegen/code-address.ts"
import { CONTEXT_CONTINUES, CURRENT_PAGE, ENTRY, SCRATCH, SPECIAL } from "../codegen/layout.ts"
import type { Architecture, CodeFormat, Fetched, FetchPort } from "../isa/index.ts"
import { type CodePage, CodePages } from "./code-pages.ts"
import type { HandlerIndex } from "./generate.ts"
import { isLong, Predecoder } from "./predecoder.ts"
import { RegionEntries } from "./region-entries.ts"

export type { CodePage } from "./code-pages.ts"

/** The part of the memory system that the cache uses; its host offsets are addresses in linear memory. */
export type CodePort = FetchPort & {
  /**
   * Fills the TLB's fetch table for the virtual address that was translated last, with the address of its predecoded page.
   * Returns false if the page is only mapped in part.
   */
  fillFetch(va: number | bigint, pointer: number): boolean
  /** Reports writes to the page at a host offset from now on. */
  watch(hostPage: number): void
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
  /** Called when a page leaves memory although its code is the same. Returns whether translations of it remain. */
  evicted(page: CodePage): boolean
  /** Called when a page that was evicted is back in memory, with empty entries. */
  restored(page: CodePage): void
  /** Called before a page is forgotten, since its code is no longer watched. */
  dropped(page: CodePage): void
  /** Called before all pages are forgotten. */
  flushed(): void
}

/** The place of an instruction: the number of its page times 4096, plus its offset. It stays when its page is evicted. */
export type Location = number

/** Writes to a page since its last lookup, after which it counts as data. */
const WRITES_TO_DATA = 8

/** Most scratch entries with instructions: those of a context block. */
const SCRATCH_ENTRIES = 9

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
  readonly #pages: CodePages
  /** Observes changes of code, if set. */
  observer: CodeObserver | undefined

  constructor(arch: Architecture, index: HandlerIndex, buffer: ArrayBuffer, port: CodePort) {
    this.#arch = arch
    this.regions = new RegionEntries(buffer)
    this.#predecoder = new Predecoder(index, buffer, this.regions, (entry) => this.pageOf(entry)!.pointer)
    this.#port = port
    this.#half = new Uint16Array(buffer)
    this.#word = new Int32Array(buffer)
    this.#isBigEndian = arch.byteOrder === "big"
    this.#pages = new CodePages(buffer, arch.formats.length, {
      unfetch: ({ pointer }) => this.#port.dropFetch(pointer),
      evict: (page) => this.#evict(page),
      forget: (page) => this.#drop(page),
    })
  }

  /** The page of the entry at an address. */
  pageOf(entry: number): CodePage | undefined {
    return this.#pages.at(entry)
  }

  /** All known pages, the least recently used first. */
  pagesByAge(): readonly CodePage[] {
    return this.#pages.byAge()
  }

  /** Forgets the page with a number, of which no translation remains, if it is evicted. */
  release(number: number): void {
    const page = this.#pages.numbered(number)
    if (page?.pointer === 0) this.#pages.remove(page)
  }

  /** The entry at a location; undefined while its page is evicted. */
  entryAt(location: Location): number | undefined {
    const page = this.#pages.numbered(Math.floor(location / PAGE))
    return page === undefined || page.pointer === 0
      ? undefined
      : page.pointer + entryOffset(page.format, location % PAGE)
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

  /** Number of predecoded pages in memory. */
  get pageCount(): number {
    return this.#pages.count
  }

  /** Number of pages that have made room for others. */
  get evictions(): number {
    return this.#pages.evictions
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
    page.isRecent = true
    return this.#port.fillFetch(va, page.pointer) ? page.pointer : this.scratch(va, 0)
  }

  /** Whether a physical page has predecoded code. */
  holdsCode(physicalPage: number): boolean {
    return this.#arch.formats.some((_, isa) => this.#pages.find(physicalPage, isa))
  }

  /** Makes the entries undecoded that depend on written bytes, given their physical address. */
  written(pa: number, bytes: number): void {
    this.#leaveScratch()
    const first = Math.floor(pa / PAGE)
    const last = Math.floor((pa + bytes - 1) / PAGE)
    for (let physical = first; physical <= last; physical++) {
      for (const isa of this.#arch.formats.keys()) {
        const page = this.#pages.find(physical, isa)
        if (!page) continue
        const { unit, reach } = page.format
        const start = Math.max(0, pa - reach - physical * PAGE)
        const end = Math.min(PAGE, pa + bytes + reach - physical * PAGE)
        this.observer?.changed(page, start, end)
        if (page.pointer !== 0) {
          const shift = entryShift(page.format)
          this.#forget(page.pointer + ((start & -unit) << shift), page.pointer + (((end + unit - 1) & -unit) << shift))
          if (start === 0) this.#clearCrossing(page)
        }
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
    for (const page of this.#pages.inRange(firstPage, count)) this.#drop(page)
  }

  #clearCrossing(page: CodePage): void {
    for (const entry of page.crossing) this.#forget(entry, entry + ENTRY.size)
    page.crossing.clear()
  }

  #drop(page: CodePage): void {
    // Regions may hold several pages, so a page may have gone with another.
    if (this.#pages.numbered(page.number) !== page) return
    this.observer?.dropped(page)
    const { pointer } = page
    if (pointer !== 0) this.#disconnect(page)
    // The interpreter finishes its instruction in entries that are no longer any page's, and must decode what follows.
    if (pointer === this.#word[CURRENT_PAGE >> 2]) this.#forget(pointer, pointer + (PAGE << entryShift(page.format)))
    if (this.#pages.numbered(page.number) === page) this.#pages.remove(page)
  }

  #evict(page: CodePage): boolean {
    this.#disconnect(page)
    return this.observer?.evicted(page) ?? false
  }

  // Cuts what leads to the entries of a page: the TLB, and crossing instructions here and in pages before it.
  #disconnect(page: CodePage): void {
    this.#port.dropFetch(page.pointer)
    this.#clearCrossing(page)
    const { format, pointer } = page
    const end = pointer + (PAGE << entryShift(format))
    for (let entry = end - (format.reach << entryShift(format)); entry < end; entry += ENTRY.size) {
      if (this.#half[(entry + ENTRY.handler) >> 1] !== SPECIAL.crossing) continue
      this.#pages.at(this.#word[(entry + ENTRY.context) >> 2]!)?.crossing.delete(entry)
    }
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
    this.#word[CURRENT_PAGE >> 2] = 0
    for (const page of this.#pages.all()) {
      if (page.pointer !== 0) this.#port.dropFetch(page.pointer)
      this.#pages.remove(page)
    }
  }

  /** Decodes the entry at `pointer`, in its own context if `inContext`, else without one. */
  decode(pointer: number, inContext: boolean): void {
    const page = this.#pages.at(pointer)!
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
  #crosses({ format, host }: CodePage, offset: number): boolean {
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
    // Making the second page may evict the first.
    const second = this.#physicalPage(next)
    const first = this.#physicalPage(va)
    if (!first || !second || second.pointer === 0) return
    const entry = first.pointer + entryOffset(format, offset)
    if (this.#half[(entry + ENTRY.handler) >> 1] !== SPECIAL.crossing) return
    this.#port.fillFetch(next, second.pointer)
    this.#half[(entry + ENTRY.guarded) >> 1] = this.#half[(from + ENTRY.handler) >> 1]!
    this.#word[(entry + ENTRY.computed) >> 2] = this.#word[(from + ENTRY.computed) >> 2]!
    this.#word[(entry + ENTRY.word) >> 2] = this.#word[(from + ENTRY.word) >> 2]!
    this.#word[(entry + ENTRY.context) >> 2] = second.pointer
    second.crossing.add(entry)
  }

  #physicalPage(va: number | bigint): CodePage | undefined {
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

  // The page of a physical address in the current instruction set, in memory; undefined where there is no memory.
  #pageAt(pa: number): CodePage | undefined {
    const isa = this.#port.isa()
    const physical = Math.floor(pa / PAGE)
    const known = this.#pages.find(physical, isa)
    if (known !== undefined && known.pointer !== 0) return known
    const host = known?.host ?? this.#port.hostOf(physical * PAGE)
    if (host < 0) return undefined
    const page = known ?? this.#pages.add(physical, isa, this.#arch.formats[isa]!, host)
    this.#pages.place(page)
    const end = page.pointer + (PAGE << entryShift(page.format))
    this.#predecoder.special(end, SPECIAL.pageEnd)
    // A second sentinel, for an instruction that ends in the next page.
    this.#predecoder.special(end + ENTRY.size, SPECIAL.pageEnd)
    if (known) this.observer?.restored(page)
    else this.#port.watch(host)
    return page
  }
}

const offsetIn = (va: number | bigint): number => (typeof va === "bigint" ? Number(va & BigInt(PAGE - 1)) : va % PAGE)

const plus = (va: number | bigint, bytes: number): number | bigint =>
  typeof va === "bigint" ? BigInt.asUintN(64, va + BigInt(bytes)) : va + bytes
