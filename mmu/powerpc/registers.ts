// The registers that steer the translation of a 32-bit PowerPC processor (Programming Environments Manual, 7.2, 7.4.1,
// 7.6.1.1), and its privilege levels.

/** The registers as 32-bit numbers of either sign, in arrays that always hold the present values; walkers only read them. */
export type PowerPcTranslationRegisters = {
  /** Segment registers. */
  readonly segments: Int32Array
  /** IBAT0U, IBAT0L to IBAT3L, then DBAT0U to DBAT3L. */
  readonly bats: Int32Array
  /** SDR1. */
  readonly sdr1: Int32Array
  /** MSR[PR] || MSR[IR] || MSR[DR] of the mixed level. */
  readonly mixed: Int32Array
}

/** The levels of the TLB: translated accesses of users and of supervisors, untranslated ones, and a mixture of both. */
export const LEVEL = { user: 0, supervisor: 1, real: 2, mixed: 3 } as const

/** Bits of `mixed`. */
export const MIXED = { user: 4, fetches: 2, data: 1 } as const

/** Why a fetch is refused beside missing permission, as the `level` of a fault. */
export const REFUSED = {
  /** The segment is no-execute, or the page is guarded. */
  noExecute: 1,
  /** The segment is a direct-store segment. */
  directStore: 2,
} as const
