// The region index: finds regions by entry, and by the page that they were translated from.

import type { CodePage } from "../interpreter/code-cache.ts"
import { covers, entryAt, type InstalledRegion, type View } from "./installed-region.ts"
import type { Variant } from "./variant.ts"

// Key of a region that begins at an entry: each variant may have one there.
const keyOf = (entry: number, { id }: Variant) => entry + id * 2 ** 32

/** Indexes the live regions of one JIT, both installed and pending. */
export class RegionIndex {
  readonly #byEntry = new Map<number, InstalledRegion>()
  readonly #byPage = new Map<number, Set<InstalledRegion>>()

  /** The region of a variant that begins at an entry; undefined if there is none. */
  at(entry: number, variant: Variant): InstalledRegion | undefined {
    return this.#byEntry.get(keyOf(entry, variant))
  }

  /** The region of the view's variant that begins at an offset; undefined if there is none. */
  atOffset(view: View, offset: number): InstalledRegion | undefined {
    const entry = entryAt(view, offset)
    return entry === undefined ? undefined : this.at(entry, view.variant)
  }

  /** The regions that were translated from code of a page; a copy, so that the caller may remove regions. */
  inPage({ pointer }: CodePage): readonly InstalledRegion[] {
    return [...(this.#byPage.get(pointer) ?? [])]
  }

  /** The regions that own an entry. A pending replacement owns none. */
  all(): readonly InstalledRegion[] {
    return [...new Set(this.#byEntry.values())]
  }

  /** The first region of the view's variant whose code covers an offset of the view's page, with that page's number in it. */
  covering({ page, variant }: View, offset: number): { region: InstalledRegion; number: number } | undefined {
    for (const region of this.#byPage.get(page.pointer) ?? []) {
      if (region.variant === variant && covers(region, page.pointer, offset))
        return { region, number: region.pages.get(page.pointer)! }
    }
    return undefined
  }

  /** Adds a region. It owns those of its entries that no other region owns. */
  add(region: InstalledRegion): void {
    this.claimEntries(region)
    for (const pointer of region.codeRanges.keys()) {
      const known = this.#byPage.get(pointer)
      if (known) known.add(region)
      else this.#byPage.set(pointer, new Set([region]))
    }
  }

  /** Makes a region the owner of those of its entries that are free. */
  claimEntries(region: InstalledRegion): void {
    for (const entry of region.entries.keys()) {
      const key = keyOf(entry, region.variant)
      if (!this.#byEntry.has(key)) this.#byEntry.set(key, region)
    }
  }

  /** Frees an entry in one variant. */
  clearEntry(entry: number, variant: Variant): void {
    this.#byEntry.delete(keyOf(entry, variant))
  }

  /** Removes a region and frees its entries. */
  remove(region: InstalledRegion): void {
    for (const entry of region.entries.keys()) {
      const key = keyOf(entry, region.variant)
      if (this.#byEntry.get(key) === region) this.#byEntry.delete(key)
    }
    for (const pointer of region.codeRanges.keys()) {
      const regions = this.#byPage.get(pointer)
      if (regions?.delete(region) && regions.size === 0) this.#byPage.delete(pointer)
    }
  }
}
