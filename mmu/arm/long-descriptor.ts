// Walker of the long-descriptor tables (LPAE), stage 1 of the PL1&0 translation regime. ARM DDI 0406C, B3.6.

import { NO_GROUP } from "../access.ts"
import type { PhysicalAddress, VirtualAddress32 } from "../address.ts"
import { physicalFromWords, physicalPlus } from "../address.ts"
import type { Read32, Walk } from "../walk.ts"
import { SCTLR_EE, SCTLR_UWXN, SCTLR_WXN } from "./sctlr.ts"
import type { ArmMmuModel, ArmTranslationRegisters } from "./translation.ts"
import { mairAttribute, memoryTypeOfMair, PERMISSIONS_BY_AP21, readDescriptor, withExecute } from "./translation.ts"

// TTBCR while EAE is 1 (B4.1.153).
const TTBCR_EPD0 = 1 << 7
const TTBCR_EPD1 = 1 << 23

/** In bits [63:32] of a register or descriptor: bits [39:32] of an address. */
const HIGH_ADDRESS = 0xff
const VALID = 1
const TABLE = 2
const ACCESS_FLAG = 1 << 10
const NOT_GLOBAL = 1 << 11
// Bits [63:32] of a descriptor.
const PXN = 1 << 21
const XN = 1 << 22
const PXN_TABLE = 1 << 27
const XN_TABLE = 1 << 28
const AP_TABLE_NO_USER = 1 << 29
const AP_TABLE_READ_ONLY = 1 << 30

/** Walks the tables that TTBR0, TTBR1 and TTBCR select; writes the mapping (true) or the fault (false) into `into`. */
export function walkLong(
  model: ArmMmuModel,
  registers: ArmTranslationRegisters,
  read32: Read32,
  va: VirtualAddress32,
  into: Walk,
): boolean {
  const { sctlr, ttbcr } = registers
  const t0 = ttbcr & 7
  const t1 = (ttbcr >>> 16) & 7
  // TTBR0 maps the addresses that begin with T0SZ zeros, TTBR1 those that begin with T1SZ ones, or, if T1SZ is 0, what
  // TTBR0 leaves (table B3-17).
  const isLow = t0 === 0 || va >>> (32 - t0) === 0
  const isHigh = t1 === 0 ? !isLow : ~va >>> (32 - t1) === 0
  if (!isLow && !isHigh) return into.fail("translation", 1)
  if ((ttbcr & (isHigh ? TTBCR_EPD1 : TTBCR_EPD0)) !== 0) return into.fail("translation", 1)
  const size = isHigh ? t1 : t0
  let level = size < 2 ? 1 : 2
  // Level 1 indexes by va[31 - size:30], level 2 by va[31 - size:21] where it is the first, 8 bytes an entry.
  const tableLog2 = (level === 1 ? 5 : 14) - size
  const low = isHigh ? registers.ttbr1 : registers.ttbr0
  let table: PhysicalAddress = physicalFromWords(
    (isHigh ? registers.ttbr1High : registers.ttbr0High) & HIGH_ADDRESS,
    (low >>> tableLog2) * 2 ** tableLog2,
  )
  let mask = (1 << (tableLog2 - 3)) - 1
  let inherited = 0
  for (;;) {
    const shift = 39 - 9 * level
    const at = physicalPlus(table, ((va >>> shift) & mask) * 8)
    const swapped = (sctlr & SCTLR_EE) !== 0
    const lowWord = readDescriptor(read32, swapped ? physicalPlus(at, 4) : at, sctlr)
    const highWord = readDescriptor(read32, swapped ? at : physicalPlus(at, 4), sctlr)
    if (lowWord === undefined || highWord === undefined) return into.fail("externalOnWalk", level)
    if ((lowWord & VALID) === 0) return into.fail("translation", level)
    const isTable = (lowWord & TABLE) !== 0
    if (isTable && level < 3) {
      inherited |= highWord
      table = physicalFromWords(highWord & HIGH_ADDRESS, lowWord & ~0xfff)
      mask = 0x1ff
      level++
      continue
    }
    // At level 3 only the encoding of a table is a page.
    if (!isTable && level === 3) return into.fail("translation", level)
    if ((lowWord & ACCESS_FLAG) === 0) return into.fail("accessFlag", level)
    const offset = 2 ** shift - 1
    into.pa = physicalFromWords(highWord & HIGH_ADDRESS, (lowWord & ~offset) | (va & offset))
    into.sizeLog2 = shift
    return finish(model, registers, into, level, lowWord, highWord, inherited)
  }
}

/** `inherited` collects the attributes of the tables on the way; each takes permissions away (B3.6.1). */
function finish(
  model: ArmMmuModel,
  registers: ArmTranslationRegisters,
  into: Walk,
  level: number,
  low: number,
  high: number,
  inherited: number,
): boolean {
  const { sctlr } = registers
  let ap21 = (low >>> 6) & 3
  if ((inherited & AP_TABLE_NO_USER) !== 0) ap21 &= 2
  if ((inherited & AP_TABLE_READ_ONLY) !== 0) ap21 |= 2
  const xn = (high & XN) !== 0 || (inherited & XN_TABLE) !== 0
  const pxn = (high & PXN) !== 0 || (inherited & PXN_TABLE) !== 0
  const wxn = model.writeImpliesNeverExecute && (sctlr & SCTLR_WXN) !== 0
  const uwxn = model.writeImpliesNeverExecute && (sctlr & SCTLR_UWXN) !== 0
  into.fault = undefined
  into.level = level
  into.group = NO_GROUP
  into.permissions = withExecute(PERMISSIONS_BY_AP21[ap21]!, xn, pxn, wxn, uwxn)
  into.global = (low & NOT_GLOBAL) === 0
  const attribute = mairAttribute(registers.mair0, registers.mair1, (low >>> 2) & 7)
  into.memoryType = memoryTypeOfMair(attribute)
  into.attributes = (attribute << 2) | ((low >>> 8) & 3)
  return true
}
