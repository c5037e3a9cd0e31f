// Public face of the ARM CPUs: ARMv7-A (Cortex-A15) and ARMv5TEJ (ARM926EJ-S).

import { type Architecture, InstructionSet } from "../isa/index.ts"
import { a32, t16, t32 } from "./encoding.ts"
import { exceptions } from "./exceptions.ts"
import { a32Format, thumbFormat } from "./formats.ts"
import { hotHandlers } from "./hot-handlers.ts"
import { modules } from "./instructions.ts"
import { type ArmModelName, armModel } from "./models/index.ts"
import { neonHelpers, neonHelperTable } from "./neon/helpers.ts"
import { state } from "./state.ts"
import { helpers as systemHelpers, helperTable as systemHelperTable } from "./system/system.ts"
import { vfpHelpers, vfpHelperTable } from "./vfp/helpers.ts"

/** What the helpers of all instructions do, by name. */
export const helperTable = { ...systemHelperTable, ...vfpHelperTable, ...neonHelperTable } as const

const built = new Map<ArmModelName, Architecture>()

/** The architecture of a CPU model. */
export function arm(model: ArmModelName): Architecture {
  const known = built.get(model)
  if (known) return known
  const features = new Set<string>(armModel(model).features)
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

export { ARM_MODELS, type ArmModelName, armModel } from "./models/index.ts"
export type { ArmModel } from "./models/model.ts"
export { GPR, MODE, MODES, state } from "./state.ts"
export { type ArmCpu, findRegister, readContents, registerNumber } from "./system/cp15.ts"
export { type Cp15Slot, cp15Names, cp15Slot } from "./system/cp15-storage.ts"
export { readCpsrValue, writeCpsrValue } from "./system/cpsr.ts"
export type { ArmMmu, ArmPorts, ArmRegisters, ArmTimer, Hypercall } from "./system/ports.ts"
