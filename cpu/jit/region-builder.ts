// Builds regions: discovers the blocks that belong to some seeds, beside the regions that exist, and translates them.

import type { CodeFormat } from "../isa/index.ts"
import { Code } from "../wasm/index.ts"
import { discover, type Region } from "./discover.ts"
import {
  addressIn,
  codeRangesOf,
  covers,
  entryAt,
  type InstalledRegion,
  locationAt,
  moduleOf,
  type View,
} from "./installed-region.ts"
import { PAGE } from "./instruction-ir.ts"
import { IrCache } from "./ir-cache.ts"
import type { JitContext, JitOptions } from "./options.ts"
import { PASSES, type Pass } from "./passes/index.ts"
import { translateRegion } from "./translate.ts"
import type { Variant } from "./variant.ts"

/** Variants whose IR is cached at a time: some ten megabytes each. */
const MAX_VARIANTS = 16

/** Limits of a region, where they differ from those of a new one. */
export type Extent = {
  /** Instructions at most; `maxInstructions` of the tuning unless given. */
  readonly maxInstructions?: number
  /** Offsets at which blocks must begin; the seeds unless given. */
  readonly required?: readonly number[]
  /** Regions whose code it takes over. If there are several, it takes no other code. */
  readonly parts?: readonly InstalledRegion[]
}

/** Discovers and translates the regions of one JIT. */
export class RegionBuilder {
  readonly #context: JitContext
  readonly #irs = new Map<Variant, Map<CodeFormat, IrCache>>()
  readonly #onRegion: JitOptions["onRegion"]
  /** Passes for new regions; `#passes` has those for grown ones. */
  readonly #quickPasses: readonly Pass[]
  readonly #passes: readonly Pass[]

  constructor(context: JitContext, options: JitOptions) {
    this.#context = context
    this.#onRegion = options.onRegion
    this.#passes = PASSES.filter(({ name }) => !options.without?.includes(name))
    this.#quickPasses = this.#passes.filter(({ isThorough }) => options.thorough || !isThorough)
  }

  #irsOf({ page: { format }, variant }: View): IrCache {
    let irs = this.#irs.get(variant)
    if (!irs) {
      if (this.#irs.size === MAX_VARIANTS) this.#irs.clear()
      this.#irs.set(variant, (irs = new Map()))
    }
    let cache = irs.get(format)
    if (!cache) irs.set(format, (cache = new IrCache(this.#context.arch, format, variant)))
    return cache
  }

  /** The region of some seeds, not yet translated; undefined if the first seed cannot be translated. */
  find(view: View, seeds: readonly number[], extent: Extent = {}): Region | undefined {
    const { arch, interpreter, regions, tuning } = this.#context
    const { maxInstructions = tuning.maxInstructions, required = seeds, parts = [] } = extent
    const isOfParts = (offset: number) => {
      const page = view.pageAt(Math.floor(offset / PAGE))!
      return parts.some((part) => covers(part, page, offset & (PAGE - 1)))
    }
    return discover(arch, this.#irsOf(view), view, {
      seeds,
      required,
      maxInstructions,
      isBoundary: (offset, isCalled) => {
        const region = regions.atOffset(view, offset)
        if (region === undefined || (isCalled && region.instructions <= tuning.maxInlinedInstructions)) return false
        // Another region may begin inside a block of a part. The grown region must keep that code.
        return !isOfParts(offset)
      },
      isCold: (offset) => {
        const entry = entryAt(view, offset)
        if (entry === undefined || interpreter.cache.isCold(entry)) return true
        return parts.length > 1 && !isOfParts(offset)
      },
    })
  }

  /** Translates a region that has grown `growths` times; the result is pending. */
  build(view: View, seeds: readonly number[], region: Region, growths = 0): InstalledRegion {
    const { arch, interpreter, profiler, stats } = this.#context
    const { page, virtualPage, variant } = view
    const addressOf = (offset: number) => addressIn(arch.addressType, virtualPage, offset)
    const { blocks, blockAt, isIndirect, instructions, boundaries } = region
    const pageNumber = (offset: number) => view.pageAt(Math.floor(offset / PAGE))!.number
    const counted = profiler?.add(addressOf(blocks[0]!.offset), page.format.name, instructions)
    const translated = translateRegion(arch, region, {
      pageNumber,
      aligned: interpreter.aligned,
      passes: growths > 0 ? this.#passes : this.#quickPasses,
      variant,
      counters: counted?.counters,
    })
    const { names, plan, locals, body, entries } = translated
    this.#onRegion?.({
      addressOf,
      region,
      plan,
      view,
      module: () => moduleOf(arch, [translated]),
      names,
    })
    stats.instructions += instructions
    return {
      page,
      seeds,
      blockAt,
      isIndirect,
      instructions,
      boundaries,
      // A copy without spare capacity: there may be many regions.
      compiled: { locals, body: new Code().raw(body.bytes()) },
      counted,
      entries: new Map(entries.map((offset) => [locationAt(view, offset)!, offset] as const)),
      leaders: blocks.map(({ offset }) => locationAt(view, offset)!),
      pages: new Map(blocks.map(({ offset }) => [pageNumber(offset), Math.floor(offset / PAGE)] as const)),
      codeRanges: codeRangesOf(region, view),
      tableSlots: new Map(),
      isInvalidated: false,
      installedAt: 0,
      coldSince: new Map(),
      module: undefined,
      growths,
      virtualPage,
      variant,
      replaces: undefined,
      replacement: undefined,
      exitsTo: new Map(),
      exitSamples: 0,
    }
  }
}
