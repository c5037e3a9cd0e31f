// What is hot: reports of the interpreter, and its counters of the branches that arrive at each entry.

import { granuleOf } from "../codegen/code-address.ts"
import { HOT } from "../codegen/layout.ts"
import type { CodePage } from "../interpreter/code-cache.ts"
import type { Region } from "./discover.ts"
import { entryOf, type View, viewOf } from "./installed-region.ts"
import { PAGE } from "./instruction-ir.ts"
import type { JitContext } from "./options.ts"

/** Who acts on what is hot. */
export type HotnessListener = {
  /** An instruction is hot; returns whether it could become part of a region. */
  hot(view: View, offset: number): boolean
  /** Some region has exited to the one that begins at the entry; a sample of many such exits. */
  regionExit(entry: number): void
}

/** Watches the interpreter for hot code. */
export class Hotness {
  readonly #context: JitContext

  constructor(context: JitContext) {
    this.#context = context
  }

  /** Reports hot code to the listener from now on. */
  watch(listener: HotnessListener): void {
    const { interpreter, tuning, stats } = this.#context
    interpreter.countLinks(tuning.exitsPerSample)
    interpreter.watchHot(tuning.hotAfter, (entry, virtualPage, why) => {
      if (why === HOT.linked) {
        interpreter.countLinks(tuning.exitsPerSample)
        listener.regionExit(entry)
        return
      }
      const page = interpreter.cache.pageOf(entry)
      if (page && !this.#report(listener, page, virtualPage, entry, why)) stats.refused++
    })
  }

  #report(listener: HotnessListener, page: CodePage, virtualPage: number, entry: number, why: number): boolean {
    const { arch, interpreter, variants } = this.#context
    const view = viewOf(interpreter.cache, arch.addressType, page, virtualPage, variants.current(page.format))
    const offset = interpreter.cache.offsetOf(entry)
    // No region can do the instruction itself if regions leave it to the interpreter, but one may begin behind it.
    if (why !== HOT.stays && listener.hot(view, offset)) return true
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
   * Warm offsets in the middle of a region's blocks. Branches through registers arrive there, for example in an unrolled
   * loop that is entered by a computed address.
   */
  warmInside(view: View, { blocks }: Region): number[] {
    return blocks
      .flatMap(({ steps }) => steps.slice(1))
      .filter(({ offset, context }) => context === 0 && Math.floor(offset / PAGE) === 0)
      .map(({ offset }) => offset)
      .filter((offset) => this.#isWarm(entryOf(view.page, offset), view))
      .slice(0, this.#context.tuning.maxSeeds - 1)
  }

  /** Warm offsets of a page that pass a test. */
  warmOffsets(view: View, isWanted: (offset: number, entry: number) => boolean): number[] {
    const found: number[] = []
    const { page } = view
    const step = granuleOf(page.format)
    for (let offset = 0; offset < PAGE && found.length < this.#context.tuning.maxSeeds; offset += step) {
      const entry = entryOf(page, offset)
      if (this.#isWarm(entry, view) && isWanted(offset, entry)) found.push(offset)
    }
    return found
  }

  // Warm: no region begins there, and it has had a share of the arrivals that would make it hot.
  #isWarm(entry: number, { variant }: View): boolean {
    const { interpreter, regions, tuning } = this.#context
    return interpreter.arrivals(entry) >= tuning.hotAfter * tuning.warmShare && !regions.at(entry, variant)
  }
}
