// What the ARM table formats share: the registers of VMSA, access permissions, memory types. ARM DDI 0406C, B3.

import type { MemoryType } from "../access.ts"
import { FETCH, permissionBit, READ, WRITE } from "../access.ts"
import type { PhysicalAddress } from "../address.ts"
import type { Read32 } from "../walk.ts"
import { SCTLR_EE } from "./sctlr.ts"

/** The system registers that steer translation, as 32-bit numbers of either sign; the walkers only read them. */
export type ArmTranslationRegisters = {
  sctlr: number
  ttbcr: number
  /** Bits [31:0]; the long format's bits [63:32] stand in ttbr0High. */
  ttbr0: number
  ttbr0High: number
  ttbr1: number
  ttbr1High: number
  dacr: number
  prrr: number
  nmrr: number
  /** PRRR and NMRR, under the names and with the meaning that they have while TTBCR.EAE is 1. */
  mair0: number
  mair1: number
  /** Bits [7:0] are the ASID in the short format. */
  contextidr: number
  /** FCSEIDR, process id in bits [31:25]; 0 where there is none. */
  fcseidr: number
}

/** Registers as after a reset: everything 0. */
export function armTranslationRegisters(): ArmTranslationRegisters {
  return {
    sctlr: 0,
    ttbcr: 0,
    ttbr0: 0,
    ttbr0High: 0,
    ttbr1: 0,
    ttbr1High: 0,
    dacr: 0,
    prrr: 0,
    nmrr: 0,
    mair0: 0,
    mair1: 0,
    contextidr: 0,
    fcseidr: 0,
  }
}

/** Features of a CPU model's MMU. */
export type ArmMmuModel = {
  /** Table format: that of ARMv5 and before, with subpages, or that of ARMv6 and ARMv7. */
  readonly format: "v5" | "v7"
  /** TTBCR.EAE and the long-descriptor format (Large Physical Address Extension). */
  readonly long: boolean
  /** The PXN bits of the short-descriptor format. */
  readonly pxn: boolean
  /** Physical address bits [39:32] in supersections. */
  readonly largePhysical: boolean
  /** SCTLR.WXN and SCTLR.UWXN (Virtualization Extensions). */
  readonly writeImpliesNeverExecute: boolean
}

/** TTBCR.EAE: the long-descriptor format is in use. */
export const TTBCR_EAE = 1 << 31
/** TTBCR.A1, long format: the ASID comes from TTBR1. */
export const TTBCR_A1 = 1 << 22

/** The ASID in force, 0 to 255 (B3.9.1). */
export function asidOf(registers: ArmTranslationRegisters): number {
  if ((registers.ttbcr & TTBCR_EAE) === 0) return registers.contextidr & 0xff
  const high = (registers.ttbcr & TTBCR_A1) !== 0 ? registers.ttbr1High : registers.ttbr0High
  return (high >>> 16) & 0xff
}

/** Key of the address space that the registers select. It changes with every register that ARM software switches by. */
export function spaceKeyOf(registers: ArmTranslationRegisters): string {
  const { ttbcr, ttbr0, ttbr0High, ttbr1, ttbr1High, fcseidr } = registers
  return `${asidOf(registers)},${ttbr0 >>> 0},${ttbr0High},${ttbr1 >>> 0},${ttbr1High},${ttbcr},${fcseidr >>> 25}`
}

/** A descriptor word in the byte order of SCTLR.EE; undefined is an external abort. */
export function readDescriptor(read32: Read32, pa: PhysicalAddress, sctlr: number): number | undefined {
  const word = read32(pa)
  return word === undefined || (sctlr & SCTLR_EE) === 0 ? word : swapWord(word)
}

function swapWord(word: number): number {
  return (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)
}

/** Privilege level of unprivileged code (PL0). */
export const USER = 0
/** Privilege level of the other modes (PL1). */
export const PRIVILEGED = 1

const USER_READ = permissionBit(READ, USER)
const USER_WRITE = permissionBit(WRITE, USER)
const USER_EXECUTE = permissionBit(FETCH, USER)
const PRIVILEGED_READ = permissionBit(READ, PRIVILEGED)
const PRIVILEGED_WRITE = permissionBit(WRITE, PRIVILEGED)
const PRIVILEGED_EXECUTE = permissionBit(FETCH, PRIVILEGED)
const USER_RW = USER_READ | USER_WRITE
const PRIVILEGED_RW = PRIVILEGED_READ | PRIVILEGED_WRITE

/** Read and write permissions by AP[2:0] with SCTLR.AFE 0 (table B3-8); 0b100 is reserved: no access. */
export const PERMISSIONS_BY_AP: readonly number[] = [
  0,
  PRIVILEGED_RW,
  PRIVILEGED_RW | USER_READ,
  PRIVILEGED_RW | USER_RW,
  0,
  PRIVILEGED_READ,
  PRIVILEGED_READ | USER_READ,
  PRIVILEGED_READ | USER_READ,
]

/** Read and write permissions by AP[2:1], in the simplified model (table B3-9). */
export const PERMISSIONS_BY_AP21: readonly number[] = [
  PRIVILEGED_RW,
  PRIVILEGED_RW | USER_RW,
  PRIVILEGED_READ,
  PRIVILEGED_READ | USER_READ,
]

/** Adds execute permission to read permission, unless XN, PXN, SCTLR.WXN or SCTLR.UWXN forbid it (B3.7.2). */
export function withExecute(permissions: number, xn: boolean, pxn: boolean, wxn: boolean, uwxn: boolean): number {
  if (xn) return permissions
  const userWrites = (permissions & USER_WRITE) !== 0
  const privilegedWrites = (permissions & PRIVILEGED_WRITE) !== 0
  let result = permissions
  if ((permissions & USER_READ) !== 0 && !(wxn && userWrites)) result |= USER_EXECUTE
  if ((permissions & PRIVILEGED_READ) !== 0 && !pxn && !(wxn && privilegedWrites) && !(uwxn && userWrites)) {
    result |= PRIVILEGED_EXECUTE
  }
  return result
}

/** Memory type by TEX, C and B without TEX remap (table B3-10). */
export function memoryTypeOfTex(tex: number, c: number, b: number): MemoryType {
  if (tex === 0 && c === 0) return b === 0 ? "ordered" : "device"
  if (tex === 2 && c === 0 && b === 0) return "device"
  return "normal"
}

const REMAPPED: readonly MemoryType[] = ["ordered", "device", "normal", "normal"]

/** Memory type by TEX[0], C and B with TEX remap: field TRn of PRRR (B3.8.3, B4.1.127). */
export function memoryTypeOfPrrr(prrr: number, tex: number, c: number, b: number): MemoryType {
  const n = ((tex & 1) << 2) | (c << 1) | b
  return REMAPPED[(prrr >>> (2 * n)) & 3]!
}

/** The attribute, a byte of MAIR0 or MAIR1, that a descriptor's index selects (B4.1.104). */
export function mairAttribute(mair0: number, mair1: number, index: number): number {
  return ((index < 4 ? mair0 : mair1) >>> (8 * (index & 3))) & 0xff
}

/** Memory type by an attribute of MAIR0 or MAIR1 (B4.1.104). */
export function memoryTypeOfMair(attribute: number): MemoryType {
  if (attribute >= 0x10) return "normal"
  return attribute < 4 ? "ordered" : "device"
}
