// What an ARM CPU is connected to: its registers, MMU, timer, and the host.

import type { RegisterFile } from "../../ir/index.ts"

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
  /**
   * What an ATS1C operation leaves in PAR: 64 bits in the long descriptor format, else 32. An external abort of the walk
   * raises a data abort instead, and the result is undefined.
   */
  translateForAts(va: number, access: { readonly write: boolean; readonly privileged: boolean }): bigint | undefined
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

/** What system registers and helpers reach of a CPU, but for its model. */
export interface ArmPorts {
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
