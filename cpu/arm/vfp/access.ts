// Who may execute VFP instructions (ARM DDI 0406C, B1.11.4; pseudocode CheckVFPEnabled), and what FPSCR means for the
// fast paths (A2.5.3, B4.1.58).

import type { Builder, RegisterFile } from "../../ir/index.ts"
import { MODE, MODES, state } from "../state.ts"

const { VFP_ACCESS, FPSCR, FPN, FPZ, FPC, FPV, FP_FAST } = state.files

/** Registers of the CPU, as helpers and debuggers see them. */
type Registers = {
  get(file: RegisterFile): number
  set(file: RegisterFile, index: number, value: number): void
}

/** The condition flags of FPSCR, bit 31 first. */
export const CONDITION_FLAGS = [FPN, FPZ, FPC, FPV] as const

/** Bits of VFP_ACCESS. */
export const ACCESS = {
  /** Any mode may execute VFP instructions. */
  everyone: 1,
  /** Privileged modes may. */
  privileged: 2,
  /** Privileged modes may read and write FPEXC, whether VFP is enabled or not. */
  control: 4,
} as const

/** FPEXC.EN. */
export const FPEXC_EN = 0x4000_0000

/** The value of VFP_ACCESS for values of CPACR and FPEXC: to be set by whatever writes one of them. */
export function vfpAccess(cpacr: number, fpexc: number): number {
  const cp10 = (cpacr >>> 20) & 3
  if (cp10 !== 1 && cp10 !== 3) return 0
  if ((fpexc & FPEXC_EN) === 0) return ACCESS.control
  return ACCESS.control | ACCESS.privileged | (cp10 === 3 ? ACCESS.everyone : 0)
}

/** Takes the undefined instruction exception unless VFP is enabled. */
export function checkVfpEnabled(b: Builder): void {
  const access = b.get(VFP_ACCESS)
  b.if(b.eqz(b.and(access, b.i32(ACCESS.everyone))), () => {
    const isUser = b.eq(b.get(MODE), b.i32(MODES.usr))
    b.if(b.or(isUser, b.eqz(b.and(access, b.i32(ACCESS.privileged)))), () => b.raise("undefined"))
  })
}

/** The same for registers that privileged software may reach while FPEXC.EN is 0. */
export function checkVfpControl(b: Builder): void {
  const isUser = b.eq(b.get(MODE), b.i32(MODES.usr))
  b.if(b.or(isUser, b.eqz(b.and(b.get(VFP_ACCESS), b.i32(ACCESS.control)))), () => b.raise("undefined"))
}

/** Bits of FPSCR. */
export const FPSCR_BITS = {
  alternativeHalf: 1 << 26,
  defaultNan: 1 << 25,
  flushToZero: 1 << 24,
  roundingMode: 3 << 22,
  /** Stride and Len: short vectors, which this VFP has not. */
  vectors: 0x0037_0000,
  inexact: 1 << 4,
  /** All that can be written, but for the condition flags: traps are not supported. Bit 27 is QC, of Advanced SIMD. */
  writable: 0x0ff7_009f,
} as const

/** FPSCR bits that the fast paths depend on: they round to nearest, and add no flag but an inexact one. */
export const FAST_BITS = FPSCR_BITS.flushToZero | FPSCR_BITS.roundingMode | FPSCR_BITS.vectors | FPSCR_BITS.inexact

/** The value of FP_FAST for one of FPSCR: to be set by whatever writes it. */
export function isFastFpscr(fpscr: number): 0 | 1 {
  return (fpscr & FAST_BITS) === FPSCR_BITS.inexact ? 1 : 0
}

/** FPSCR with its condition flags, as VMRS reads it: unsigned. */
export function readFpscrValue(registers: Registers): number {
  return (
    CONDITION_FLAGS.reduce((value, flag, n) => value | (registers.get(flag) << (31 - n)), registers.get(FPSCR)) >>> 0
  )
}

/** Writes FPSCR as VMSR does, and what follows from it. */
export function writeFpscrValue(registers: Registers, value: number): void {
  for (const [n, flag] of CONDITION_FLAGS.entries()) registers.set(flag, 0, (value >>> (31 - n)) & 1)
  registers.set(FPSCR, 0, value & FPSCR_BITS.writable)
  registers.set(FP_FAST, 0, isFastFpscr(value))
}

/** Takes the undefined instruction exception if FPSCR asks for short vectors. */
export function refuseVectors(b: Builder): void {
  b.if(b.and(b.get(FPSCR), b.i32(FPSCR_BITS.vectors)), () => b.raise("undefined"))
}
