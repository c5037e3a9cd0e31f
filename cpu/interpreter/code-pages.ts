// The predecoded pages by number, by physical page and by place in linear memory, and which of them is evicted next.

import { CODE, CODE_PAGE_BYTES, CODE_PAGES, CURRENT_PAGE, PAGE_NUMBERS, PAGE_POINTERS } from "../codegen/layout.ts"
import type { CodeFormat } from "../isa/index.ts"

/** A page of code in one format. Its entries may be evicted from linear memory; its number stays the same. */
export type CodePage = {
  /** Its number, which no other known page has. */
  readonly number: number
  /** Number of the physical page. */
  readonly physical: number
  /** Number of its code format. */
  readonly isa: number
  readonly format: CodeFormat
  /** Address of its code in linear memory. */
  readonly host: number
  /** Address of its first entry in linear memory; 0 while it is evicted. */
  pointer: number
  /** Whether it was fetched since the last search for a page to evict passed it. */
  isRecent: boolean
  /** Count of evictions when it was evicted. */
  evictedAt: number
  /** Writes since the last lookup of the page. */
  writes: number
  /** Entries of crossing instructions, in other pages, that end in this page. */
  readonly crossing: Set<number>
}

/** What a search for a page to evict asks of its owner. */
export type EvictionPort = {
  /** Makes the next fetch from a page a lookup, which the owner reports by `isRecent`. */
  unfetch(page: CodePage): void
  /** Takes the page's entries out of use. Returns whether the page must stay known. */
  evict(page: CodePage): boolean
  /** Forgets an evicted page. */
  forget(page: CodePage): void
}

/** In PAGE_POINTERS: no fetch entry of the TLB has this value. */
const NOWHERE = -1

/** Number of a page that is forgotten, but whose entries the interpreter has not left yet. */
const NONE = -1

/** Physical pages that one piece of the index covers. */
const PIECE = 1024

/** All known pages of one machine. */
export class CodePages {
  readonly #formats: number
  readonly #port: EvictionPort
  readonly #words: Int32Array
  readonly #byNumber: (CodePage | undefined)[] = []
  readonly #freeNumbers: number[] = []
  /** By place in linear memory. */
  readonly #places: (CodePage | undefined)[] = []
  readonly #freePlaces: number[] = []
  /** Numbers of pages plus 1, by physical page and format, in pieces that are never given back: RAM bounds them. */
  readonly #pieces = new Map<number, Int32Array>()
  /** The place at which the next search for a page to evict begins. */
  #hand = 0
  /** Pages evicted so far. */
  evictions = 0

  constructor(buffer: ArrayBuffer, formats: number, port: EvictionPort) {
    this.#formats = formats
    this.#port = port
    this.#words = new Int32Array(buffer)
  }

  /** Number of pages in memory. */
  get count(): number {
    return this.#places.length - this.#freePlaces.length
  }

  /** The page whose entries an address lies in. */
  at(entry: number): CodePage | undefined {
    return this.#places[Math.floor((entry - CODE) / CODE_PAGE_BYTES)]
  }

  /** The page of a physical page in a format, in memory or not. */
  find(physical: number, isa: number): CodePage | undefined {
    const number = this.#pieces.get(Math.floor(physical / PIECE))?.[(physical % PIECE) * this.#formats + isa]
    return number ? this.#byNumber[number - 1] : undefined
  }

  /** The page with a number. */
  numbered(number: number): CodePage | undefined {
    return this.#byNumber[number]
  }

  /** Makes a page known, without a place in memory. */
  add(physical: number, isa: number, format: CodeFormat, host: number): CodePage {
    if (this.#freeNumbers.length === 0 && this.#byNumber.length === PAGE_NUMBERS) this.#forgetOldest()
    const number = this.#freeNumbers.pop() ?? this.#byNumber.length
    const rest = { pointer: 0, isRecent: true, evictedAt: 0, writes: 0, crossing: new Set<number>() }
    const page = { number, physical, isa, format, host, ...rest }
    this.#byNumber[number] = page
    this.#index(page, number + 1)
    return page
  }

  /** Gives a page a place in memory, whose contents are zero. */
  place(page: CodePage): void {
    if (this.#freePlaces.length === 0 && this.#places.length === CODE_PAGES) this.#evictOne()
    const free = this.#freePlaces.pop()
    const place = free ?? this.#places.length
    page.pointer = CODE + place * CODE_PAGE_BYTES
    this.#places[place] = page
    this.#words[(PAGE_POINTERS >> 2) + page.number] = page.pointer
    // Fresh memory is zero: leaving it alone leaves it without backing.
    if (free !== undefined) this.#words.fill(0, page.pointer >> 2, (page.pointer + CODE_PAGE_BYTES) >> 2)
  }

  /** Forgets a page. */
  remove(page: CodePage): void {
    if (page.pointer !== 0) this.#displace(page)
    this.#index(page, 0)
    this.#byNumber[page.number] = undefined
    this.#freeNumbers.push(page.number)
  }

  /** The known pages among some physical pages. */
  inRange(firstPhysical: number, count: number): CodePage[] {
    const found: CodePage[] = []
    const last = firstPhysical + count - 1
    for (let key = Math.floor(firstPhysical / PIECE); key <= Math.floor(last / PIECE); key++) {
      for (const number of this.#pieces.get(key) ?? []) {
        const page = number === 0 ? undefined : this.#byNumber[number - 1]
        if (page && page.physical >= firstPhysical && page.physical <= last) found.push(page)
      }
    }
    return found
  }

  /** All known pages. */
  all(): CodePage[] {
    return this.#byNumber.filter((page) => page !== undefined)
  }

  /** All known pages, the least recently used first: those evicted longest ago, then those to be evicted next. */
  byAge(): CodePage[] {
    const places = [...this.#places.slice(this.#hand), ...this.#places.slice(0, this.#hand)]
    const present = places.filter((page) => page !== undefined && page.number !== NONE) as CodePage[]
    const evicted = this.all().filter(({ pointer }) => pointer === 0)
    return [
      ...evicted.sort((a, b) => a.evictedAt - b.evictedAt),
      ...present.filter(({ isRecent }) => !isRecent),
      ...present.filter(({ isRecent }) => isRecent),
    ]
  }

  #index({ physical, isa }: CodePage, value: number): void {
    const key = Math.floor(physical / PIECE)
    let piece = this.#pieces.get(key)
    if (piece === undefined) this.#pieces.set(key, (piece = new Int32Array(PIECE * this.#formats)))
    piece[(physical % PIECE) * this.#formats + isa] = value
  }

  // Takes a page's place in memory. The interpreter's place becomes free when the hand comes to it.
  #displace(page: CodePage): void {
    const place = (page.pointer - CODE) / CODE_PAGE_BYTES
    this.#words[(PAGE_POINTERS >> 2) + page.number] = NOWHERE
    if (page.pointer === this.#words[CURRENT_PAGE >> 2]) this.#places[place] = { ...page, number: NONE }
    else this.#free(place)
    page.pointer = 0
  }

  #free(place: number): void {
    this.#places[place] = undefined
    this.#freePlaces.push(place)
  }

  // The hand goes around all places. A page that was fetched since it passed is spared once; the TLB forgets the page, so
  // that the next fetch is seen.
  #evictOne(): void {
    for (;;) {
      const place = this.#hand
      const page = this.#places[place]
      this.#hand = (this.#hand + 1) % CODE_PAGES
      // The interpreter is in this page.
      if (page === undefined || page.pointer === this.#words[CURRENT_PAGE >> 2]) continue
      if (page.number === NONE) {
        this.#free(place)
        return
      }
      if (page.isRecent) {
        page.isRecent = false
        this.#port.unfetch(page)
        continue
      }
      page.evictedAt = ++this.evictions
      if (this.#port.evict(page)) this.#displace(page)
      else this.remove(page)
      return
    }
  }

  // Forgets a good part of the evicted pages: finding the oldest takes a look at all.
  #forgetOldest(): void {
    for (const page of this.byAge().slice(0, PAGE_NUMBERS >> 4)) this.#port.forget(page)
  }
}
