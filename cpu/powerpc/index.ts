// Public face of the PowerPC CPUs: the 32-bit MPC750 and MPC7400, big-endian.

import { type Architecture, InstructionSet } from "../isa/index.ts"
import { ppc } from "./encoding.ts"
import { exceptions } from "./exceptions.ts"
import { floatingPointHelperTable } from "./floating-point/helper-table.ts"
import { floatingPointHelpers } from "./floating-point/helpers.ts"
import { wordFormat } from "./formats.ts"
import { hotHandlers } from "./hot-handlers.ts"
import { modules } from "./instructions.ts"
import { type PowerPcModelName, powerPcModel } from "./models.ts"
import { state } from "./state.ts"
import { systemHelpers, systemHelperTable } from "./system/helpers.ts"

/** What the helpers of all instructions do, by name. */
export const helperTable = { ...systemHelperTable, ...floatingPointHelperTable } as const

const built = new Map<PowerPcModelName, Architecture>()

/** The architecture of a CPU model. */
export function powerPc(model: PowerPcModelName): Architecture {
  const known = built.get(model)
  if (known) return known
  const architecture: Architecture = {
    name: model,
    addressType: "i32",
    state,
    engine: state.files,
    formats: [wordFormat(new InstructionSet(ppc.vocabulary, modules, new Set(powerPcModel(model).features)))],
    byteOrder: "big",
    regimes: [
      { name: "user", level: 0, isSwapped: false, unprivileged: 0 },
      { name: "supervisor", level: 1, isSwapped: false, unprivileged: 0 },
      { name: "real", level: 2, isSwapped: false, unprivileged: 2 },
      { name: "mixed", level: 3, isSwapped: false, unprivileged: 3 },
    ],
    exceptions,
    undefinedInstruction: "illegal",
    helpers: [...systemHelpers, ...floatingPointHelpers],
    hotHandlers,
  }
  built.set(model, architecture)
  return architecture
}

export { materialiseFpscr, readFpscr, writeFpscr } from "./floating-point/pending.ts"
export { POWERPC_MODELS, type PowerPcModel, type PowerPcModelName, powerPcModel } from "./models.ts"
export { GPR, MSR, SPR, SPRN, SR, state } from "./state.ts"
export { resetRegisters } from "./system/helpers.ts"
export { DSISR, MSR_BITS, SRR1 } from "./system/msr-bits.ts"
export type { PowerPcMmu, PowerPcPorts, PowerPcRegisters } from "./system/ports.ts"
export { sprName } from "./system/spr.ts"
export { TIMEBASE_HZ } from "./time-base.ts"
