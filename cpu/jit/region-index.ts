// The region index: finds regions by entry, and by the page that they were translated from.

import type { CodePage, Location } from "../interpreter/code-cache.ts"
import { covers, type InstalledRegion, locationAt, type View } from "./installed-region.ts"
import { PAGE } from "./instruction-ir.ts"
import type { Variant } from "./variant.ts"

/** The regions of a page. Small maps: a large one becomes slow if a guest keeps deleting and setting a key. */
type PageRegions = {
  readonly all: Set<InstalledRegion>
  /** Owners of entries, by offset in the page and variant. */
  readonly owners: Map<number, InstalledRegion>
}

// Key of an entry in its page: each variant may have a region there.
const keyOf = (location: Location, { id }: Variant) => (location % PAGE) + id * PAGE

/** Indexes the live regions of one JIT, both installed and pending. */
export class RegionIndex {
  /** By number of the page. */
  readonly #pages: (PageRegions | undefined)[] = []

  /** The region of a variant that begins at a location; undefined if there is none. */
  at(location: Location, variant: Variant): InstalledRegion | undefined {
    return this.#pages[Math.floor(location / PAGE)]?.owners.get(keyOf(location, variant))
  }

  /** The region of the view's variant that begins at an offset; undefined if there is none. */
  atOffset(view: View, offset: number): InstalledRegion | undefined {
    const location = locationAt(view, offset)
    return location === undefined ? undefined : this.at(location, view.variant)
  }

  /** The regions that were translated from code of a page; a copy, so that the caller may remove regions. */
  inPage({ number }: CodePage): readonly InstalledRegion[] {
    return [...(this.#pages[number]?.all ?? [])]
  }

  /** All regions. */
  all(): readonly InstalledRegion[] {
    return [...new Set(this.#pages.flatMap((page) => [...(page?.all ?? [])]))]
  }

  /** The first region of the view's variant whose code covers an offset of the view's page, with that page's place in it. */
  covering({ page, variant }: View, offset: number): { region: InstalledRegion; number: number } | undefined {
    for (const region of this.#pages[page.number]?.all ?? []) {
      if (region.variant === variant && covers(region, page, offset))
        return { region, number: region.pages.get(page.number)! }
    }
    return undefined
  }

  /** Adds a region. It owns those of its entries that no other region owns. */
  add(region: InstalledRegion): void {
    for (const number of region.codeRanges.keys()) {
      const page = this.#pages[number]
      if (page) page.all.add(region)
      else this.#pages[number] = { all: new Set([region]), owners: new Map() }
    }
    this.claimEntries(region)
  }

  /** Makes a region the owner of those of its entries that are free. */
  claimEntries(region: InstalledRegion): void {
    for (const location of region.entries.keys()) {
      const { owners } = this.#pages[Math.floor(location / PAGE)]!
      const key = keyOf(location, region.variant)
      if (!owners.has(key)) owners.set(key, region)
    }
  }

  /** Frees an entry in one variant. */
  clearEntry(location: Location, variant: Variant): void {
    this.#pages[Math.floor(location / PAGE)]?.owners.delete(keyOf(location, variant))
  }

  /** Removes a region and frees its entries. Returns the numbers of the pages that have no region left. */
  remove(region: InstalledRegion): number[] {
    for (const location of region.entries.keys()) {
      if (this.at(location, region.variant) === region) this.clearEntry(location, region.variant)
    }
    const without: number[] = []
    for (const number of region.codeRanges.keys()) {
      const page = this.#pages[number]
      if (!page?.all.delete(region) || page.all.size > 0) continue
      this.#pages[number] = undefined
      without.push(number)
    }
    return without
  }
}
