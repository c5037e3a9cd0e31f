// PowerPC: 32-bit CPUs of the families 750 and 7400.

import { POWERPC_MODELS, type PowerPcModelName, powerPc as powerPcIsa } from "../../../cpu/powerpc/index.ts"
import type { GuestArchitecture } from "../architecture.ts"
import { powerPcCode } from "./code.ts"
import { powerPcDebugger } from "./debugger.ts"
import { placePowerPcKernel } from "./loader.ts"

export { type FirmwareCall, PowerPcCpu, type PowerPcCpuOptions, type PowerPcPin } from "./cpu.ts"

/** The PowerPC architecture. */
export const powerPc: GuestArchitecture = {
  name: "PowerPC",
  models: POWERPC_MODELS,
  takes: { architecture: "PowerPC", bits: 32, byteOrder: "big" },
  isa: (model) => powerPcIsa(model as PowerPcModelName),
  code: powerPcCode,
  debugger: powerPcDebugger,
  placeKernel: placePowerPcKernel,
}
