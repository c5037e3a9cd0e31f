// The layout of an image in RAM: its parts are whole sections of 1 MiB, so that the page table can protect each.

export const SECTION = 1 << 20

/** A part of RAM; addresses are physical and, with the MMU on, also virtual. */
export type Region = { address: number; bytes: number }

/** The kinds of sections beyond the data, which test the MMU if it is on. */
export const probeKinds = [
  "unmapped",
  "no access",
  "privileged",
  "user read-only",
  "read-only",
  "privileged read-only",
  "no domain",
  "manager domain",
  "execute never",
  "pages",
] as const
export type ProbeKind = (typeof probeKinds)[number]

export type Layout = {
  /** Scratch RAM at the bottom, where pointers that are small numbers land. */
  low: Region
  /** Handlers and page tables. */
  system: Region
  descriptors: Region
  code: Region
  data: Region
  probes: readonly (Region & { kind: ProbeKind })[]
  /** With the MMU on, a second virtual address of the first section of data. */
  alias: Region
  end: number
}

/** Offsets into the system region. They avoid round addresses, which registers often hold and stores would hit. */
export const HARNESS_AT = 0x5_4000
export const TABLE_AT = 0x5_8000
export const PAGES_AT = 0x5_c000
export const HIGH_VECTORS_AT = 0xf_0000
/** Offsets into the region of the descriptors, to which the harness writes. */
export const CURSOR_AT = 0x1000
export const FIRST_DESCRIPTOR_AT = 0x2000

/** The second-level table that privileged programs change, between the cursor and the descriptors of an image at 0. */
export const CHANGING_TABLE = 2 * SECTION + 0x1800
/** What it maps, and the physical pages that its first entries are given. */
export const CHANGING_PAGES = 0x9000_0000
export const CHANGING_TARGETS = 0x1_0000
/** Number of those pages. */
export const CHANGING_COUNT = 8

/** Bytes of one descriptor: eight words, r0 to r12, pc, D0 to D31. */
export const DESCRIPTOR_BYTES = 344
export const PC_AT = 84
export const DOUBLES_AT = 88

/** Lays out an image in RAM from `ramBase` (a multiple of 1 MiB). */
export function layOut(sizes: {
  ramBase: number
  descriptors: number
  code: number
  data: number
  mmu: boolean
}): Layout {
  let at = sizes.ramBase
  const take = (bytes: number): Region => {
    const region = { address: at, bytes: Math.max(1, Math.ceil(bytes / SECTION)) * SECTION }
    at += region.bytes
    return region
  }
  const low = take(1)
  const system = take(1)
  const descriptors = take(FIRST_DESCRIPTOR_AT + sizes.descriptors)
  const code = take(sizes.code)
  const data = take(sizes.data)
  const probes = (sizes.mmu ? probeKinds : []).map((kind) => ({ ...take(1), kind }))
  return { low, system, descriptors, code, data, probes, alias: { address: 0x8000_0000, bytes: SECTION }, end: at }
}
