// Finds regions by the entries where they begin, and by the pages that they were translated from.

import type { CodePage } from "../interpreter/code-cache.ts"
import { covers, entryAt, type InstalledRegion, type View } from "./installed-region.ts"

/** All regions, installed and pending. */
export class RegionIndex {
  readonly #byEntry = new Map<number, InstalledRegion>()
  readonly #byPage = new Map<number, Set<InstalledRegion>>()

  /** The region that begins at an entry. */
  at(entry: number): InstalledRegion | undefined {
    return this.#byEntry.get(entry)
  }

  /** The region that begins at an offset. */
  atOffset(view: View, offset: number): InstalledRegion | undefined {
    const entry = entryAt(view, offset)
    return entry === undefined ? undefined : this.#byEntry.get(entry)
  }

  /** The regions that were translated from code of a page. */
  inPage({ pointer }: CodePage): readonly InstalledRegion[] {
    return [...(this.#byPage.get(pointer) ?? [])]
  }

  /** The regions that begin somewhere; a replacement begins nowhere while it is pending. */
  all(): readonly InstalledRegion[] {
    return [...new Set(this.#byEntry.values())]
  }

  /** The first region whose code includes an offset of a page, and the number of the page in it. */
  covering(page: CodePage, offset: number): { region: InstalledRegion; number: number } | undefined {
    for (const region of this.#byPage.get(page.pointer) ?? []) {
      if (covers(region, page.pointer, offset)) return { region, number: region.pages.get(page.pointer)! }
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
    for (const entry of region.entries.keys()) if (!this.#byEntry.has(entry)) this.#byEntry.set(entry, region)
  }

  /** Lets no region begin at an entry. */
  clearEntry(entry: number): void {
    this.#byEntry.delete(entry)
  }

  /** Removes a region. */
  remove(region: InstalledRegion): void {
    for (const entry of region.entries.keys()) if (this.#byEntry.get(entry) === region) this.#byEntry.delete(entry)
    for (const pointer of region.codeRanges.keys()) {
      const regions = this.#byPage.get(pointer)
      if (regions?.delete(region) && regions.size === 0) this.#byPage.delete(pointer)
    }
  }
}
