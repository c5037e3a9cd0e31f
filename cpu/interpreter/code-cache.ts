// Predecoded code: for each physical page and instruction set an array of entries, filled instruction by instruction
// when first executed, and emptied exactly where the guest writes.

import { PAGE_BYTES as PAGE } from "../../mmu/address.ts"
import { codeOffset, entryOffset, entryShift } from "../codegen/code-address.ts"
import {
  CODE,
  CODE_END,
  CURRENT_PAGE,
  ENTRY,
  GOVERNS_NEXT,
  REGION_ENTRIES,
  REGION_ENTRY,
  SCRATCH,
  SPECIAL,
} from "../codegen/layout.ts"
import {
  type Architecture,
  type CodeFormat,
  type Decoded,
  derivedValue,
  type Fetched,
  type FetchPort,
  guardOf,
} from "../isa/index.ts"
import { guardKey, type HandlerIndex } from "./generate.ts"

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
  readonly #index: HandlerIndex
  readonly #port: CodePort
  readonly #half: Uint16Array
  readonly #word: Int32Array
  readonly #long: BigInt64Array
  readonly #isBigEndian: boolean
  #pages: Page[] = []
  /** Space of pages that were dropped. */
  #free: number[] = []
  #found = new Map<number, Page>()
  /** Gets told of changes, if set. */
  observer: CodeObserver | undefined
  /** Times that the space for predecoded pages ran out. */
  flushes = 0
  /** Instructions decoded. */
  decoded = 0

  constructor(arch: Architecture, index: HandlerIndex, buffer: ArrayBuffer, port: CodePort) {
    this.#arch = arch
    this.#index = index
    this.#port = port
    this.#half = new Uint16Array(buffer)
    this.#word = new Int32Array(buffer)
    this.#long = new BigInt64Array(buffer)
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
    const isCode = handler >= SPECIAL.count || handler === SPECIAL.govern
    return isCode && (!this.#hasContext(entry) || this.#contextOf(entry) === 0)
  }

  /** Whether nothing was executed at an entry since its page was last looked at or changed there. */
  isCold(entry: number): boolean {
    return this.#half[(entry + ENTRY.handler) >> 1] === SPECIAL.undecoded
  }

  /** Decodes what stands at an entry, if it has not been executed yet. */
  prepare(entry: number): void {
    if (this.isCold(entry)) this.decode(entry, false)
  }

  /** Makes execution that comes to the entry go on in a region, by the place of its function in the table. */
  begin(entry: number, region: number): void {
    const record = REGION_ENTRIES + region * REGION_ENTRY.size
    const first = this.regionAt(entry)
    const handler = first === 0 ? this.#half[(entry + ENTRY.handler) >> 1]! : this.#plainHandler(first)
    this.#half[(record + REGION_ENTRY.handler) >> 1] = handler
    this.#half[(record + REGION_ENTRY.next) >> 1] = first
    this.#half[(entry + ENTRY.region) >> 1] = region
    this.#special(entry, SPECIAL.region)
  }

  /** Undoes `begin`, if that region still begins at the entry. */
  unbegin(entry: number, region: number): void {
    const next = this.#nextRegion(region)
    for (let at = this.regionAt(entry), before = 0; at !== 0; before = at, at = this.#nextRegion(at)) {
      if (at !== region) continue
      if (before !== 0) this.#half[(REGION_ENTRIES + before * REGION_ENTRY.size + REGION_ENTRY.next) >> 1] = next
      else this.#half[(entry + ENTRY.region) >> 1] = next
      if (before === 0 && next === 0) this.#special(entry, this.#plainHandler(region))
      return
    }
  }

  /** Place in the table of the first region that begins at an entry; 0 if none does. */
  regionAt(entry: number): number {
    if (this.#half[(entry + ENTRY.handler) >> 1] !== SPECIAL.region) return 0
    return this.#half[(entry + ENTRY.region) >> 1]!
  }

  #nextRegion(region: number): number {
    return this.#half[(REGION_ENTRIES + region * REGION_ENTRY.size + REGION_ENTRY.next) >> 1]!
  }

  #plainHandler(region: number): number {
    return this.#half[(REGION_ENTRIES + region * REGION_ENTRY.size + REGION_ENTRY.handler) >> 1]!
  }

  /** Offset in its page of the instruction of an entry. */
  offsetOf(entry: number): number {
    const page = this.pageOf(entry)!
    return codeOffset(page.format, entry - page.pointer)
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
    for (let n = 1; n <= SCRATCH_ENTRIES; n++) this.#special(SCRATCH + n * ENTRY.size, SPECIAL.pageEnd)
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
      else if (handler === SPECIAL.region) this.#half[(entry + ENTRY.region) >> 1] = 0
      this.#special(entry, SPECIAL.undecoded)
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
  decode(pointer: number, governed: boolean): void {
    const page = this.#pages[Math.floor((pointer - CODE) / SLOT)]!
    const { unit, slots, reach } = page.format
    const offset = codeOffset(page.format, pointer - page.pointer)
    if (slots) {
      const slot = offset & (unit - 1)
      const bundle = page.host + (offset & -unit)
      if (slot < slots) this.#fill(pointer, page.format, (at) => this.#unit(bundle + at, unit), 0, slot)
      else this.#special(pointer, SPECIAL.skip)
    } else if (governed) {
      const context = this.#contextOf(pointer) & ~GOVERNS_NEXT
      this.#fill(pointer, page.format, (at) => this.#unit(page.host + offset + at, unit), context)
    } else if (offset + reach > PAGE && this.#crosses(page, offset)) {
      this.#special(pointer, SPECIAL.crossing)
    } else {
      // What was in a block is reached from outside.
      if (this.#hasContext(pointer) && this.#contextOf(pointer) !== 0)
        this.#forgetGoverning(pointer, pointer, page.format)
      this.#fill(pointer, page.format, (at) => this.#unit(page.host + offset + at, unit), 0)
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
      const fetched = this.#fill(pointer, format, read, current)
      if (missing && start === 0) return 0
      if (start === 0 && context === 0) this.#remember(from, format, pointer, fetched)
      if (missing) break
      current = fetched.context
      at += fetched.length
      pointer += (fetched.length / format.unit) * ENTRY.size
    } while (current !== 0)
    this.#special(pointer, SPECIAL.pageEnd)
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
      this.#fill(SCRATCH + n * ENTRY.size, format, (at) => this.#unit(host + at, unit), 0, n)
    const end = SCRATCH + entryOffset(format, unit)
    for (let entry = SCRATCH + slots! * ENTRY.size; entry < end; entry += ENTRY.size) this.#special(entry, SPECIAL.skip)
    this.#special(end, SPECIAL.pageEnd)
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

  #special(pointer: number, handler: number): void {
    this.#half[(pointer + ENTRY.handler) >> 1] = handler
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
    this.#special(end, SPECIAL.pageEnd)
    // Behind an instruction that goes on in the next page.
    this.#special(end + ENTRY.size, SPECIAL.pageEnd)
    this.#port.watch(host)
    return page
  }

  // Fills one entry, and behind one that governs others, unless in scratch space, theirs.
  #fill(pointer: number, format: CodeFormat, read: (offset: number) => number, context: number, slot = 0): Fetched {
    const fetched = format.decode(read, context, slot)
    const { decoded, length } = fetched
    this.decoded++
    const variant = decoded && this.#variantOf(decoded)
    const handler = variant?.handler ?? this.#index.undefined.get(format.name)!
    this.#setWord(pointer, format, decoded)
    if (!isLong(format)) {
      const governs = context !== 0 && fetched.context !== 0 ? GOVERNS_NEXT : 0
      this.#word[(pointer + ENTRY.context) >> 2] = context | governs
    }
    this.#word[(pointer + ENTRY.computed) >> 2] =
      variant?.computed === undefined ? 0 : derivedValue(decoded!, variant.computed)
    const guard = this.#guard(format, decoded, length, context)
    if (context === 0 && fetched.context !== 0) {
      this.#half[(pointer + ENTRY.guarded) >> 1] = length / format.unit
      if (pointer >= CODE) this.#govern(pointer, format, read, fetched)
      this.#special(pointer, SPECIAL.govern)
    } else if (guard === undefined) {
      this.#special(pointer, handler)
    } else {
      this.#half[(pointer + ENTRY.guarded) >> 1] = handler
      this.#special(pointer, guard)
    }
    return fetched
  }

  #setWord(pointer: number, format: CodeFormat, decoded: Decoded | undefined): void {
    if (!isLong(format)) {
      this.#word[(pointer + ENTRY.word) >> 2] = decoded ? decoded.word | 0 : 0
      return
    }
    this.#long[(pointer + ENTRY.word) >> 3] = BigInt(decoded?.word ?? 0)
    if (decoded?.instruction.pattern.fields.some((f) => f.extension)) {
      this.#long[(pointer + ENTRY.size + ENTRY.word) >> 3] = BigInt(decoded.extension)
      this.#special(pointer + ENTRY.size, SPECIAL.skip)
    }
  }

  // A governed entry always has a guard, which sees to it that it is reached only from the instruction that governs it.
  #guard(format: CodeFormat, decoded: Decoded | undefined, length: number, context: number): number | undefined {
    const { vocabulary } = format.sets[0]!
    const inContext = vocabulary.guard && vocabulary.context[vocabulary.guard.field]
    const inBlock = context !== 0 && inContext ? inContext.value(context) : undefined
    const governed = inBlock !== undefined && decoded?.instruction.unguarded ? vocabulary.guard!.always : inBlock
    const own = decoded && !decoded.instruction.inlineGuard ? guardOf(decoded) : undefined
    const condition = governed ?? own
    if (condition === undefined) return undefined
    const { guards } = this.#index
    const size = format.slots ? 1 : length
    return guards.get(guardKey(format, size, condition)) ?? guards.get(guardKey(format, size, 0))
  }

  #govern(pointer: number, format: CodeFormat, read: (offset: number) => number, first: Fetched): void {
    let at = first.length
    for (let context = first.context; context !== 0; ) {
      const start = at
      const entry = pointer + entryOffset(format, at)
      const before = this.#contextOf(entry)
      const fetched = this.#fill(entry, format, (offset) => read(start + offset), context)
      if (before !== 0 && before !== this.#contextOf(entry)) this.#forgetGoverning(entry, pointer, format)
      at += fetched.length
      context = fetched.context
    }
  }

  #hasContext(entry: number): boolean {
    return !isLong(this.pageOf(entry)!.format)
  }

  #contextOf(entry: number): number {
    return this.#word[(entry + ENTRY.context) >> 2]!
  }

  // Code that is reached at odd halfwords may hold blocks that overlap, and code that has been written may be reached in
  // the middle of a block. An entry has one context: instructions that govern it in another are decoded again.
  #forgetGoverning(entry: number, but: number, format: CodeFormat): void {
    const first = Math.max(entry - entryOffset(format, format.reach), this.pageOf(entry)!.pointer)
    for (let at = first; at < entry; at += ENTRY.size) {
      if (at === but) continue
      const handler = this.#half[(at + ENTRY.handler) >> 1]
      if (handler === SPECIAL.govern) this.#special(at, SPECIAL.undecoded)
      // A region's own code is not touched by this, but what the interpreter does in its place is.
      for (let region = this.regionAt(at); region !== 0; region = this.#nextRegion(region)) {
        if (this.#plainHandler(region) === SPECIAL.govern)
          this.#half[(REGION_ENTRIES + region * REGION_ENTRY.size + REGION_ENTRY.handler) >> 1] = SPECIAL.undecoded
      }
    }
  }

  #variantOf(decoded: Decoded): { handler: number; computed: string | undefined } {
    let tree = this.#index.variants.get(decoded.instruction)!
    while ("modifier" in tree) tree = tree.children[derivedValue(decoded, tree.modifier)]!
    return tree
  }
}

/** Whether words of the format take all of an entry, so that it has no room for a decode context. */
const isLong = ({ wordBits = 32 }: CodeFormat): boolean => wordBits > 32

const offsetIn = (va: number | bigint): number => (typeof va === "bigint" ? Number(va & BigInt(PAGE - 1)) : va % PAGE)

const plus = (va: number | bigint, bytes: number): number | bigint =>
  typeof va === "bigint" ? BigInt.asUintN(64, va + BigInt(bytes)) : va + bytes
