// Region growth: rebuilds a region to include hot code that belongs to it, or the regions that it often exits to.

import type { Location } from "../interpreter/code-cache.ts"
import type { Region } from "./discover.ts"
import type { Hotness } from "./hotness.ts"
import {
  entryOf,
  type InstalledRegion,
  isPending,
  locationAt,
  locationOf,
  pagePlus,
  type View,
  viewOf,
} from "./installed-region.ts"
import { PAGE } from "./instruction-ir.ts"
import type { ModulePool } from "./module-pool.ts"
import type { JitContext } from "./options.ts"
import type { RegionBuilder } from "./region-builder.ts"

/** Most successors that the samples of a region tell apart. */
const MAX_SUCCESSORS = 64

/** A region that may grow, and the number of the hot page within it. */
type Candidate = { readonly region: InstalledRegion; readonly number: number }

/** Decides when a region grows, and rebuilds it. */
export class Growth {
  readonly #context: JitContext
  readonly #builder: RegionBuilder
  readonly #pool: ModulePool
  readonly #hotness: Hotness

  constructor(context: JitContext, builder: RegionBuilder, pool: ModulePool, hotness: Hotness) {
    this.#context = context
    this.#builder = builder
    this.#pool = pool
    this.#hotness = hotness
  }

  /** Records a sampled exit from the region called last to the one at a location; enough samples make the region grow. */
  sampleExit(location: Location): void {
    const { arch, interpreter, regions, tuning } = this.#context
    const from = this.#pool.lastCalled
    const to = from && regions.at(location, from.variant)
    if (!from || !to || from === to || isPending(to)) return
    // Indirect branches may lead anywhere.
    if (from.exitsTo.size === MAX_SUCCESSORS) from.exitsTo.clear()
    from.exitsTo.set(location, (from.exitsTo.get(location) ?? 0) + 1)
    from.exitSamples++
    const { page, virtualPage, variant } = from
    if (from.replacement || from.growths >= tuning.maxGrowths || interpreter.cache.pageAt(virtualPage) !== page) return
    const view = viewOf(interpreter.cache, arch.addressType, page, virtualPage, variant)
    const parts: InstalledRegion[] = []
    let { instructions } = from
    for (const successor of this.#sampledSuccessors(from, view)) {
      if (instructions + successor.instructions > tuning.maxGrownInstructions) continue
      instructions += successor.instructions
      parts.push(successor)
    }
    const enough = tuning.samplesToGrow + instructions * tuning.samplesPerInstruction
    if (parts.length === 0 || from.exitSamples < enough) return
    if (!this.#rebuild(from, view, from.seeds, parts)) from.growths = tuning.maxGrowths
  }

  /** Adds newly hot code to the region that contains it or that it leads back to; false if there is no such region. */
  absorb(view: View, offset: number, found: Region): boolean {
    const { arch, interpreter, regions, tuning } = this.#context
    const { page, virtualPage, variant } = view
    const surrounding = regions.covering(view, offset)
    const candidate = surrounding ?? this.#continuation(view, found)
    if (!candidate) return false
    const { number } = candidate
    const region = candidate.region.replacement ?? candidate.region
    if (region.growths >= tuning.maxGrowths && !isPending(region)) return false
    const isRecent = this.#isRecentlyHot(region, locationOf(page, offset))
    if (surrounding && !isRecent) {
      interpreter.cool(entryOf(page, offset))
      return true
    }
    if (region.instructions > tuning.maxAbsorbingInstructions) return false
    const base = pagePlus(arch.addressType, virtualPage, -number)
    if (interpreter.cache.pageAt(base) !== region.page) return false
    const around = viewOf(interpreter.cache, arch.addressType, region.page, base, variant)
    const seeds = [...region.seeds, offset + number * PAGE]
    const isCase = (!surrounding || region.growths === 0) && region.isIndirect
    const attempts = isCase ? [[...seeds, ...this.#otherCases(region, around, seeds)], seeds] : [seeds]
    return attempts.some((attempt) => attempt.length <= tuning.maxSeeds && this.#rebuild(region, around, attempt))
  }

  // At the end of each slice the interpreter executes some of a region's code. Those arrivals add up slowly: no sign of heat.
  #isRecentlyHot(region: InstalledRegion, location: Location): boolean {
    const { slices } = this.#pool
    const coldSince = region.coldSince.get(location) ?? region.installedAt
    region.coldSince.set(location, slices)
    return !isPending(region) && slices - coldSince <= this.#context.tuning.recentSlices
  }

  // The region of the same page with indirect branches that the new code leads to, as a case leads back to its switch.
  #continuation(view: View, { boundaries, calls }: Region): Candidate | undefined {
    for (const boundary of boundaries) {
      if (calls.has(boundary)) continue
      const region = this.#context.regions.atOffset(view, boundary)
      if (region?.page === view.page && region.isIndirect) return { region, number: 0 }
    }
    return undefined
  }

  // Other warm code of the page that leads back to the region, such as further cases of a switch.
  #otherCases(region: InstalledRegion, view: View, seeds: readonly number[]): number[] {
    const { interpreter, regions, tuning } = this.#context
    return this.#hotness.warmOffsets(view, (offset) => {
      if (region.blockAt.has(offset) || seeds.includes(offset)) return false
      if (!interpreter.cache.mayBegin(entryOf(view.page, offset))) return false
      const found = this.#builder.find(view, [offset], { maxInstructions: tuning.maxCaseInstructions })
      return [...(found?.boundaries ?? [])].some((boundary) => regions.atOffset(view, boundary) === region)
    })
  }

  // The successors of a region among its sampled exits, the most frequent first.
  #sampledSuccessors(from: InstalledRegion, view: View): Set<InstalledRegion> {
    const locations = [...from.boundaries]
      .map((boundary) => locationAt(view, boundary))
      .filter((location) => location !== undefined && from.exitsTo.has(location)) as Location[]
    locations.sort((a, b) => from.exitsTo.get(b)! - from.exitsTo.get(a)!)
    return new Set(
      locations
        .flatMap((location) => this.#context.regions.at(location, from.variant) ?? [])
        .filter((region) => region !== from),
    )
  }

  // Rebuilds a region from more seeds, or with the code of others. False if the result would lack some of their code.
  #rebuild(
    region: InstalledRegion,
    view: View,
    seeds: readonly number[],
    others: readonly InstalledRegion[] = [],
  ): boolean {
    const parts = [region, ...others]
    const blocks = parts.flatMap(({ blockAt, virtualPage }) =>
      [...blockAt.keys()].map((offset) => offset + (virtualPage - region.virtualPage) * PAGE),
    )
    const required = [...seeds, ...blocks]
    const maxInstructions = this.#context.tuning.maxGrownInstructions
    const larger = this.#builder.find(view, seeds, { maxInstructions, required, parts })
    if (!larger || required.some((offset) => !larger.blockAt.has(offset))) return false
    const wasPending = isPending(region)
    const built = this.#builder.build(view, seeds, larger, region.growths + (wasPending ? 0 : 1))
    // An installed region serves until the new one replaces it.
    built.replaces = wasPending ? region.replaces : region
    if (wasPending) this.#pool.invalidate(region)
    if (built.replaces) built.replaces.replacement = built
    this.#pool.add(built)
    this.#context.stats.grown++
    return true
  }
}
