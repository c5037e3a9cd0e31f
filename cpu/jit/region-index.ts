// Finds regions by the entries where they begin, and by the pages that they were translated from.

import type { CodePage } from "../interpreter/code-cache.ts"
import { covers, entryAt, type InstalledRegion, type View } from "./installed-region.ts"
import type { Variant } from "./variant.ts"

/** What a region that begins at an entry is found by: there may be one for each variant. */
const keyOf = (entry: number, { id }: Variant) => entry + id * 2 ** 32

/** All regions, installed and pending. */
export class RegionIndex {
  readonly #byEntry = new Map<number, InstalledRegion>()
  readonly #byPage = new Map<number, Set<InstalledRegion>>()

  /** The region of a variant that begins at an entry. */
  at(entry: number, variant: Variant): InstalledRegion | undefined {
    return this.#byEntry.get(keyOf(entry, variant))
  }

  /** The region that begins at an offset. */
  atOffset(view: View, offset: number): InstalledRegion | undefined {
    const entry = entryAt(view, offset)
    return entry === undefined ? undefined : this.at(entry, view.variant)
  }

  /** The regions that were translated from code of a page. */
  inPage({ pointer }: CodePage): readonly InstalledRegion[] {
    return [...(this.#byPage.get(pointer) ?? [])]
  }

  /** The regions that begin somewhere; a replacement begins nowhere while it is pending. */
  all(): readonly InstalledRegion[] {
    return [...new Set(this.#byEntry.values())]
  }

  /** The first region of a view's variant whose code includes an offset of its page, and the number of the page in it. */
  covering({ page, variant }: View, offset: number): { region: InstalledRegion; number: number } | undefined {
    for (const region of this.#byPage.get(page.pointer) ?? []) {
      if (region.variant === variant && covers(region, page.pointer, offset))
        return { region, number: region.pages.get(page.pointer)! }
    }
    return undefined
  }

  /** Adds a region, which gets those of its entries that are free. */
  add(region: InstalledRegion): void {
    this.claimEntries(region)
    for (const pointer of region.codeRanges.keys()) {
      const known = this.#byPage.get(pointer)
      if (known) known.add(region)
      else this.#byPage.set(pointer, new Set([region]))
    }
  }

  /** Lets a region begin at those of its entries where no other one does. */
  claimEntries(region: InstalledRegion): void {
    for (const entry of region.entries.keys()) {
      const key = keyOf(entry, region.variant)
      if (!this.#byEntry.has(key)) this.#byEntry.set(key, region)
    }
  }

  /** Lets no region of a variant begin at an entry. */
  clearEntry(entry: number, variant: Variant): void {
    this.#byEntry.delete(keyOf(entry, variant))
  }

  /** Removes a region. */
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
