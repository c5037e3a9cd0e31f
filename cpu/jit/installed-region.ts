// A translated region as the JIT keeps it, and the guest code around it.

import type { AddressType } from "../codegen/address.ts"
import { entryOffset } from "../codegen/code-address.ts"
import { regionType } from "../codegen/layout.ts"
import { addMaterialisers } from "../codegen/lazy-flags.ts"
import type { CodeCache, CodePage } from "../interpreter/code-cache.ts"
import type { Architecture } from "../isa/index.ts"
import { Module } from "../wasm/index.ts"
import type { Region } from "./discover.ts"
import { type CodeView, PAGE } from "./instruction-ir.ts"
import type { Plan } from "./passes/index.ts"
import type { CountedRegion } from "./profile.ts"
import type { Compiled } from "./translate.ts"
import type { Variant } from "./variant.ts"

/** A region as an observer of the JIT sees it when it is translated. */
export type TranslatedRegion = {
  /** The address of an offset. */
  addressOf(offset: number): number | bigint
  readonly region: Region
  /** The region after all passes. */
  readonly plan: Plan
  /** The code that it was found in. */
  readonly view: CodeView
  /** A WebAssembly module of its function alone. */
  module(): Uint8Array
  /** Names of the function's parameters and first locals. */
  readonly names: readonly string[]
}

/** A translated region; it is pending until it is installed in the interpreter's table. */
export type InstalledRegion = Pick<Region, "blockAt" | "isIndirect" | "instructions" | "boundaries"> & {
  /** The page that it begins in. */
  readonly page: CodePage
  /** Offsets in that page that it was found from. */
  readonly seeds: readonly number[]
  /** Number of that virtual page where it was translated. */
  readonly virtualPage: number
  readonly variant: Variant
  readonly compiled: Compiled
  /** Its counters, if regions count. */
  readonly counted: CountedRegion | undefined
  /** Offsets by entry. */
  readonly entries: ReadonlyMap<number, number>
  /** Entries at which its blocks start. */
  readonly leaders: readonly number[]
  /** Numbers of its pages, by pointer. */
  readonly pages: ReadonlyMap<number, number>
  /** The bytes of code that it was translated from, by pointer of the page. */
  readonly codeRanges: ReadonlyMap<number, readonly (readonly [from: number, to: number])[]>
  /** Slots of the interpreter's table that hold its function, by entry. */
  readonly tableSlots: Map<number, number>
  isDropped: boolean
  /** Slices that had been executed when it was installed. */
  installedAt: number
  /** Slices that had been executed when the arrivals at an entry began to count; `installedAt` unless given. */
  readonly coldSince: Map<number, number>
  /** The regions of its module, once that is compiled. */
  module: Set<InstalledRegion> | undefined
  /** Times that it was rebuilt to become larger. */
  growths: number
  /** The installed region that it replaces when it is installed itself. */
  replaces: InstalledRegion | undefined
  /** The pending region that replaces this one. */
  replacement: InstalledRegion | undefined
  /** Sampled exits to other regions, by entry. */
  readonly exitsTo: Map<number, number>
  /** Their number. */
  exitSamples: number
}

/** Whether a region is not installed yet. */
export const isPending = ({ tableSlots }: InstalledRegion): boolean => tableSlots.size === 0

/** The code around a page, with its predecoded pages; they are numbered from that one. */
export type View = CodeView & {
  readonly page: CodePage
  /** Number of its virtual page. */
  readonly virtualPage: number
  readonly variant: Variant
  pageAt(number: number): CodePage | undefined
}

/** Pages of an address space, by the width of addresses. */
const PAGES = { i32: 2 ** 20, i64: 2 ** 52 } as const

/** The number of the virtual page so many pages further on. */
export const pagePlus = (type: AddressType, page: number, pages: number): number =>
  (page + pages + PAGES[type]) % PAGES[type]

/** The address of an offset from the start of a virtual page. */
export function addressIn(type: AddressType, page: number, offset: number): number | bigint {
  if (type === "i32") return (page * PAGE + offset) >>> 0
  return BigInt.asUintN(64, BigInt(page) * BigInt(PAGE) + BigInt(offset))
}

/** The code around a page that stands at that virtual page. */
export function viewOf(
  cache: CodeCache,
  type: AddressType,
  page: CodePage,
  virtualPage: number,
  variant: Variant,
): View {
  const pages = new Map<number, CodePage | undefined>([[0, page]])
  const pageAt = (number: number): CodePage | undefined => {
    if (!pages.has(number)) {
      const found = cache.pageAt(pagePlus(type, virtualPage, number))
      pages.set(number, found?.format === page.format ? found : undefined)
    }
    return pages.get(number)
  }
  return {
    page,
    virtualPage,
    variant,
    pageAt,
    read: (offset) => {
      const number = Math.floor(offset / PAGE)
      const found = pageAt(number)
      return found && cache.unitAt(found, offset - number * PAGE)
    },
  }
}

/** The entry at an offset in a page. */
export const entryOf = (page: CodePage, offset: number): number => page.pointer + entryOffset(page.format, offset)

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
  // V8 would compile a wrapper per module for an imported function, which costs more than all else in a small module.
  addMaterialisers(module, arch)
  const type = regionType(arch.addressType)
  for (const [i, { locals, body }] of regions.entries()) module.addFunction(type, locals, body, `r${i}`)
  return module.encode()
}

/** The bytes of code of a region by page, given the pointers of its pages by number. */
export function codeRangesOf(region: Region, pointer: (page: number) => number): InstalledRegion["codeRanges"] {
  const ranges = new Map<number, [number, number][]>()
  for (const { steps } of region.blocks) {
    for (const { offset, instruction } of steps) {
      const { length } = instruction
      const page = Math.floor(offset / PAGE)
      const from = offset - page * PAGE
      const list = ranges.get(pointer(page)) ?? []
      const last = list[list.length - 1]
      if (last?.[1] === from) last[1] = from + length
      else list.push([from, from + length])
      ranges.set(pointer(page), list)
    }
  }
  return ranges
}

/** Whether a region was translated from the byte at an offset in the page of that pointer. */
export function covers({ codeRanges }: InstalledRegion, pointer: number, offset: number): boolean {
  return codeRanges.get(pointer)?.some(([from, to]) => from <= offset && offset < to) ?? false
}
