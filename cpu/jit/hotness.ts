// Hotness: turns the interpreter's reports and its counters of branch arrivals into hot and warm places.

import { granuleOf } from "../codegen/code-address.ts"
import { HOT } from "../codegen/layout.ts"
import type { CodePage, Location } from "../interpreter/code-cache.ts"
import type { Region } from "./discover.ts"
import { entryOf, locationOf, type View, viewOf } from "./installed-region.ts"
import { PAGE } from "./instruction-ir.ts"
import type { JitContext } from "./options.ts"

/** Receives reports of hot code. */
export type HotnessListener = {
  /** Reports a hot instruction; returns whether it is part of a region now. */
  hot(view: View, offset: number): boolean
  /** Reports a sampled exit from one region to another, which begins at the location. */
  regionExit(location: Location): void
}

/** Watches one interpreter for hot code. */
export class Hotness {
  readonly #context: JitContext

  constructor(context: JitContext) {
    this.#context = context
  }

  /** Starts the interpreter's counters, and reports hot code to the listener from now on. */
  watch(listener: HotnessListener): void {
    const { interpreter, tuning, stats } = this.#context
    interpreter.sampleExits(tuning.exitsPerSample)
    interpreter.watchHot(tuning.hotAfter, (entry, virtualPage, why) => {
      const page = interpreter.cache.pageOf(entry)
      if (why === HOT.regionExit) {
        interpreter.sampleExits(tuning.exitsPerSample)
        if (page) listener.regionExit(locationOf(page, interpreter.cache.offsetOf(entry)))
        return
      }
      if (page && !this.#report(listener, page, virtualPage, entry, why)) stats.refused++
    })
  }

  #report(listener: HotnessListener, page: CodePage, virtualPage: number, entry: number, why: number): boolean {
    const { arch, interpreter, variants } = this.#context
    const view = viewOf(interpreter.cache, arch.addressType, page, virtualPage, variants.current(page.format))
    const offset = interpreter.cache.offsetOf(entry)
    // Regions exit before an instruction that they cannot execute. An entry behind it leads back into translated code.
    if (why !== HOT.interpreted && listener.hot(view, offset)) return true
    const next = this.#nextOffset(page, offset)
    return next !== undefined && listener.hot(view, next)
  }

  #nextOffset(page: CodePage, offset: number): number | undefined {
    const { cache } = this.#context.interpreter
    const slot = page.format.slots ? offset & (page.format.unit - 1) : 0
    const start = offset - slot
    const { length, context } = page.format.decode(
      (at) => (start + at < PAGE ? cache.unitAt(page, start + at) : 0),
      0,
      slot,
    )
    return context === 0 && offset + length < PAGE ? offset + length : undefined
  }

  /**
   * Warm offsets inside the blocks of a region. Indirect branches arrive there, for example in an unrolled loop that is
   * entered at a computed address.
   */
  warmInside(view: View, { blocks }: Region): number[] {
    return blocks
      .flatMap(({ steps }) => steps.slice(1))
      .filter(({ offset, context }) => context === 0 && Math.floor(offset / PAGE) === 0)
      .map(({ offset }) => offset)
      .filter((offset) => this.#isWarm(view, offset))
      .slice(0, this.#context.tuning.maxSeeds - 1)
  }

  /** Warm offsets of a page that satisfy a predicate, in rising order, as many as a region may have seeds. */
  warmOffsets(view: View, accepts: (offset: number) => boolean): number[] {
    const found: number[] = []
    const { page } = view
    const step = granuleOf(page.format)
    for (let offset = 0; offset < PAGE && found.length < this.#context.tuning.maxSeeds; offset += step) {
      if (this.#isWarm(view, offset) && accepts(offset)) found.push(offset)
    }
    return found
  }

  // Whether no region begins at the entry although it has a good share of the arrivals that would make it hot.
  #isWarm({ page, variant }: View, offset: number): boolean {
    const { interpreter, regions, tuning } = this.#context
    const entry = entryOf(page, offset)
    if (interpreter.arrivals(entry) < tuning.hotAfter * tuning.warmShare) return false
    return !regions.at(locationOf(page, offset), variant)
  }
}
