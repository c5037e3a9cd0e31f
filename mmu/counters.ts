// What the MMU counts, for `--stats` and for tests.

/** Plain counts since the start. */
export type MmuCounters = {
  /** Page-table walks, including those that ended in a fault. */
  walks: number
  /** Translations answered by a shadow table. */
  refills: number
  /** Entries put into the software TLB. */
  fills: number
  /** Shadow spaces dropped because a limit was reached. */
  evictions: number
  /** Changes of address space. */
  switches: number
  /** Switches after which no walk was needed until the next one. */
  switchesWithoutWalk: number
  /** Changes of a permission group's access. */
  groupChanges: number
  /** Times that TLB entries were dropped because a permission group lost access. */
  groupDrops: number
  invalidations: { all: number; asid: number; va: number; vaAllAsid: number }
}

/** Counters at zero. */
export function mmuCounters(): MmuCounters {
  return {
    walks: 0,
    refills: 0,
    fills: 0,
    evictions: 0,
    switches: 0,
    switchesWithoutWalk: 0,
    groupChanges: 0,
    groupDrops: 0,
    invalidations: { all: 0, asid: 0, va: 0, vaAllAsid: 0 },
  }
}
