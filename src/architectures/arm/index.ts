// ARM: 32-bit CPUs of ARMv5 and ARMv7-A.

import { ARM_MODELS, type ArmModelName, arm as armIsa } from "../../../cpu/arm/index.ts"
import type { GuestArchitecture } from "../architecture.ts"
import { armCode } from "./code.ts"
import { armDebugger } from "./debugger.ts"
import { placeArmKernel } from "./loader.ts"

export { ArmCpu, type ArmCpuOptions, type ArmPin, type TimerLines } from "./cpu.ts"
export type { ArmHandover } from "./loader.ts"

/** The ARM architecture. */
export const arm: GuestArchitecture = {
  name: "ARM",
  models: ARM_MODELS,
  // Memory is little-endian; a kernel built for big-endian data switches at run time.
  takes: { architecture: "ARM", bits: 32 },
  isa: (model) => armIsa(model as ArmModelName),
  code: armCode,
  debugger: armDebugger,
  placeKernel: placeArmKernel,
}
