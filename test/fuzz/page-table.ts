// A flat first-level table of 1 MiB sections (ARM DDI 0406C, B3.5 Short-descriptor format; ARM DDI 0100I, B4.7 for ARMv5).

import {
  CHANGING_COUNT,
  CHANGING_PAGES,
  CHANGING_TABLE,
  CHANGING_TARGETS,
  HIGH_VECTORS_AT,
  type Layout,
  PAGES_AT,
  type ProbeKind,
  type Region,
  SECTION,
  TABLE_AT,
} from "./layout.ts"

/** Domain 0 checks permissions, domain 1 allows everything, domain 2 refuses everything. */
export const DACR = 0b00_11_01

/** AP[2:0], C, B and TEX of normal cacheable memory, the only kind in which unaligned accesses are defined. */
type Access = { ap: number; domain?: number; executeNever?: boolean }

const access: Readonly<Record<Exclude<ProbeKind, "unmapped" | "pages">, Access>> = {
  "no access": { ap: 0b000 },
  privileged: { ap: 0b001 },
  "user read-only": { ap: 0b010 },
  "read-only": { ap: 0b111 },
  "privileged read-only": { ap: 0b101 },
  "no domain": { ap: 0b011, domain: 2 },
  "manager domain": { ap: 0b000, domain: 1 },
  "execute never": { ap: 0b011, executeNever: true },
}

/** ARMv5 has only AP[1:0]: privileged code may write pages that are read-only to all on ARMv7. */
const ap5 = (ap: number): number => (ap === 0b111 ? 0b10 : ap === 0b101 ? 0b01 : ap & 3)

function section(address: number, { ap, domain = 0, executeNever = false }: Access, version: 5 | 7): number {
  if (version === 5) return (address | (ap5(ap) << 10) | (domain << 5) | 0b1_1110) >>> 0
  const permissions = ((ap >> 2) << 15) | ((ap & 3) << 10) | (executeNever ? 1 << 4 : 0)
  return (address | (1 << 12) | permissions | (domain << 5) | 0b1110) >>> 0
}

/** Small pages of one section: read-write, read-only, privileged and unmapped in turn, so that neighbours differ. */
function pages(address: number, version: 5 | 7): Uint32Array {
  const aps = [0b011, 0b010, 0b001]
  return Uint32Array.from({ length: 256 }, (_, i) => {
    const ap = aps[i % 4]
    if (ap === undefined) return 0
    const page = (address + i * 4096) >>> 0
    return version === 5
      ? (page | (ap * 0b0101_0101 * 16) | 0b1110) >>> 0
      : (page | (1 << 6) | (ap << 4) | 0b1110) >>> 0
  })
}

/** A small page of ARMv7, never executed. */
export const smallPage = (address: number, ap: number): number =>
  (address | ((ap >> 2) << 9) | (1 << 6) | ((ap & 3) << 4) | 0b1111) >>> 0

/** The table that programs change, as they find it. */
const changingPages = (): Uint32Array =>
  Uint32Array.from({ length: 256 }, (_, i) => (i < CHANGING_COUNT ? smallPage(CHANGING_TARGETS + i * 4096, 0b011) : 0))

/** A translation table and its address. */
export type Table = { address: number; words: Uint32Array }

/**
 * The tables of an image, in its system region. With `guarded` they map each region as layout.ts says, and nothing else. Without it
 * they open all of the address space to everyone.
 */
export function pageTables(layout: Layout, version: 5 | 7, guarded: boolean): Table[] {
  const table = new Uint32Array(4096)
  const map = ({ address, bytes }: Region, how: Access, physical = address): void => {
    for (let at = 0; at < bytes; at += SECTION) table[(address + at) >>> 20] = section(physical + at, how, version)
  }
  const tables: Table[] = [{ address: layout.system.address + TABLE_AT, words: table }]
  if (guarded) {
    map(layout.system, { ap: 0b101 })
    map(layout.descriptors, { ap: 0b001 })
    map(layout.code, { ap: 0b111 })
    map(layout.data, { ap: 0b011, executeNever: true })
    map(layout.alias, { ap: 0b011, executeNever: true }, layout.data.address)
    if (version === 7 && layout.low.address === 0) {
      table[CHANGING_PAGES >>> 20] = CHANGING_TABLE | 0b01
      tables.push({ address: CHANGING_TABLE, words: changingPages() })
    }
  } else {
    for (let i = 0; i < 4096; i++) table[i] = section(i * SECTION, { ap: 0b011 }, version)
  }
  // ARMv5 has no VBAR: its vectors are at 0xffff_0000, the only other place that it has.
  if (version === 5) table[0xfff] = section(layout.system.address, { ap: 0b001 }, version)
  const second = layout.system.address + PAGES_AT
  for (const probe of layout.probes) {
    if (probe.kind === "unmapped") continue
    if (probe.kind !== "pages") map(probe, access[probe.kind])
    else {
      table[probe.address >>> 20] = second | (version === 5 ? 0b1_0001 : 0b0_0001)
      tables.push({ address: second, words: pages(probe.address, version) })
    }
  }
  return tables
}

/** Offset of ARMv5's high vectors in the system region, by the mapping above. */
export const highVectors = (layout: Layout): number => layout.system.address + HIGH_VECTORS_AT
