// Public face of the ARM CPUs: ARMv7-A (Cortex-A15) and ARMv5TEJ (ARM926EJ-S).

import { type Architecture, InstructionSet } from "../isa/index.ts"
import { a32, t16, t32 } from "./encoding.ts"
import { exceptions } from "./exceptions.ts"
import { a32Format, thumbFormat } from "./formats.ts"
import { hotHandlers } from "./hot-handlers.ts"
import { modules } from "./instructions.ts"
import { neonHelpers, neonHelperTable } from "./neon/helpers.ts"
import { state } from "./state.ts"
import { type ArmModel, helpers as systemHelpers, helperTable as systemHelperTable } from "./system/system.ts"
import { vfpHelpers, vfpHelperTable } from "./vfp/helpers.ts"

/** Extensions of the architecture that each model has, by the names that encodings use. */
const FEATURES: Readonly<Record<ArmModel, readonly string[]>> = {
  "cortex-a15": ["v6", "v6k", "v6t2", "v7", "div", "vfp", "vfp4", "neon", "timer"],
  arm926: ["pre7"],
}

/** What the helpers of all instructions do, by name. */
export const helperTable = { ...systemHelperTable, ...vfpHelperTable, ...neonHelperTable } as const

const built = new Map<ArmModel, Architecture>()

/** The architecture of a CPU model. */
export function arm(model: ArmModel): Architecture {
  const known = built.get(model)
  if (known) return known
  const features = new Set(FEATURES[model])
  const set = ({ vocabulary }: typeof a32 | typeof t16 | typeof t32) =>
    new InstructionSet(vocabulary, modules, features)
  const architecture: Architecture = {
    name: model,
    addressType: "i32",
    state,
    engine: state.files,
    formats: [a32Format(set(a32)), thumbFormat(set(t16), set(t32))],
    byteOrder: "little",
    regimes: [
      { name: "user", level: 0, isSwapped: false, unprivileged: 0 },
      { name: "privileged", level: 1, isSwapped: false, unprivileged: 0 },
      { name: "user, big-endian data", level: 0, isSwapped: true, unprivileged: 2 },
      { name: "privileged, big-endian data", level: 1, isSwapped: true, unprivileged: 2 },
    ],
    exceptions,
    undefinedInstruction: "undefined",
    helpers: [...systemHelpers, ...vfpHelpers, ...neonHelpers],
    hotHandlers,
  }
  built.set(model, architecture)
  return architecture
}

export { GPR, MODE, MODES, state } from "./state.ts"
export { findRegister, readContents, registerNumber, registerTables } from "./system/cp15.ts"
export { type Cp15Slot, cp15Names, cp15Slot } from "./system/cp15-storage.ts"
export { readCpsrValue, writeCpsrValue } from "./system/cpsr.ts"
export type { ArmCpu, ArmMmu, ArmModel, ArmRegisters, ArmTimer, Hypercall } from "./system/system.ts"
export { ARM_MODELS } from "./system/system.ts"
