// What a CPU and the engine that executes its code ask of each other, whichever engine it is. Registers are in the CPU's
// state block; an engine keeps nothing else that the guest could see.

import type { Access } from "../ir/index.ts"

/** Where virtual time stands when a run begins. */
export type RunClock = {
  /** Instructions executed since power-on. */
  readonly instructions: number
  /** Instructions that make a second. */
  readonly rate: number
  /** Time skipped while the machine was idle, in ns. */
  readonly skippedNs: number
}

/** The clock at power-on, at a thousand million instructions a second. */
export const CLOCK_AT_POWER_ON: RunClock = { instructions: 0, rate: 1e9, skippedNs: 0 }

/** Virtual time in ns when so many instructions of a run have been executed. */
export const timeNs = ({ instructions, rate, skippedNs }: RunClock, executed: number): number =>
  Math.floor(((instructions + executed) * 1e9) / rate) + skippedNs

/** An engine as its CPU uses it. */
export type ExecutionEngine = {
  /** Executes up to that many instructions, at least one; tells how many were executed and why it stopped. */
  run(instructions: number, clock?: RunClock): { readonly executed: number; readonly reason: string }
  /** Instructions executed since `run` was called; while TypeScript runs inside, the current one included. */
  readonly executed: number
  /** From inside an access or helper: return before the next instruction. */
  stop(): void
  /** From inside an access or helper: execute at most so many instructions more. */
  limit(instructions: number): void
  /** Tells whether an interrupt line of the CPU is asserted. */
  setInterrupt(asserted: boolean): void
}

/** Where an engine finds code. */
export type FetchPort = {
  /** Physical address of the code at a virtual address, or -1 after having recorded the exception. */
  translate(va: number | bigint): number
  /** Byte offset in linear memory of RAM or ROM at a physical address; -1 if there is none. */
  hostOf(pa: number): number
  /** Records the exception of a fetch from where no memory is. */
  fetchAbort(va: number | bigint): void
}

/** Memory accesses as the guest makes them: each may leave a pending exception instead of a result. */
export type DataPort = {
  load(va: number, access: Access): number
  loadLong(va: number, access: Access): bigint
  store(va: number, value: number, access: Access): void
  storeLong(va: number, value: bigint, access: Access): void
}

/** A helper as an engine calls it. */
export type HelperFunction = (...args: never[]) => number | bigint | undefined | void
