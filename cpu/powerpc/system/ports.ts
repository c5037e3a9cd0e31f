// What a PowerPC CPU is connected to: its registers, MMU, clock, and the host's firmware.

import type { RegisterFile } from "../../ir/index.ts"
import type { PowerPcModel } from "../models.ts"

/** Registers of the CPU, as a debugger or a helper sees them; `StateView` is one. */
export interface PowerPcRegisters {
  /** An i32 as a signed number. */
  get(file: RegisterFile, index?: number): number
  set(file: RegisterFile, index: number, value: number): void
  /** An i64 as a signed number. */
  getLong(file: RegisterFile, index?: number): bigint
  setLong(file: RegisterFile, index: number, value: bigint): void
}

/** The MMU, as registers command it. It reads them itself. */
export interface PowerPcMmu {
  /** Segment register `n` was written. */
  segmentChanged(n: number): void
  /** A BAT register, SDR1 or HID0 was written: any translation may have changed. */
  mappingChanged(): void
  /** Level 3 of the TLB holds another mixture of translated and real accesses from now on. */
  mixedChanged(): void
  /** tlbie: forgets the translations of a page, in every segment with any VSID. */
  invalidatePage(ea: number): void
  /** Forgets every translation. */
  invalidateAll(): void
  /** The instruction at an address, as a fetch of it gives it now; undefined if it cannot be fetched. */
  instructionAt(ea: number): number | undefined
}

/** What helpers reach of a CPU. */
export interface PowerPcPorts {
  readonly model: PowerPcModel
  readonly state: PowerPcRegisters
  readonly mmu: PowerPcMmu
  /** The decrementer was written: its interrupt is due at another time. */
  decrementerChanged(): void
  /** Its interrupt was taken. */
  decrementerTaken(): void
  /** MSR[SE], MSR[BE] or IABR has changed: execution may go on instruction by instruction. */
  steppingChanged(): void
  /** Sleeps from the end of the instruction on until an interrupt. */
  sleep(): void
  /**
   * Serves a call to firmware by the instruction at an address; gives the address to continue at, or undefined if there
   * is no firmware.
   */
  firmwareCall?(pc: number): number | undefined
  /** Leaves an exception pending, which is taken in place of the rest of the instruction. */
  raise(exception: string, ...args: number[]): void
}
