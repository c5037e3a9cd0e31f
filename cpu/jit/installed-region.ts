// Translated regions as the JIT keeps them.

import { entryShift, REGION_TYPE } from "../codegen/layout.ts"
import { addMaterialisers } from "../codegen/lazy-flags.ts"
import type { CodeCache, CodePage } from "../interpreter/code-cache.ts"
import type { Architecture } from "../isa/index.ts"
import { Module } from "../wasm/index.ts"
import { type CodeView, PAGE, type Region } from "./discover.ts"
import type { Plan } from "./passes/index.ts"
import type { Counted } from "./profile.ts"
import type { Compiled } from "./translate.ts"

/** A region as whoever looks in from outside sees it, at the time when it is translated. */
export type TranslatedRegion = {
  /** Address of the page from which the region's offsets count. */
  readonly pageAddress: number
  readonly region: Region
  /** The region after all passes. */
  readonly plan: Plan
  /** The code that it was found in. */
  readonly view: CodeView
  /** A WebAssembly module of its function alone. */
  module(): Uint8Array
  /** What is in the function's parameters and its first locals. */
  readonly names: readonly string[]
}

/** A region that waits for company, or that is entered. */
export type Live = {
  /** Page that it begins in, and the offsets there that it was made from. */
  readonly page: CodePage
  readonly seeds: readonly number[]
  /** Address of that page where it was translated. */
  readonly pageAddress: number
  readonly region: Pick<Region, "at" | "isIndirect" | "instructions">
  /** Offsets that it goes to which begin another region. */
  readonly borders: ReadonlySet<number>
  readonly translated: Compiled
  readonly counted: Counted | undefined
  /** Offsets by entry. */
  readonly entries: ReadonlyMap<number, number>
  /** Entries at which its blocks start. */
  readonly leaders: readonly number[]
  /** Numbers of its pages, by pointer. */
  readonly pages: ReadonlyMap<number, number>
  /** Bytes of code by page: what it was translated from. */
  readonly spans: ReadonlyMap<number, readonly (readonly [from: number, to: number])[]>
  /** Places in the table of its function, by entry: none while its batch waits. */
  readonly slots: Map<number, number>
  isDropped: boolean
  /** Slices that had been executed when it went live. */
  began: number
  /** Slices that had been executed when arrivals at an entry were last counted from 0; `began` unless given. */
  readonly coldSince: Map<number, number>
  /** The regions of the module that it is in, once it is live. */
  module: Set<Live> | undefined
  /** Times that it was made anew, to become larger. */
  growths: number
  /** Live region in place of which this one is made. */
  replaces: Live | undefined
  /** The region that is made in its place. */
  successor: Live | undefined
  /** Regions that it was seen to leave to, by entry: how often. */
  readonly links: Map<number, number>
  /** The sum of that. */
  samples: number
}

/** Code around a page, and where it is predecoded; pages are numbered from that one. */
export type View = CodeView & { readonly pageAddress: number; pageAt(number: number): CodePage | undefined }

/** The code around a page that stands at that address. */
export function viewOf(cache: CodeCache, page: CodePage, pageAddress: number): View {
  const pages = new Map<number, CodePage | undefined>([[0, page]])
  const pageAt = (number: number): CodePage | undefined => {
    if (!pages.has(number)) {
      const found = cache.pageAt((pageAddress + number * PAGE) >>> 0)
      pages.set(number, found?.format === page.format ? found : undefined)
    }
    return pages.get(number)
  }
  return {
    pageAddress,
    pageAt,
    read: (at) => {
      const number = Math.floor(at / PAGE)
      const found = pageAt(number)
      return found && cache.unitAt(found, at - number * PAGE)
    },
  }
}

/** The entry at an offset in a page. */
export const entryOf = (page: CodePage, offset: number) => page.pointer + (offset << entryShift(page.format.unit))

/** The entry at an offset; undefined where no code is predecoded. */
export function entryAt(view: View, offset: number): number | undefined {
  const number = Math.floor(offset / PAGE)
  const page = view.pageAt(number)
  return page && entryOf(page, offset - number * PAGE)
}

/** A module of the functions of regions, which it exports as r0, r1 and so on. */
export function moduleOf(arch: Architecture, regions: readonly Compiled[]): Uint8Array {
  const module = new Module()
  module.importMemory("emu", "memory", 1, 65_536)
  // To import them would make V8 compile wrappers for each module, which costs more than all else about a small one.
  addMaterialisers(module, arch)
  for (const [i, { locals, body }] of regions.entries()) module.addFunction(REGION_TYPE, locals, body, `r${i}`)
  return module.encode()
}

/** The bytes of code of a region by page, given the pointers of its pages by number. */
export function spansOf(region: Region, pointer: (page: number) => number): Live["spans"] {
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

/** Whether a region was translated from the byte at an offset in the page of that pointer. */
export function covers({ spans }: Live, pointer: number, offset: number): boolean {
  return spans.get(pointer)?.some(([from, to]) => from <= offset && offset < to) ?? false
}
