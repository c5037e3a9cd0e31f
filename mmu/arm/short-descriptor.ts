// Walker of the short-descriptor translation tables of ARMv6 and ARMv7. ARM DDI 0406C, B3.5.

import type { VirtualAddress } from "../address.ts"
import { physicalAddress } from "../address.ts"
import type { Read32, Walk } from "../walk.ts"
import { SCTLR_AFE, SCTLR_TRE, SCTLR_UWXN, SCTLR_WXN } from "./sctlr.ts"
import type { ArmMmuModel, ArmTranslationRegisters } from "./translation.ts"
import {
  memoryTypeOfPrrr,
  memoryTypeOfTex,
  PERMISSIONS_BY_AP,
  PERMISSIONS_BY_AP21,
  readDescriptor,
  withExecute,
} from "./translation.ts"

// TTBCR while EAE is 0 (B4.1.153).
const TTBCR_N = 7
const TTBCR_PD0 = 1 << 4
const TTBCR_PD1 = 1 << 5

const PAGE_TABLE = 1
const SECTION = 2
const SECTION_PXN = 3
const IS_SUPERSECTION = 1 << 18

/** Walks the tables that TTBR0, TTBR1 and TTBCR select; writes the mapping (true) or the fault (false) into `into`. */
export function walkShort(
  model: ArmMmuModel,
  registers: ArmTranslationRegisters,
  read32: Read32,
  va: VirtualAddress,
  into: Walk,
): boolean {
  const { sctlr, ttbcr } = registers
  const n = ttbcr & TTBCR_N
  // TTBR0 translates addresses whose top N bits are zero; the rest is TTBR1's, whose table is always 16 KiB (B3.5.4).
  const isLow = n === 0 || va >>> (32 - n) === 0
  if ((ttbcr & (isLow ? TTBCR_PD0 : TTBCR_PD1)) !== 0) return into.fail("translation", 1, 0)
  const tableLog2 = isLow ? 14 - n : 14
  const base = ((isLow ? registers.ttbr0 : registers.ttbr1) >>> tableLog2) * 2 ** tableLog2
  const index = ((va >>> 20) & ((1 << (tableLog2 - 2)) - 1)) * 4
  const first = readDescriptor(read32, physicalAddress(base + index), sctlr)
  if (first === undefined) return into.fail("externalOnWalk", 1, 0)
  switch (first & 3) {
    case PAGE_TABLE:
      return walkSecondLevel(model, registers, read32, va, first, into)
    case SECTION_PXN:
      if (!model.pxn) return into.fail("translation", 1, 0)
      break
    case SECTION:
      break
    default:
      return into.fail("translation", 1, 0)
  }
  const isSupersection = (first & IS_SUPERSECTION) !== 0
  const domain = isSupersection ? 0 : (first >>> 5) & 15
  const ap = ((first >>> 13) & 4) | ((first >>> 10) & 3)
  if ((sctlr & SCTLR_AFE) !== 0 && (ap & 1) === 0) return into.fail("accessFlag", 1, domain)
  if (isSupersection) {
    // Bits [23:20] are PA[35:32], bits [8:5] are PA[39:36].
    const high = model.largePhysical ? ((first >>> 20) & 15) | (((first >>> 5) & 15) << 4) : 0
    into.pa = physicalAddress(high * 2 ** 32 + (((first & 0xff00_0000) | (va & 0x00ff_ffff)) >>> 0))
    into.sizeLog2 = 24
  } else {
    into.pa = physicalAddress(((first & 0xfff0_0000) | (va & 0x000f_ffff)) >>> 0)
    into.sizeLog2 = 20
  }
  const pxn = model.pxn && (first & 1) !== 0
  setMemoryType(registers, into, (first >>> 12) & 7, first)
  return finish(model, registers, into, 1, domain, ap, (first & 16) !== 0, pxn, (first & (1 << 17)) === 0)
}

function walkSecondLevel(
  model: ArmMmuModel,
  registers: ArmTranslationRegisters,
  read32: Read32,
  va: VirtualAddress,
  first: number,
  into: Walk,
): boolean {
  const { sctlr } = registers
  const domain = (first >>> 5) & 15
  const table = (first & 0xffff_fc00) >>> 0
  const second = readDescriptor(read32, physicalAddress(table + ((va >>> 12) & 0xff) * 4), sctlr)
  if (second === undefined) return into.fail("externalOnWalk", 2, domain)
  if ((second & 3) === 0) return into.fail("translation", 2, domain)
  const ap = ((second >>> 7) & 4) | ((second >>> 4) & 3)
  if ((sctlr & SCTLR_AFE) !== 0 && (ap & 1) === 0) return into.fail("accessFlag", 2, domain)
  const isSmall = (second & 2) !== 0
  if (isSmall) {
    into.pa = physicalAddress(((second & 0xffff_f000) | (va & 0xfff)) >>> 0)
    into.sizeLog2 = 12
  } else {
    into.pa = physicalAddress(((second & 0xffff_0000) | (va & 0xffff)) >>> 0)
    into.sizeLog2 = 16
  }
  const xn = (second & (isSmall ? 1 : 1 << 15)) !== 0
  const pxn = model.pxn && (first & 4) !== 0
  setMemoryType(registers, into, (second >>> (isSmall ? 6 : 12)) & 7, second)
  return finish(model, registers, into, 2, domain, ap, xn, pxn, (second & (1 << 11)) === 0)
}

function finish(
  model: ArmMmuModel,
  registers: ArmTranslationRegisters,
  into: Walk,
  level: number,
  domain: number,
  ap: number,
  xn: boolean,
  pxn: boolean,
  global: boolean,
): boolean {
  const { sctlr } = registers
  const readWrite = (sctlr & SCTLR_AFE) !== 0 ? PERMISSIONS_BY_AP21[ap >>> 1]! : PERMISSIONS_BY_AP[ap]!
  const wxn = model.writeImpliesNeverExecute && (sctlr & SCTLR_WXN) !== 0
  const uwxn = model.writeImpliesNeverExecute && (sctlr & SCTLR_UWXN) !== 0
  into.fault = undefined
  into.level = level
  into.domain = domain
  into.permissions = withExecute(readWrite, xn, pxn, wxn, uwxn)
  into.global = global
  return true
}

function setMemoryType(registers: ArmTranslationRegisters, into: Walk, tex: number, descriptor: number): void {
  const c = (descriptor >>> 3) & 1
  const b = (descriptor >>> 2) & 1
  const remapped = (registers.sctlr & SCTLR_TRE) !== 0
  into.memoryType = remapped ? memoryTypeOfPrrr(registers.prrr, tex, c, b) : memoryTypeOfTex(tex, c, b)
}
