// The helpers of ARM instructions: system registers, hypercalls, semihosting, reset.

import type { Helper } from "../../ir/index.ts"
import {
  type ArmCpu,
  readSystemRegister,
  readSystemRegister64,
  resetCp15,
  writeSystemRegister,
  writeSystemRegister64,
} from "./cp15.ts"

const i32 = "i32" as const

/** Reads the system register of that number (`systemRegister`): i32. */
export const readRegister: Helper = { name: "readRegister", params: [i32], result: i32, mayFault: true }
/** Writes it. */
export const writeRegister: Helper = { name: "writeRegister", params: [i32, i32], result: undefined, mayFault: true }
/** The same for registers of 64 bits (`systemRegister64`). */
export const readRegister64: Helper = { name: "readRegister64", params: [i32], result: "i64", mayFault: true }
export const writeRegister64: Helper = {
  name: "writeRegister64",
  params: [i32, "i64"],
  result: undefined,
  mayFault: true,
}
/** HVC (0) or SMC (1) with its immediate: 1 if the host served it. */
export const hypercall: Helper = { name: "hypercall", params: [i32, i32], result: i32, mayFault: true }
/** 1 if the host took the instruction for a semihosting call and served it. */
export const semihosting: Helper = { name: "semihosting", params: [], result: i32, mayFault: true }
/** Gives the system registers their values after reset. */
export const resetSystem: Helper = { name: "resetSystem", params: [], result: undefined, mayFault: false }

/** All helpers of the architecture. */
export const helpers: readonly Helper[] = [
  readRegister,
  writeRegister,
  readRegister64,
  writeRegister64,
  hypercall,
  semihosting,
  resetSystem,
]

/** What the helpers do. */
export const helperTable = {
  readRegister: (cpu: ArmCpu, number: number) => readSystemRegister(cpu, number),
  writeRegister: (cpu: ArmCpu, number: number, value: number) => writeSystemRegister(cpu, number, value),
  readRegister64: (cpu: ArmCpu, number: number) => readSystemRegister64(cpu, number),
  writeRegister64: (cpu: ArmCpu, number: number, value: bigint) => writeSystemRegister64(cpu, number, value),
  hypercall: (cpu: ArmCpu, smc: number, immediate: number) =>
    cpu.hypercall?.({ kind: smc ? "smc" : "hvc", immediate }) ? 1 : 0,
  semihosting: (cpu: ArmCpu) => (cpu.semihosting?.() ? 1 : 0),
  resetSystem(cpu: ArmCpu): undefined {
    resetCp15(cpu)
    cpu.mmu.regimeChanged()
    cpu.mmu.invalidateAll()
  },
} as const
