// The software TLB, the fastest level of the MMU, as TypeScript uses it. Both shapes implement this interface.

import type { Regime } from "../cpu/isa/index.ts"

/** Answer about a page that the TLB does not hold. */
export const MISS = -1

/** Range of an entry that is valid in every address space. */
export const GLOBAL = -1

/** Number of privilege levels of a list of regimes. */
export function levelsOf(regimes: readonly Regime[]): number {
  return 1 + Math.max(...regimes.map(({ level }) => level))
}

/**
 * Number of the block that a regime probes. There is a block for each privilege level and, behind them, one that stays
 * empty: regimes with swapped data probe that one, so that every access takes the slow path.
 */
export function blockOf(regime: Regime, levels: number): number {
  return regime.isSwapped ? levels : regime.level
}

/** Dimensions of a TLB. */
export type TlbOptions = {
  /** Privilege levels. */
  readonly levels: number
  /** Ranges that the address space is cut into; 1 unless given. */
  readonly ranges?: number
  /** Number of permission groups that are dropped separately; none unless given. */
  readonly groups?: number
  /** Maximum number of fills in the log; one more drops everything. */
  readonly capacity?: number
  /** Where the predecoded pages are that fetch entries point to; at the start of the buffer unless given. */
  readonly code?: CodeRange
}

/** The predecoded pages: `count` of them, `bytes` apart. */
export type CodeRange = { readonly start: number; readonly bytes: number; readonly count: number }

/**
 * Host-side owner of the tables: fills them, and drops exactly what an invalidation names, without going through all
 * entries. Pages are given by number, host pages by offset in the buffer.
 */
export type SoftwareTlb = {
  readonly levels: number
  /** Host offset of a page that a block lets be read, or MISS. */
  readEntry(block: number, page: number): number
  /** Host offset of a page that a block lets be written, or MISS. */
  writeEntry(block: number, page: number): number
  /** Pointer to predecoded code of a page in an instruction set, or 0. */
  fetchEntry(block: number, isa: number, page: number): number
  /** Lets a level read a page. `range` is GLOBAL or the page's range, `group` its permission group or NO_GROUP. */
  fillRead(level: number, page: number, hostPage: number, range: number, group: number): void
  /** Lets a level write a page. */
  fillWrite(level: number, page: number, hostPage: number, range: number, group: number): void
  /** Lets a level fetch from a page by the predecoded code at a nonzero pointer. */
  fillFetch(level: number, isa: number, page: number, pointer: number, range: number, group: number): void
  /** Drops every entry of a page. */
  dropPage(page: number): void
  /** Drops everything. */
  dropAll(): void
  /** Drops what is not global in a range. */
  dropRange(range: number): void
  /** Drops what is not global. */
  dropNonGlobal(): void
  /** Drops what belongs to a permission group at a level. */
  dropGroup(group: number, level: number): void
  /** Sends the next write to a host page through the slow path, at every level and at every address. */
  makeWriteSlow(hostPage: number): void
  /** Drops the fetch entries that hold a pointer. */
  dropFetchOf(pointer: number): void
  /** How often the log was full and everything was dropped. */
  readonly overflows: number
}
