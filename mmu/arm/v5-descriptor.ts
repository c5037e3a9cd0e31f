// Walker of the translation tables of ARMv5 and before, with subpages and tiny pages. ARM DDI 0100I, B4.7; ARM DDI 0198E, 3.

import type { VirtualAddress } from "../address.ts"
import { physicalAddress } from "../address.ts"
import type { Read32, Walk } from "../walk.ts"
import { SCTLR_R, SCTLR_S } from "./sctlr.ts"
import type { ArmTranslationRegisters } from "./translation.ts"
import { memoryTypeOfTex, PERMISSIONS_BY_AP, readDescriptor, withExecute } from "./translation.ts"

const COARSE_TABLE = 1
const SECTION = 2
const FINE_TABLE = 3

const LARGE_PAGE = 1
const SMALL_PAGE = 2
const TINY_PAGE = 3

/** Walks the table of TTBR0; writes the mapping (true) or the fault (false) into `into`. Entries count as non-global: there is no ASID. */
export function walkV5(registers: ArmTranslationRegisters, read32: Read32, va: VirtualAddress, into: Walk): boolean {
  // FCSE: the lowest 32 MiB are those of the process (DDI 0100I, B8).
  const mva = (va & 0xfe00_0000) === 0 ? va | (registers.fcseidr & 0xfe00_0000) : va
  const base = (registers.ttbr0 & 0xffff_c000) >>> 0
  const first = readDescriptor(read32, physicalAddress(base + (mva >>> 20) * 4), registers.sctlr)
  if (first === undefined) return into.fail("externalOnWalk", 1, 0)
  const domain = (first >>> 5) & 15
  switch (first & 3) {
    case SECTION:
      into.pa = physicalAddress(((first & 0xfff0_0000) | (mva & 0x000f_ffff)) >>> 0)
      into.sizeLog2 = 20
      return finish(registers, into, 1, domain, (first >>> 10) & 3, first)
    case COARSE_TABLE:
    case FINE_TABLE:
      return walkSecondLevel(registers, read32, mva, first, into)
    default:
      return into.fail("translation", 1, 0)
  }
}

function walkSecondLevel(
  registers: ArmTranslationRegisters,
  read32: Read32,
  mva: number,
  first: number,
  into: Walk,
): boolean {
  const domain = (first >>> 5) & 15
  const isFine = (first & 3) === FINE_TABLE
  const table = (first & (isFine ? 0xffff_f000 : 0xffff_fc00)) >>> 0
  const index = isFine ? (mva >>> 10) & 0x3ff : (mva >>> 12) & 0xff
  const second = readDescriptor(read32, physicalAddress(table + index * 4), registers.sctlr)
  if (second === undefined) return into.fail("externalOnWalk", 2, domain)
  switch (second & 3) {
    case LARGE_PAGE:
      into.pa = physicalAddress(((second & 0xffff_0000) | (mva & 0xffff)) >>> 0)
      // Subpages are 16 KiB; in a fine table, four descriptors of 1 KiB each may disagree about one 4 KiB page.
      into.sizeLog2 = isFine ? 10 : hasEqualSubpages(second) ? 16 : 14
      return finish(registers, into, 2, domain, (second >>> (4 + 2 * ((mva >>> 14) & 3))) & 3, second)
    case SMALL_PAGE:
      into.pa = physicalAddress(((second & 0xffff_f000) | (mva & 0xfff)) >>> 0)
      into.sizeLog2 = isFine || !hasEqualSubpages(second) ? 10 : 12
      return finish(registers, into, 2, domain, (second >>> (4 + 2 * ((mva >>> 10) & 3))) & 3, second)
    case TINY_PAGE:
      // Only fine tables have tiny pages.
      if (!isFine) return into.fail("translation", 2, domain)
      into.pa = physicalAddress(((second & 0xffff_fc00) | (mva & 0x3ff)) >>> 0)
      into.sizeLog2 = 10
      return finish(registers, into, 2, domain, (second >>> 4) & 3, second)
    default:
      return into.fail("translation", 2, domain)
  }
}

/** AP3 to AP0, bits [11:4], all alike. */
function hasEqualSubpages(descriptor: number): boolean {
  return ((descriptor >>> 4) & 0xff) === ((descriptor >>> 4) & 3) * 0b0101_0101
}

function finish(
  registers: ArmTranslationRegisters,
  into: Walk,
  level: number,
  domain: number,
  ap: number,
  descriptor: number,
): boolean {
  into.fault = undefined
  into.level = level
  into.domain = domain
  into.permissions = withExecute(permissionsOf(registers.sctlr, ap), false, false, false, false)
  into.global = false
  into.memoryType = memoryTypeOfTex(0, (descriptor >>> 3) & 1, (descriptor >>> 2) & 1)
  return true
}

/** AP 0b00 is read-only by SCTLR.S or SCTLR.R (DDI 0100I, table B4-1); both at once is unpredictable: no access. */
function permissionsOf(sctlr: number, ap: number): number {
  if (ap !== 0) return PERMISSIONS_BY_AP[ap]!
  const s = (sctlr & SCTLR_S) !== 0
  const r = (sctlr & SCTLR_R) !== 0
  if (s === r) return 0
  // AP[2:0] of ARMv7: 0b101 is privileged read-only, 0b111 read-only.
  return PERMISSIONS_BY_AP[s ? 5 : 7]!
}
