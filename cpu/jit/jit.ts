// The second engine: translates what the interpreter finds hot, in batches, and drops it when its code changes.

import { entryShift, HOT, REGION_PAGES, REGIONS } from "../codegen/layout.ts"
import type { CodeCache, CodeObserver, CodePage } from "../interpreter/code-cache.ts"
import type { Interpreter } from "../interpreter/interpreter.ts"
import type { Architecture, CodeFormat } from "../isa/index.ts"
import { Code } from "../wasm/index.ts"
import { discover, Meanings, PAGE, type Region } from "./discover.ts"
import { covers, entryAt, entryOf, type Live, moduleOf, spansOf, type View, viewOf } from "./installed-region.ts"
import type { JitOptions, JitStats } from "./options.ts"
import { PASSES, type Pass } from "./passes/index.ts"
import { Profiler, type RegionProfile } from "./profile.ts"
import { Registry } from "./region-index.ts"
import { translateRegion } from "./translate.ts"

/** A region costs about as much, V8's optimising compiler included, as interpreting so many rounds of it. */
const HOT_AFTER = 10_000
const BATCH = 16
/** Node ends, without a word, at some 32,000 modules. */
const MOST_MODULES = 1024
/** Regions of a module that is made of others' regions. */
const MERGED = 64
/** Most instructions of a new region, and of one that has grown: functions much larger are compiled badly by V8. */
const MOST_INSTRUCTIONS = 192
const MOST_GROWN = 384
/** Most instructions of a region that is translated again as part of each that calls it. */
const SMALL = 24
/** Most offsets that a region is made from: each time that it gets a new one, it is translated anew. */
const MOST_SEEDS = 24
/** Most times that one is made anew with more seeds. */
const MOST_GROWTHS = 6
/** Of the times that a region is left to another one, so few are looked at; a prime, since loops are periodic. */
const SAMPLED = 65_537
/** Times that a region must be seen then to leave to others until they become part of it, and the more the larger it gets. */
const LINKS_TO_GROW = 1
const LINKS_PER_INSTRUCTION = 1 / 48
/** Most instructions of a region that what is hot becomes part of, because it lies in its middle or leads back to it. */
const MOST_GROWING = 64
/** Part of the arrivals of a hot entry that another must have had to become a seed with it. */
const LUKEWARM = 1 / 16
/** Most instructions looked at to find out whether such an entry leads back to the region. */
const MOST_OF_CASE = 32
/** Slices within which an entry in the middle of a region must become hot, for the region to be entered there. */
const RECENTLY = 500

/** Translates for one interpreter. */
export class Jit implements CodeObserver {
  readonly stats: JitStats = {
    regions: 0,
    modules: 0,
    grown: 0,
    merges: 0,
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
  readonly #hotAfter: number
  readonly #sampled: number
  readonly #now: () => number
  readonly #profiler: Profiler | undefined
  readonly #onRegion: JitOptions["onRegion"]
  /** For new regions, and for those that have grown. */
  readonly #quickPasses: readonly Pass[]
  readonly #passes: readonly Pass[]
  readonly #meanings: ReadonlyMap<CodeFormat, Meanings>
  /** The regions of each module that has some left. */
  readonly #modules = new Set<Set<Live>>()
  readonly #mostModules: number
  readonly #regions = new Registry()
  readonly #bySlot: (Live | undefined)[] = []
  /** REGION_PAGES. */
  readonly #pages: Int32Array
  #waiting: Live[] = []
  #slices = 0
  readonly #free: number[] = []
  #used = 0

  constructor(arch: Architecture, memory: WebAssembly.Memory, interpreter: Interpreter, options: JitOptions = {}) {
    this.#arch = arch
    this.#memory = memory
    this.#pages = new Int32Array(memory.buffer, REGION_PAGES, 1 << 16)
    this.#interpreter = interpreter
    this.#cache = interpreter.cache
    this.#batch = options.batch ?? BATCH
    this.#mostModules = options.modules ?? MOST_MODULES
    this.#now = options.now ?? (() => 0)
    this.#profiler = options.count ? new Profiler(memory) : undefined
    this.#onRegion = options.onRegion
    this.#passes = PASSES.filter(({ name }) => !options.without?.includes(name))
    this.#quickPasses = this.#passes.filter(({ isThorough }) => options.thorough || !isThorough)
    this.#meanings = new Map(arch.formats.map((format) => [format, new Meanings(arch, format)]))
    this.#cache.observer = this
    this.#hotAfter = options.hotAfter ?? HOT_AFTER
    this.#sampled = options.sampled ?? SAMPLED
    interpreter.countLinks(this.#sampled)
    interpreter.watchHot(this.#hotAfter, (entry, pageAddress, why) => this.#hot(entry, pageAddress >>> 0, why))
  }

  /** Between slices: what was translated in the last one goes live, in one module. */
  settle(): void {
    this.#slices++
    if (this.#waiting.length === 0) return
    const began = this.#now()
    this.#goLive()
    this.stats.translationMs += this.#now() - began
  }

  #hot(entry: number, pageAddress: number, why: number): void {
    const began = this.#now()
    const page = this.#cache.pageOf(entry)
    if (why === HOT.linked) this.#linked(entry)
    else if (page) {
      const { unit } = page.format
      const offset = (entry - page.pointer) >> entryShift(unit)
      // What the interpreter is left to do may be followed by what it need not do.
      const done = why !== HOT.stays && this.#translate(page, pageAddress, offset)
      if (!done) {
        const next = this.#following(page, offset)
        if (next === undefined || !this.#translate(page, pageAddress, next)) this.stats.refused++
      }
    }
    this.stats.translationMs += this.#now() - began
  }

  // A region that is left to others again and again takes those in that it leads to by itself.
  #linked(entry: number): void {
    this.#interpreter.countLinks(this.#sampled)
    const from = this.#bySlot[this.#interpreter.lastRegion - this.#interpreter.firstRegion]
    const to = this.#regions.at(entry)
    if (!from || !to || from === to || to.slots.size === 0) return
    from.links.set(entry, (from.links.get(entry) ?? 0) + 1)
    from.samples++
    const { page, pageAddress } = from
    if (from.successor || from.growths >= MOST_GROWTHS || this.#cache.pageAt(pageAddress) !== page) return
    const view = viewOf(this.#cache, page, pageAddress)
    const taken: Live[] = []
    let { instructions } = from.region
    for (const live of this.#leftTo(from, view)) {
      if (instructions + live.region.instructions > MOST_GROWN) continue
      instructions += live.region.instructions
      taken.push(live)
    }
    if (taken.length === 0 || from.samples < LINKS_TO_GROW + instructions * LINKS_PER_INSTRUCTION) return
    if (!this.#remake(from, view, from.seeds, taken)) from.growths = MOST_GROWTHS
  }

  // Regions that one leads to and was seen to leave to, the most frequent first.
  #leftTo(from: Live, view: View): Set<Live> {
    const entries = [...from.borders]
      .map((border) => entryAt(view, border))
      .filter((entry) => entry !== undefined && from.links.has(entry)) as number[]
    entries.sort((a, b) => from.links.get(b)! - from.links.get(a)!)
    return new Set(entries.flatMap((entry) => this.#regions.at(entry) ?? []).filter((live) => live !== from))
  }

  // Makes a region anew, from more seeds or with all that others have; false if that would leave out something of it.
  #remake(live: Live, view: View, seeds: readonly number[], others: readonly Live[] = []): boolean {
    const parts = [live, ...others]
    const blocks = parts.flatMap(({ region, pageAddress }) =>
      [...region.at.keys()].map((at) => at + pageAddress - live.pageAddress),
    )
    const known = [...seeds, ...blocks]
    const larger = this.#discover(live.page, view, seeds, MOST_GROWN, known, parts)
    if (!larger || known.some((at) => !larger.at.has(at))) return false
    const isWaiting = live.slots.size === 0
    const made = this.#made(live.page, view, seeds, larger, live.growths + (isWaiting ? 0 : 1))
    // Until then the old one serves.
    made.replaces = isWaiting ? live.replaces : live
    if (isWaiting) this.#drop(live)
    if (made.replaces) made.replaces.successor = made
    this.#add(made)
    this.stats.grown++
    return true
  }

  #following(page: CodePage, offset: number): number | undefined {
    const { length, context } = page.format.decode(
      (at) => (offset + at < PAGE ? this.#cache.unitAt(page, offset + at) : 0),
      0,
    )
    return context === 0 && offset + length < PAGE ? offset + length : undefined
  }

  #translate(page: CodePage, pageAddress: number, offset: number): boolean {
    const entry = entryOf(page, offset)
    if (this.#regions.at(entry)) return true
    if (!this.#cache.mayBegin(entry)) return false
    const view = viewOf(this.#cache, page, pageAddress)
    const found = this.#discover(page, view, [offset])
    if (!found) return false
    if (this.#grow(page, pageAddress, offset, view, found)) return true
    const seeds = [offset, ...this.#enteredIn(found, page)]
    const region = seeds.length > 1 ? this.#discover(page, view, seeds) : found
    this.#add(this.#made(page, view, seeds, region ?? found))
    return true
  }

  // Where branches that only running tells have come to in the middle of a region's blocks, such as unrolled loops.
  #enteredIn({ blocks }: Region, page: CodePage): number[] {
    return blocks
      .flatMap(({ steps }) => steps.slice(1))
      .filter(({ offset, context }) => context === 0 && Math.floor(offset / PAGE) === 0)
      .map(({ offset }) => offset)
      .filter((offset) => this.#isLukewarm(entryOf(page, offset)))
      .slice(0, MOST_SEEDS - 1)
  }

  #isLukewarm(entry: number): boolean {
    return this.#interpreter.arrivals(entry) >= this.#hotAfter * LUKEWARM && !this.#regions.at(entry)
  }

  // The parts are regions that it is put together from: all that they have, and of others nothing if they are several.
  #discover(
    page: CodePage,
    view: View,
    offsets: readonly number[],
    most = MOST_INSTRUCTIONS,
    known: readonly number[] = offsets,
    parts: readonly Live[] = [],
  ): Region | undefined {
    const isPart = (offset: number) => {
      const { pointer } = view.pageAt(Math.floor(offset / PAGE))!
      return parts.some((part) => covers(part, pointer, offset & (PAGE - 1)))
    }
    return discover(this.#arch, this.#meanings.get(page.format)!, view, {
      offsets,
      known,
      most,
      isTaken: (offset, call) => {
        const live = this.#regions.in(view, offset)
        if (live === undefined || (call && live.region.instructions <= SMALL)) return false
        // Others may begin in the middle of a block of what it is made of.
        return !isPart(offset)
      },
      isCold: (offset) => {
        const entry = entryAt(view, offset)
        if (entry === undefined || this.#cache.isCold(entry)) return true
        return parts.length > 1 && !isPart(offset)
      },
    })
  }

  // Makes code part of a region that has it in its middle, or that it leads back to.
  #grow(page: CodePage, pageAddress: number, offset: number, view: View, region: Region): boolean {
    const surrounding = this.#regions.surrounding(page, offset)
    const grows = surrounding ?? this.#leadingTo(page, view, region)
    if (!grows) return false
    const { number } = grows
    const live = grows.live.successor ?? grows.live
    const isWaiting = live.slots.size === 0
    if (live.growths >= MOST_GROWTHS && !isWaiting) return false
    // The interpreter comes through a region's code at the end of each slice too: that makes nothing hot.
    const entry = entryOf(page, offset)
    const coldSince = live.coldSince.get(entry) ?? live.began
    live.coldSince.set(entry, this.#slices)
    if (surrounding && (isWaiting || this.#slices - coldSince > RECENTLY)) {
      this.#interpreter.cool(entry)
      return true
    }
    // A large region would cost more than what it gets.
    if (live.region.instructions > MOST_GROWING) return false
    const base = (pageAddress - number * PAGE) >>> 0
    const around = viewOf(this.#cache, live.page, base)
    if (this.#cache.pageAt(base) !== live.page) return false
    const added = offset + number * PAGE
    const seeds = [...live.seeds, added]
    const isCase = (!surrounding || live.growths === 0) && live.region.isIndirect
    const attempts = isCase ? [[...seeds, ...this.#lukewarm(live, around, seeds)], seeds] : [seeds]
    for (const attempt of attempts) {
      if (attempt.length > MOST_SEEDS) continue
      if (this.#remake(live, around, attempt)) return true
    }
    return false
  }

  #leadingTo(page: CodePage, view: View, region: Region): { live: Live; number: number } | undefined {
    for (const border of region.borders) {
      if (region.calls.has(border)) continue
      const live = this.#regions.in(view, border)
      if (live?.page === page && live.region.isIndirect) return { live, number: 0 }
    }
    return undefined
  }

  // What else branches have come to in its page that leads back to it, such as other cases of a switch.
  #lukewarm(live: Live, view: View, seeds: readonly number[]): number[] {
    const { page, region } = live
    const found: number[] = []
    for (let offset = 0; offset < PAGE && found.length < MOST_SEEDS; offset += page.format.unit) {
      const entry = entryOf(page, offset)
      if (!this.#isLukewarm(entry)) continue
      if (region.at.has(offset) || seeds.includes(offset) || !this.#cache.mayBegin(entry)) continue
      const borders = this.#discover(page, view, [offset], MOST_OF_CASE)?.borders ?? []
      if ([...borders].some((border) => this.#regions.in(view, border) === live)) found.push(offset)
    }
    return found
  }

  #made(page: CodePage, view: View, seeds: readonly number[], region: Region, growths = 0): Live {
    const pointer = (at: number) => view.pageAt(Math.floor(at / PAGE))!.pointer
    const first = (view.pageAddress + region.blocks[0]!.offset) >>> 0
    const counted = this.#profiler?.add(first, page.format.name, region.instructions)
    const { aligned } = this.#interpreter
    const passes = growths > 0 ? this.#passes : this.#quickPasses
    const translated = translateRegion(this.#arch, region, { pointer, aligned, passes, counters: counted?.counters })
    const { pageAddress } = view
    const { names, plan } = translated
    this.#onRegion?.({ pageAddress, region, plan, view, module: () => moduleOf(this.#arch, [translated]), names })
    const spans = spansOf(region, (number) => view.pageAt(number)!.pointer)
    const entries = new Map(translated.entries.map((at) => [entryAt(view, at)!, at] as const))
    const leaders = region.blocks.map(({ offset }) => entryAt(view, offset)!)
    const pages = new Map(region.blocks.map(({ offset }) => [pointer(offset), Math.floor(offset / PAGE)] as const))
    const { at, isIndirect, instructions } = region
    this.stats.instructions += instructions
    return {
      page,
      seeds,
      region: { at, isIndirect, instructions },
      // No more than is needed: there may be many.
      translated: { locals: translated.locals, body: new Code().raw(translated.body.bytes()) },
      counted,
      entries,
      leaders,
      pages,
      spans,
      slots: new Map(),
      isDropped: false,
      began: 0,
      coldSince: new Map(),
      module: undefined,
      growths,
      pageAddress,
      borders: region.borders,
      replaces: undefined,
      successor: undefined,
      links: new Map(),
      samples: 0,
    }
  }

  #add(live: Live): void {
    this.#regions.add(live)
    if (this.#waiting.push(live) >= this.#batch) this.#goLive()
  }

  #goLive(): void {
    const batch = this.#waiting.filter((live) => !live.isDropped)
    this.#waiting = []
    if (batch.length === 0) return
    for (const [live, translated] of this.#compile(batch)) if (!this.#begin(live, translated)) break
    if (this.#modules.size > this.#mostModules) this.#merge()
  }

  // Makes a module of regions; gives their functions.
  #compile(regions: readonly Live[]): Map<Live, unknown> {
    const bytes = moduleOf(
      this.#arch,
      regions.map(({ translated }) => translated),
    )
    const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes as BufferSource), {
      emu: { memory: this.#memory },
    })
    this.stats.modules++
    this.stats.wasmBytes += bytes.length
    const module = new Set(regions)
    this.#modules.add(module)
    for (const live of regions) live.module = module
    return new Map(regions.map((live, i) => [live, instance.exports[`r${i}`]]))
  }

  // A module that few regions are left of costs V8 as much as one of many: theirs are put together into new ones.
  #merge(): void {
    const sparse = [...this.#modules].sort((a, b) => a.size - b.size).slice(0, this.#modules.size >> 1)
    const regions = sparse.flatMap((module) => [...module])
    for (const module of sparse) this.#modules.delete(module)
    for (let first = 0; first < regions.length; first += MERGED) {
      for (const [live, translated] of this.#compile(regions.slice(first, first + MERGED))) {
        for (const slot of live.slots.values())
          this.#interpreter.table.set(this.#interpreter.firstRegion + slot, translated)
      }
    }
    this.stats.merges++
  }

  // False if there are too many entries: every region is dropped then.
  #begin(live: Live, translated: unknown): boolean {
    if (live.replaces) {
      this.#drop(live.replaces)
      live.replaces = undefined
      this.#regions.claim(live)
    }
    for (const [entry, offset] of live.entries) {
      if (this.#regions.at(entry) !== live) continue
      this.#cache.prepare(entry)
      if (!this.#cache.mayBegin(entry)) {
        this.#regions.clear(entry)
        continue
      }
      const slot = this.#free.pop() ?? this.#used++
      if (slot >= REGIONS) {
        this.#used = REGIONS
        this.dropAll()
        return false
      }
      live.slots.set(entry, slot)
      this.#bySlot[slot] = live
      const index = this.#interpreter.firstRegion + slot
      this.#pages[index] = Math.floor(offset / PAGE) * PAGE
      this.#interpreter.table.set(index, translated)
      this.#cache.begin(entry, index)
    }
    if (live.slots.size === 0) this.#drop(live)
    else this.stats.regions++
    live.began = this.#slices
    for (const entry of live.leaders) this.#interpreter.cool(entry)
    return true
  }

  #drop(live: Live): void {
    if (live.isDropped) return
    live.isDropped = true
    this.stats.dropped++
    if (live.replaces) live.replaces.successor = undefined
    if (live.counted) this.#profiler?.drop(live.counted)
    this.#regions.remove(live)
    for (const entry of live.entries.keys()) this.#interpreter.cool(entry)
    for (const [entry, slot] of live.slots) {
      const index = this.#interpreter.firstRegion + slot
      this.#cache.unbegin(entry, index)
      this.#interpreter.table.set(index, null)
      this.#free.push(slot)
      this.#bySlot[slot] = undefined
    }
    live.slots.clear()
    const { module } = live
    if (module?.delete(live) && module.size === 0) this.#modules.delete(module)
  }

  /** What regions have done, if they count it. */
  profiles(): readonly RegionProfile[] | undefined {
    return this.#profiler?.profiles()
  }

  /** Drops every region. */
  dropAll(): void {
    // One that is to replace another has no entries of its own yet.
    for (const live of [...this.#regions.all(), ...this.#waiting]) this.#drop(live)
  }

  changed(page: CodePage, from: number, to: number): void {
    for (const live of this.#regions.of(page)) {
      if (live.spans.get(page.pointer)!.some(([start, end]) => start < to && from < end)) this.#drop(live)
    }
  }

  dropped(page: CodePage): void {
    for (const live of this.#regions.of(page)) this.#drop(live)
  }

  flushed(): void {
    this.dropAll()
  }
}
