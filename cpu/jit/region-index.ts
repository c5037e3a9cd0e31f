// The regions that there are: by where they begin, and by the pages that they were translated from.

import type { CodePage } from "../interpreter/code-cache.ts"
import { covers, entryAt, type Live, type View } from "./installed-region.ts"

/** Finds regions. */
export class Registry {
  readonly #byEntry = new Map<number, Live>()
  readonly #byPage = new Map<number, Set<Live>>()

  /** The region that begins at an entry. */
  at(entry: number): Live | undefined {
    return this.#byEntry.get(entry)
  }

  /** The region that begins at an offset. */
  in(view: View, offset: number): Live | undefined {
    const entry = entryAt(view, offset)
    return entry === undefined ? undefined : this.#byEntry.get(entry)
  }

  /** The regions that were translated from code of a page. */
  of({ pointer }: CodePage): readonly Live[] {
    return [...(this.#byPage.get(pointer) ?? [])]
  }

  /** The regions that begin somewhere. */
  all(): readonly Live[] {
    return [...new Set(this.#byEntry.values())]
  }

  /** The region in the middle of which an offset of a page lies, and the number of the page in it. */
  surrounding(page: CodePage, offset: number): { live: Live; number: number } | undefined {
    for (const live of this.#byPage.get(page.pointer) ?? []) {
      if (covers(live, page.pointer, offset)) return { live, number: live.pages.get(page.pointer)! }
    }
    return undefined
  }

  add(live: Live): void {
    this.claim(live)
    for (const pointer of live.spans.keys()) {
      const known = this.#byPage.get(pointer)
      if (known) known.add(live)
      else this.#byPage.set(pointer, new Set([live]))
    }
  }

  /** Gives a region those of its entries that no other one has. */
  claim(live: Live): void {
    for (const entry of live.entries.keys()) if (!this.#byEntry.has(entry)) this.#byEntry.set(entry, live)
  }

  /** Lets no region begin at an entry. */
  clear(entry: number): void {
    this.#byEntry.delete(entry)
  }

  remove(live: Live): void {
    for (const entry of live.entries.keys()) if (this.#byEntry.get(entry) === live) this.#byEntry.delete(entry)
    for (const pointer of live.spans.keys()) {
      const regions = this.#byPage.get(pointer)
      if (regions?.delete(live) && regions.size === 0) this.#byPage.delete(pointer)
    }
  }
}
