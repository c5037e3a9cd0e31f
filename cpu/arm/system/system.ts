// What an ARM CPU is connected to, and the helpers by which instructions reach it: system registers, hypercalls,
// semihosting.

import type { Helper, RegisterFile } from "../../ir/index.ts"
import {
  readSystemRegister,
  readSystemRegister64,
  resetCp15,
  writeSystemRegister,
  writeSystemRegister64,
} from "./cp15.ts"

/** CPU models. */
export const ARM_MODELS = ["cortex-a15", "arm926"] as const
export type ArmModel = (typeof ARM_MODELS)[number]

/** Registers of the CPU, as a debugger or a helper sees them; `StateView` is one. */
export interface ArmRegisters {
  /** An i32 as a signed number. */
  get(file: RegisterFile, index?: number): number
  set(file: RegisterFile, index: number, value: number): void
}

/** The MMU, as system registers command it. It reads the registers themselves from the CP15 register file. */
export interface ArmMmu {
  /** TTBR0, TTBR1, CONTEXTIDR or FCSEIDR was written: another address space may be current. */
  switchSpace(): void
  /** DACR was written. */
  domainsChanged(): void
  /** SCTLR, TTBCR or a register of memory attributes changed: translation may be on or off, or mean something else. */
  regimeChanged(): void
  invalidateAll(): void
  /** Drops the translations of an address space, 0 to 255, that are not global. */
  invalidateAsid(asid: number): void
  /** Drops the translations of the page of a virtual address (unsigned) in an address space, and global ones. */
  invalidateVa(va: number, asid: number): void
  /** The same in every address space. */
  invalidateVaAllAsid(va: number): void
  /** What an ATS1C operation leaves in PAR: 64 bits in the long descriptor format, else 32. */
  translateForAts(va: number, access: { readonly write: boolean; readonly privileged: boolean }): bigint
}

/** The generic timer of the CPU (chapter B8); counts and compare values are unsigned. */
export interface ArmTimer {
  physicalCount(): bigint
  virtualCount(): bigint
  control(name: "physical" | "virtual"): number
  setControl(name: "physical" | "virtual", value: number): void
  compareValue(name: "physical" | "virtual"): bigint
  setCompareValue(name: "physical" | "virtual", value: bigint): void
  timerValue(name: "physical" | "virtual"): number
  setTimerValue(name: "physical" | "virtual", value: number): void
}

/** What an HVC or SMC asks for. */
export type Hypercall = { readonly kind: "hvc" | "smc"; readonly immediate: number }

/** A CPU as helpers see it. */
export interface ArmCpu {
  readonly model: ArmModel
  readonly state: ArmRegisters
  readonly mmu: ArmMmu
  /** Absent on a model without generic timer. */
  readonly timer?: ArmTimer | undefined
  /** Base of the private memory region that CBAR shows; 0 if not given. */
  readonly peripheralBase?: number
  /** CPUs in the cluster, as L2CTLR shows; 1 if not given. */
  readonly cores?: number
  /** Affinity of this CPU, as MPIDR shows; 0 if not given. */
  readonly affinity?: number
  /** CPU cycles since power-on, which PMCCNTR counts; the counter stands still if not given. */
  cycles?(): number
  /** Bits of ISR: 7 while an IRQ is pending, 6 an FIQ; none if not given. */
  pendingInterrupts?(): number
  /** Serves a call to firmware; false if it is none that the host serves. */
  hypercall?(call: Hypercall): boolean
  /** Serves a semihosting call (r0, r1) and sets r0; false if semihosting is off. */
  semihosting?(): boolean
  /** Leaves an exception pending, which is taken in place of the rest of the instruction. */
  raise(exception: string, ...args: number[]): void
}

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
