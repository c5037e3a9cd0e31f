// Fault status register values. ARM DDI 0406C, tables B3-23 and B3-24; ARM926EJ-S: ARM DDI 0198E, table 3-9.

import type { Fault, FaultKind } from "../access.ts"

/** Which register the value is for. */
export type FaultStatusFormat = {
  /** TTBCR.EAE was 1. */
  readonly long: boolean
  /** The CPU is an ARMv5 one, whose status has no WnR bit. */
  readonly v5: boolean
  /** The access was a write: DFSR.WnR. */
  readonly write: boolean
  /** The value is for IFSR, which has neither WnR nor, since ARMv7, a domain. */
  readonly fetch: boolean
}

/** The kinds of fault on ARM. A domain forbids all kinds of access or none, so "groupPermission" does not occur. */
type ArmFaultKind = Exclude<FaultKind, "groupPermission">

const LPAE = 1 << 9
/** DFSR.WnR: the access was a write. */
export const FSR_WNR = 1 << 11

/** FS[4:0] by level: of the first level (section), of the second (page). Walks stop there in the short format. */
const SHORT: Readonly<Record<ArmFaultKind, readonly [section: number, page: number]>> = {
  alignment: [0b00001, 0b00001],
  externalOnWalk: [0b01100, 0b01110],
  translation: [0b00101, 0b00111],
  accessFlag: [0b00011, 0b00110],
  group: [0b01001, 0b01011],
  permission: [0b01101, 0b01111],
  external: [0b01000, 0b01000],
}

/** The ARM926EJ-S has different codes for external aborts of sections and of pages. */
const V5_EXTERNAL = [0b1000, 0b1010] as const

/** Faults for which the short format's domain field holds, by level; for others it is UNKNOWN, here 0. */
const DOMAIN_VALID: Readonly<Record<ArmFaultKind, readonly [section: boolean, page: boolean]>> = {
  alignment: [false, false],
  externalOnWalk: [false, true],
  translation: [false, true],
  accessFlag: [true, true],
  group: [true, true],
  permission: [true, true],
  external: [false, false],
}

/** STATUS[5:0] of the long format, to which LL, the level, is added where the fault has one. */
const LONG: Readonly<Record<ArmFaultKind, { readonly status: number; readonly level: boolean }>> = {
  alignment: { status: 0b100001, level: false },
  externalOnWalk: { status: 0b010100, level: true },
  translation: { status: 0b000100, level: true },
  accessFlag: { status: 0b001000, level: true },
  group: { status: 0b111100, level: true },
  permission: { status: 0b001100, level: true },
  external: { status: 0b010000, level: false },
}

/** A fault status in the short and in the long descriptor format. */
export type StatusByFormat = { readonly short: number; readonly long: number }

/** Status of an alignment fault, which instructions raise themselves; WnR is to be added. */
export const ALIGNMENT_STATUS: StatusByFormat = { short: SHORT.alignment[0], long: LPAE | LONG.alignment.status }
/** Status of a debug event, which no access to memory raises. */
export const DEBUG_EVENT_STATUS: StatusByFormat = { short: 0b00010, long: LPAE | 0b100010 }

/** The value of DFSR or IFSR for a fault. */
export function faultStatus(fault: Fault, format: FaultStatusFormat): number {
  const { level, group: domain = 0 } = fault
  const kind = fault.kind as ArmFaultKind
  const wnr = format.write && !format.fetch && !format.v5 ? FSR_WNR : 0
  if (format.long) return LPAE | wnr | (LONG[kind].status + (LONG[kind].level ? level : 0))
  const column = level === 2 ? 1 : 0
  const fs = format.v5 && kind === "external" ? V5_EXTERNAL[column] : SHORT[kind][column]
  const hasDomain = format.v5
    ? kind === "external" || DOMAIN_VALID[kind][column]
    : DOMAIN_VALID[kind][column] && !format.fetch
  return ((fs & 16) << 6) | (fs & 15) | (hasDomain ? (domain & 15) << 4 : 0) | wnr
}
