// The JIT as its user sees it: translates hot code to regions, and invalidates regions whose guest code changes.

import type { CodeObserver, CodePage } from "../interpreter/code-cache.ts"
import type { Interpreter } from "../interpreter/interpreter.ts"
import type { Architecture } from "../isa/index.ts"
import { Growth } from "./growth.ts"
import { Hotness } from "./hotness.ts"
import { entryOf, locationOf, type View } from "./installed-region.ts"
import { ModulePool } from "./module-pool.ts"
import type { JitContext, JitOptions, JitStats } from "./options.ts"
import { Profiler, type RegionProfile } from "./profile.ts"
import { RegionBuilder } from "./region-builder.ts"
import { RegionIndex } from "./region-index.ts"
import { TUNING } from "./tuning.ts"
import { Variants } from "./variant.ts"

/** Translates the hot code of one interpreter to WebAssembly. */
export class Jit implements CodeObserver {
  readonly stats: JitStats = {
    regions: 0,
    modules: 0,
    grown: 0,
    merges: 0,
    instructions: 0,
    wasmBytes: 0,
    invalidated: 0,
    refused: 0,
    translationMs: 0,
  }
  readonly #context: JitContext
  readonly #builder: RegionBuilder
  readonly #pool: ModulePool
  readonly #hotness: Hotness
  readonly #growth: Growth
  readonly #now: () => number

  constructor(arch: Architecture, memory: WebAssembly.Memory, interpreter: Interpreter, options: JitOptions = {}) {
    const context: JitContext = {
      arch,
      memory,
      interpreter,
      regions: new RegionIndex(),
      tuning: { ...TUNING, ...options.tuning },
      stats: this.stats,
      variants: new Variants(arch, memory, () => this.invalidateAll()),
      profiler: options.count ? new Profiler(memory) : undefined,
    }
    this.#context = context
    this.#now = options.now ?? (() => 0)
    this.#builder = new RegionBuilder(context, options)
    this.#pool = new ModulePool(context)
    this.#hotness = new Hotness(context)
    this.#growth = new Growth(context, this.#builder, this.#pool, this.#hotness)
    interpreter.cache.observer = this
    this.#hotness.watch({
      hot: (view, offset) => this.#timed(() => this.#translate(view, offset)),
      regionExit: (location) => this.#timed(() => this.#growth.sampleExit(location)),
    })
  }

  /** Installs the regions that the last slice has translated; called between slices, never while a region runs. */
  installPending(): void {
    this.#pool.countSlice()
    if (this.#pool.hasPending) this.#timed(() => this.#pool.installPending())
  }

  /** The profile of each region; undefined unless regions count (`JitOptions.count`). */
  profiles(): readonly RegionProfile[] | undefined {
    return this.#context.profiler?.profiles()
  }

  /** Invalidates every region. */
  invalidateAll(): void {
    this.#pool.invalidateAll()
  }

  /** Invalidates the regions that were translated from the bytes `from` to `to` of a page; `to` is exclusive. */
  changed(page: CodePage, from: number, to: number): void {
    for (const region of this.#context.regions.inPage(page)) {
      const ranges = region.codeRanges.get(page.number)!
      if (ranges.some(([start, end]) => start < to && from < end)) this.#pool.invalidate(region)
    }
  }

  /** Keeps the regions of a page that the code cache has evicted; returns whether there are any. */
  evicted(page: CodePage): boolean {
    return this.#context.regions.inPage(page).length > 0
  }

  /** Lets the interpreter call the regions of a page again, which is back in memory. */
  restored(page: CodePage): void {
    for (const region of this.#context.regions.inPage(page)) this.#pool.restore(region, page)
  }

  /** Invalidates the regions of a page that the code cache is about to forget. */
  dropped(page: CodePage): void {
    for (const region of this.#context.regions.inPage(page)) this.#pool.invalidate(region)
  }

  /** Invalidates every region, since the code cache is about to forget all pages. */
  flushed(): void {
    this.invalidateAll()
  }

  // Translates hot code to a region of its own, unless an existing region absorbs it. False if no region can begin there.
  #translate(view: View, offset: number): boolean {
    const { interpreter, regions } = this.#context
    if (regions.at(locationOf(view.page, offset), view.variant)) return true
    if (!interpreter.cache.mayBegin(entryOf(view.page, offset))) return false
    const found = this.#builder.find(view, [offset])
    if (!found) return false
    if (this.#growth.absorb(view, offset, found)) return true
    const seeds = [offset, ...this.#hotness.warmInside(view, found)]
    const region = seeds.length > 1 ? this.#builder.find(view, seeds) : found
    this.#pool.add(this.#builder.build(view, seeds, region ?? found))
    return true
  }

  #timed<T>(work: () => T): T {
    const began = this.#now()
    const result = work()
    this.stats.translationMs += this.#now() - began
    return result
  }
}
