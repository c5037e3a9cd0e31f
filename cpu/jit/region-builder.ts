// Finds the region of some seeds among the regions that exist, and translates it.

import type { CodeFormat } from "../isa/index.ts"
import { Code } from "../wasm/index.ts"
import { discover, type Region } from "./discover.ts"
import { codeRangesOf, covers, entryAt, type InstalledRegion, moduleOf, type View } from "./installed-region.ts"
import { IrCache, PAGE } from "./instruction-ir.ts"
import type { JitContext, JitOptions } from "./options.ts"
import { PASSES, type Pass } from "./passes/index.ts"
import { translateRegion } from "./translate.ts"

/** How far a region may reach. */
export type Extent = {
  /** Instructions of the region; those of a new one, unless given. */
  readonly maxInstructions?: number
  /** Offsets of blocks that it must have; its seeds, unless given. */
  readonly required?: readonly number[]
  /** The regions whose code it takes over; if they are several, it gets no other code. */
  readonly parts?: readonly InstalledRegion[]
}

/** Makes regions of guest code. */
export class RegionBuilder {
  readonly #context: JitContext
  readonly #irs: ReadonlyMap<CodeFormat, IrCache>
  readonly #onRegion: JitOptions["onRegion"]
  /** For new regions, and for those that have grown. */
  readonly #quickPasses: readonly Pass[]
  readonly #passes: readonly Pass[]

  constructor(context: JitContext, options: JitOptions) {
    const { arch } = context
    this.#context = context
    this.#onRegion = options.onRegion
    this.#passes = PASSES.filter(({ name }) => !options.without?.includes(name))
    this.#quickPasses = this.#passes.filter(({ isThorough }) => options.thorough || !isThorough)
    this.#irs = new Map(arch.formats.map((format) => [format, new IrCache(arch, format)]))
  }

  /** Finds the region of some seeds; undefined if the first cannot be translated. */
  find(view: View, seeds: readonly number[], extent: Extent = {}): Region | undefined {
    const { arch, interpreter, regions, tuning } = this.#context
    const { maxInstructions = tuning.maxInstructions, required = seeds, parts = [] } = extent
    const isOfParts = (offset: number) => {
      const { pointer } = view.pageAt(Math.floor(offset / PAGE))!
      return parts.some((part) => covers(part, pointer, offset & (PAGE - 1)))
    }
    return discover(arch, this.#irs.get(view.page.format)!, view, {
      seeds,
      required,
      maxInstructions,
      isBoundary: (offset, isCalled) => {
        const region = regions.atOffset(view, offset)
        if (region === undefined || (isCalled && region.instructions <= tuning.maxInlinedInstructions)) return false
        // Another region may begin in the middle of a block of a part.
        return !isOfParts(offset)
      },
      isCold: (offset) => {
        const entry = entryAt(view, offset)
        if (entry === undefined || interpreter.cache.isCold(entry)) return true
        return parts.length > 1 && !isOfParts(offset)
      },
    })
  }

  /** Translates a region that has grown so many times. */
  build(view: View, seeds: readonly number[], region: Region, growths = 0): InstalledRegion {
    const { arch, interpreter, profiler, stats } = this.#context
    const { page, pageAddress } = view
    const { blocks, blockAt, isIndirect, instructions, boundaries } = region
    const pointer = (offset: number) => view.pageAt(Math.floor(offset / PAGE))!.pointer
    const address = (pageAddress + blocks[0]!.offset) >>> 0
    const counted = profiler?.add(address, page.format.name, instructions)
    const translated = translateRegion(arch, region, {
      pointer,
      aligned: interpreter.aligned,
      passes: growths > 0 ? this.#passes : this.#quickPasses,
      counters: counted?.counters,
    })
    const { names, plan, locals, body, entries } = translated
    this.#onRegion?.({ pageAddress, region, plan, view, module: () => moduleOf([translated]), names })
    stats.instructions += instructions
    return {
      page,
      seeds,
      blockAt,
      isIndirect,
      instructions,
      boundaries,
      // A copy without spare room: there may be many.
      compiled: { locals, body: new Code().raw(body.bytes()) },
      counted,
      entries: new Map(entries.map((offset) => [entryAt(view, offset)!, offset] as const)),
      leaders: blocks.map(({ offset }) => entryAt(view, offset)!),
      pages: new Map(blocks.map(({ offset }) => [pointer(offset), Math.floor(offset / PAGE)] as const)),
      codeRanges: codeRangesOf(region, (number) => view.pageAt(number)!.pointer),
      tableSlots: new Map(),
      isDropped: false,
      installedAt: 0,
      coldSince: new Map(),
      module: undefined,
      growths,
      pageAddress,
      replaces: undefined,
      successor: undefined,
      exitsTo: new Map(),
      exitSamples: 0,
    }
  }
}
