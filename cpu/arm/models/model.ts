// What tells one model of ARM CPU from another: one object a model.

import type { ArmMmuModel } from "../../../mmu/arm/translation.ts"
import type { SystemRegister, WideRegister } from "../system/cp15-table.ts"

/**
 * Parts of the architecture by the names that encodings use: instructions that ARMv7 no longer has (`pre7`), those of
 * ARMv6, ARMv6K, ARMv6T2 and ARMv7, integer division, VFPv3, fused multiply-accumulate of VFPv4, Advanced SIMD, and the
 * generic timer (chapter B8).
 */
export type ArmFeature = "pre7" | "v6" | "v6k" | "v6t2" | "v7" | "div" | "vfp" | "vfp4" | "neon" | "timer"

/** A model of ARM CPU. */
export type ArmModel<Name extends string = string> = {
  /** The name that users give and see: `cortex-a15`. */
  readonly name: Name
  readonly features: readonly ArmFeature[]
  /** Bits that CPSR and SPSR have. */
  readonly psrBits: number
  /** Whether a load of a word at an address that is no multiple of 4 rotates the aligned word, as before ARMv6. */
  readonly rotatesMisalignedWords: boolean
  readonly mmu: ArmMmuModel
  /** System registers of 32 bits: of rows that match a number, the first counts. */
  readonly registers: readonly SystemRegister[]
  /** System registers of 64 bits. */
  readonly wideRegisters: readonly WideRegister[]
}

/** Declares a model: its name is part of its type. */
export const defineModel = <const Name extends string>(model: ArmModel<Name>): ArmModel<Name> => model
