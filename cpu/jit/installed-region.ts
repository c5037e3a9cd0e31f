// Translated regions as the JIT keeps them, and views of the guest code around a page.

import type { AddressType } from "../codegen/address.ts"
import { entryOffset } from "../codegen/code-address.ts"
import { mayBeMisaligned } from "../codegen/guest-access.ts"
import { regionType } from "../codegen/layout.ts"
import { addMaterialisers } from "../codegen/lazy-flags.ts"
import { addMisalignedAccesses } from "../codegen/misaligned.ts"
import type { CodeCache, CodePage, Location } from "../interpreter/code-cache.ts"
import type { Architecture } from "../isa/index.ts"
import { Module } from "../wasm/index.ts"
import type { Region } from "./discover.ts"
import { type CodeView, PAGE } from "./instruction-ir.ts"
import type { Plan } from "./passes/index.ts"
import type { CountedRegion } from "./profile.ts"
import type { Compiled } from "./translate.ts"
import type { Variant } from "./variant.ts"

/** What `JitOptions.onRegion` receives for each region that is translated. */
export type TranslatedRegion = {
  /** The virtual address of an offset, where the region was translated. */
  addressOf(offset: number): number | bigint
  readonly region: Region
  /** The region after its passes. */
  readonly plan: Plan
  /** The guest code that it was discovered in. */
  readonly view: CodeView
  /** A WebAssembly module that has only the region's function. */
  module(): Uint8Array
  /** Names of the function's parameters and of its first locals, by index. */
  readonly names: readonly string[]
}

/** A translated region. It is pending until its function is installed in the interpreter's table. */
export type InstalledRegion = Pick<Region, "blockAt" | "isIndirect" | "instructions" | "boundaries"> & {
  /** The predecoded page that its first seed lies in; offsets count from its start. */
  readonly page: CodePage
  /** Offsets that it was discovered from. */
  readonly seeds: readonly number[]
  /** Virtual page number of `page` when the region was translated. */
  readonly virtualPage: number
  /** The variant that it is specialised for. */
  readonly variant: Variant
  readonly compiled: Compiled
  /** Its profile counters; undefined unless regions count. */
  readonly counted: CountedRegion | undefined
  /** The offset of each entry, by location. */
  readonly entries: ReadonlyMap<Location, number>
  /** Locations of its block leaders. */
  readonly leaders: readonly Location[]
  /** Where each of its pages is, counted from `page`, by the page's number. */
  readonly pages: ReadonlyMap<number, number>
  /** Byte ranges of the code that it was translated from, by the page's number; `to` is exclusive. */
  readonly codeRanges: ReadonlyMap<number, readonly (readonly [from: number, to: number])[]>
  /** Slots of the interpreter's table that hold its function, by the location of the entry; empty while it is pending. */
  readonly tableSlots: Map<Location, number>
  /** Whether it has been invalidated. */
  isInvalidated: boolean
  /** Slices executed before it was installed. */
  installedAt: number
  /** By location, slices executed before the arrivals there began to count; `installedAt` if absent. */
  readonly coldSince: Map<Location, number>
  /** The live regions of its module; undefined until that is compiled. */
  module: Set<InstalledRegion> | undefined
  /** Times that it has grown. */
  growths: number
  /** The installed region that its own installation will invalidate. */
  replaces: InstalledRegion | undefined
  /** The pending region that will replace this one. */
  replacement: InstalledRegion | undefined
  /** Number of sampled exits to other regions, by the location of the other's entry. */
  readonly exitsTo: Map<Location, number>
  /** The sum of `exitsTo`. */
  exitSamples: number
}

/** Whether a region is translated but not installed. */
export const isPending = ({ tableSlots }: InstalledRegion): boolean => tableSlots.size === 0

/** The guest code around a page. Pages are numbered from that one: its virtual successor is 1, its predecessor -1. */
export type View = CodeView & {
  readonly page: CodePage
  /** Virtual page number of `page`. */
  readonly virtualPage: number
  readonly variant: Variant
  /** The predecoded page of a number; undefined where the fetch TLB maps no page in the same code format. */
  pageAt(number: number): CodePage | undefined
}

// Pages of an address space, by address type.
const PAGES = { i32: 2 ** 20, i64: 2 ** 52 } as const

/** The virtual page number `pages` behind another, which wraps around at the end of the address space. */
export const pagePlus = (type: AddressType, page: number, pages: number): number =>
  (page + pages + PAGES[type]) % PAGES[type]

/** The virtual address of an offset from the start of a virtual page; a bigint if addresses are 64 bits wide. */
export function addressIn(type: AddressType, page: number, offset: number): number | bigint {
  if (type === "i32") return (page * PAGE + offset) >>> 0
  return BigInt.asUintN(64, BigInt(page) * BigInt(PAGE) + BigInt(offset))
}

/** A view of the code around a page that is mapped at a virtual page. */
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

/** Address in linear memory of the entry at an offset in a page. */
export const entryOf = (page: CodePage, offset: number): number => page.pointer + entryOffset(page.format, offset)

/** Address in linear memory of the entry at an offset of a view; undefined where no page is predecoded. */
export function entryAt(view: View, offset: number): number | undefined {
  const number = Math.floor(offset / PAGE)
  const page = view.pageAt(number)
  return page && entryOf(page, offset - number * PAGE)
}

/** Location of an offset of a view; undefined where no page is predecoded. */
export function locationAt(view: View, offset: number): Location | undefined {
  const number = Math.floor(offset / PAGE)
  const page = view.pageAt(number)
  return page && locationOf(page, offset - number * PAGE)
}

/** Location of an offset in a page. */
export const locationOf = (page: CodePage, offset: number): Location => page.number * PAGE + offset

/** Encodes a module of the functions of regions. Each is exported as the letter r and its number. */
export function moduleOf(arch: Architecture, regions: readonly Compiled[]): Uint8Array {
  const module = new Module()
  module.importMemory("emu", "memory", 1, 65_536)
  // The module has the materialisers itself: for imported functions V8 compiles wrappers, the largest cost of a small module.
  addMaterialisers(module, arch)
  if (!mayBeMisaligned(arch.byteOrder)) addMisalignedAccesses(module)
  const type = regionType(arch.addressType)
  for (const [i, { locals, body }] of regions.entries()) module.addFunction(type, locals, body, `r${i}`)
  return module.encode()
}

/** The byte ranges of a region's code in a view, by the number of the page. */
export function codeRangesOf(region: Region, view: View): InstalledRegion["codeRanges"] {
  const ranges = new Map<number, [number, number][]>()
  for (const { steps } of region.blocks) {
    for (const { offset, instruction } of steps) {
      const { length } = instruction
      const page = Math.floor(offset / PAGE)
      const from = offset - page * PAGE
      const { number } = view.pageAt(page)!
      const list = ranges.get(number) ?? []
      const last = list[list.length - 1]
      if (last?.[1] === from) last[1] = from + length
      else list.push([from, from + length])
      ranges.set(number, list)
    }
  }
  return ranges
}

/** Whether a region was translated from the byte at an offset in a page. */
export function covers({ codeRanges }: InstalledRegion, { number }: CodePage, offset: number): boolean {
  return codeRanges.get(number)?.some(([from, to]) => from <= offset && offset < to) ?? false
}
