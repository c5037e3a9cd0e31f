// What tells the ARM CPU models apart beyond their instructions and system registers.

import type { ArmModel } from "../../../cpu/arm/index.ts"
import { ARM926_MMU, type ArmMmuModel, CORTEX_A15_MMU } from "../../../mmu/arm/translation.ts"

/** Facts on a CPU model. */
export type ArmModelFacts = {
  readonly mmu: ArmMmuModel
  /** Whether words at an address that is no multiple of 4 are rotated, as before ARMv6. */
  readonly rotates: boolean
  /** Whether its fault status registers are those of ARMv5. */
  readonly hasV5FaultStatus: boolean
  readonly hasGenericTimer: boolean
  readonly hasFloatingPoint: boolean
}

/** The facts on each model. */
export const armModelFacts: Readonly<Record<ArmModel, ArmModelFacts>> = {
  "cortex-a15": {
    mmu: CORTEX_A15_MMU,
    rotates: false,
    hasV5FaultStatus: false,
    hasGenericTimer: true,
    hasFloatingPoint: true,
  },
  arm926: {
    mmu: ARM926_MMU,
    rotates: true,
    hasV5FaultStatus: true,
    hasGenericTimer: false,
    hasFloatingPoint: false,
  },
}
