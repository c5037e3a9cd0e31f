// The extents of a file on HFS and HFS Plus: a record has the first ones, the tree of extents the others (Inside
// Macintosh: Files, 2-74; Apple Technical Note 1150, Extents Overflow File).

import type { Extent } from "./byte-source.ts"

/** The most extents that a file may have. */
const MAX_EXTENTS = 65_536

/** What is looked for: bytes of a file, in blocks of a size. */
export type Wanted = { readonly size: number; readonly blockBytes: number }

/** The first extents and as many more as a file of that size needs; `more` finds those that begin at a block. */
export function allExtents(
  first: readonly Extent[],
  { size, blockBytes }: Wanted,
  more: (block: number) => readonly Extent[],
): Extent[] {
  const extents = [...first]
  let bytes = bytesOf(extents)
  while (bytes < size && extents.length < MAX_EXTENTS) {
    const found = more(bytes / blockBytes)
    if (found.length === 0) break
    extents.push(...found)
    bytes += bytesOf(found)
  }
  return extents
}

const bytesOf = (extents: readonly Extent[]) => extents.reduce((sum, { size }) => sum + size, 0)
