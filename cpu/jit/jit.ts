// The second engine: translates what the interpreter finds hot, in batches, and drops it when its code changes.

import type { CodeCache, CodeObserver, CodePage } from "../interpreter/code-cache.ts"
import type { Interpreter } from "../interpreter/interpreter.ts"
import { entryShift, REGION_TYPE, REGIONS } from "../interpreter/layout.ts"
import type { Architecture, CodeFormat } from "../isa/index.ts"
import { Module } from "../wasm/index.ts"
import { discover, Meanings, PAGE, type Region } from "./discover.ts"
import { type Translated, translateRegion } from "./translate.ts"

/** How eagerly code is translated. */
export type JitOptions = {
  /** Arrivals of branches at an instruction after which the code from there on is translated. */
  readonly hotAfter?: number
  /** Regions of a batch: a module costs V8 as much as many functions. */
  readonly batch?: number
  /** Milliseconds of a steady clock, for the time that translation takes; not measured if not given. */
  readonly now?: () => number
}

/** A region costs about as much, V8's optimising compiler included, as interpreting so many rounds of it. */
const HOT_AFTER = 50_000
const BATCH = 16
/** Slices of the machine that a region waits at most for others of its batch. */
const PATIENCE = 16

type Live = {
  readonly entry: number
  readonly translated: Translated
  /** Bytes of code by page: what it was translated from. */
  readonly spans: ReadonlyMap<number, readonly (readonly [from: number, to: number])[]>
  /** Number of its function in the table; -1 while its batch waits. */
  slot: number
  dropped: boolean
}

/** Counters of the JIT. */
export type JitStats = {
  regions: number
  modules: number
  instructions: number
  wasmBytes: number
  dropped: number
  refused: number
  translationMs: number
}

/** Translates for one interpreter. */
export class Jit implements CodeObserver {
  readonly stats: JitStats = {
    regions: 0,
    modules: 0,
    instructions: 0,
    wasmBytes: 0,
    dropped: 0,
    refused: 0,
    translationMs: 0,
  }
  readonly #arch: Architecture
  readonly #memory: WebAssembly.Memory
  readonly #interpreter: Interpreter
  readonly #cache: CodeCache
  readonly #batch: number
  readonly #now: () => number
  readonly #meanings: ReadonlyMap<CodeFormat, Meanings>
  readonly #byPage = new Map<number, Set<Live>>()
  readonly #byEntry = new Map<number, Live>()
  #waiting: Live[] = []
  #patience = 0
  readonly #free: number[] = []
  #used = 0

  constructor(arch: Architecture, memory: WebAssembly.Memory, interpreter: Interpreter, options: JitOptions = {}) {
    this.#arch = arch
    this.#memory = memory
    this.#interpreter = interpreter
    this.#cache = interpreter.cache
    this.#batch = options.batch ?? BATCH
    this.#now = options.now ?? (() => 0)
    this.#meanings = new Map(arch.formats.map((format) => [format, new Meanings(arch, format)]))
    this.#cache.observer = this
    interpreter.watchHot(options.hotAfter ?? HOT_AFTER, (entry, pageAddress, stays) =>
      this.#hot(entry, pageAddress >>> 0, stays),
    )
  }

  /** Between slices: translated code that waits for company goes live. */
  settle(): void {
    if (this.#waiting.length === 0 || --this.#patience > 0) return
    const began = this.#now()
    this.#goLive()
    this.stats.translationMs += this.#now() - began
  }

  #hot(entry: number, pageAddress: number, stays: boolean): void {
    const began = this.#now()
    const page = this.#cache.pageOf(entry)
    if (page) {
      const { unit } = page.format
      const offset = (entry - page.pointer) >> entryShift(unit)
      // What the interpreter is left to do may be followed by what it need not do.
      const done = !stays && this.#translate(page, pageAddress, offset)
      if (!done) {
        const next = this.#following(page, offset)
        if (next === undefined || !this.#translate(page, pageAddress, next)) this.stats.refused++
      }
    }
    this.stats.translationMs += this.#now() - began
  }

  #following(page: CodePage, offset: number): number | undefined {
    const { length, context } = page.format.decode(
      (at) => (offset + at < PAGE ? this.#cache.unitAt(page, offset + at) : 0),
      0,
    )
    return context === 0 && offset + length < PAGE ? offset + length : undefined
  }

  #translate(page: CodePage, pageAddress: number, offset: number): boolean {
    const { format } = page
    const entry = page.pointer + (offset << entryShift(format.unit))
    if (this.#byEntry.has(entry)) return true
    if (!this.#cache.mayBegin(entry)) return false
    const pages = new Map<number, CodePage | undefined>([[0, page]])
    const pageAt = (number: number): CodePage | undefined => {
      if (!pages.has(number)) {
        const found = this.#cache.pageAt((pageAddress + number * PAGE) >>> 0)
        pages.set(number, found?.format === format ? found : undefined)
      }
      return pages.get(number)
    }
    const view = {
      read: (at: number) => {
        const number = Math.floor(at / PAGE)
        const found = pageAt(number)
        return found && this.#cache.unitAt(found, at - number * PAGE)
      },
    }
    const region = discover(this.#arch, this.#meanings.get(format)!, view, offset)
    if (!region) return false
    const translated = translateRegion(this.#arch, region, (at) => pageAt(Math.floor(at / PAGE))!.pointer)
    this.#add({ entry, translated, spans: spansOf(region, (n) => pageAt(n)!.pointer), slot: -1, dropped: false })
    this.stats.instructions += region.instructions
    return true
  }

  #add(live: Live): void {
    this.#byEntry.set(live.entry, live)
    for (const pointer of live.spans.keys()) {
      const known = this.#byPage.get(pointer)
      if (known) known.add(live)
      else this.#byPage.set(pointer, new Set([live]))
    }
    if (this.#waiting.length === 0) this.#patience = PATIENCE
    if (this.#waiting.push(live) >= this.#batch) this.#goLive()
  }

  #goLive(): void {
    const batch = this.#waiting.filter((live) => !live.dropped)
    this.#waiting = []
    if (batch.length === 0) return
    const module = new Module()
    module.importMemory("emu", "memory", 1, 65_536)
    for (const [i, { translated }] of batch.entries())
      module.addFunction(REGION_TYPE, translated.locals, translated.body, `r${i}`)
    const bytes = module.encode()
    const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes as BufferSource), {
      emu: { memory: this.#memory },
    })
    for (const [i, live] of batch.entries()) {
      if (!this.#cache.mayBegin(live.entry)) {
        this.#drop(live)
        continue
      }
      live.slot = this.#free.pop() ?? this.#used++
      if (live.slot >= REGIONS) {
        this.#used = REGIONS
        live.slot = -1
        this.dropAll()
        break
      }
      this.#interpreter.table.set(this.#interpreter.firstRegion + live.slot, instance.exports[`r${i}`])
      this.#cache.begin(live.entry, this.#interpreter.firstRegion + live.slot)
      this.stats.regions++
    }
    this.stats.modules++
    this.stats.wasmBytes += bytes.length
  }

  #drop(live: Live): void {
    if (live.dropped) return
    live.dropped = true
    this.stats.dropped++
    if (this.#byEntry.get(live.entry) === live) this.#byEntry.delete(live.entry)
    for (const pointer of live.spans.keys()) {
      const regions = this.#byPage.get(pointer)
      if (regions?.delete(live) && regions.size === 0) this.#byPage.delete(pointer)
    }
    this.#interpreter.cool(live.entry)
    if (live.slot < 0) return
    const index = this.#interpreter.firstRegion + live.slot
    this.#cache.unbegin(live.entry, index)
    this.#interpreter.table.set(index, null)
    this.#free.push(live.slot)
    live.slot = -1
  }

  /** Drops every region. */
  dropAll(): void {
    for (const live of [...this.#byEntry.values()]) this.#drop(live)
  }

  changed(page: CodePage, from: number, to: number): void {
    const regions = this.#byPage.get(page.pointer)
    if (!regions) return
    for (const live of [...regions]) {
      if (live.spans.get(page.pointer)!.some(([start, end]) => start < to && from < end)) this.#drop(live)
    }
  }

  dropped(page: CodePage): void {
    for (const live of [...(this.#byPage.get(page.pointer) ?? [])]) this.#drop(live)
  }

  flushed(): void {
    this.dropAll()
  }
}

function spansOf(region: Region, pointer: (page: number) => number): Live["spans"] {
  const spans = new Map<number, [number, number][]>()
  for (const { steps } of region.blocks) {
    for (const { offset, meaning } of steps) {
      const { length } = meaning
      const page = Math.floor(offset / PAGE)
      const from = offset - page * PAGE
      const list = spans.get(pointer(page)) ?? []
      const last = list[list.length - 1]
      if (last?.[1] === from) last[1] = from + length
      else list.push([from, from + length])
      spans.set(pointer(page), list)
    }
  }
  return spans
}
