// The interfaces between a CPU and its engine, the same for every engine. Registers are in the CPU's state block; an engine
// keeps no other state that the guest could see.

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

/** The end of a run. */
export type RunResult = {
  /** Instructions executed. */
  readonly executed: number
  readonly reason: string
  /** Instructions that were left when the host's time was up; 0 if the run came to its own end. */
  readonly left: number
}

/** Says that the host's time for a run is up. */
export type IsOverdue = () => boolean

/** The default: a run may take any time. */
export const NEVER_OVERDUE: IsOverdue = () => false

/** An engine as its CPU uses it. */
export type ExecutionEngine = {
  /**
   * Executes up to that many instructions, at least one. It asks `isOverdue` now and then where it is slow. If so, it returns
   * before the next instruction, and the guest cannot tell.
   */
  run(instructions: number, clock?: RunClock, isOverdue?: IsOverdue): RunResult
  /** Instructions executed since `run` was called, including the current one inside an access or helper. */
  readonly executed: number
  /** Makes `run` return before the next instruction; called from inside an access or helper. */
  stop(): void
  /** Limits `run` to so many further instructions; called from inside an access or helper. */
  limit(instructions: number): void
  /** Lets so many ns of virtual time pass without instructions; called from inside an access or helper. */
  delay(ns: number): void
  /** Sets whether an interrupt line of the CPU is asserted. */
  setInterrupt(asserted: boolean): void
}

/** How an engine finds code. */
export type FetchPort = {
  /** Physical address of the code at a virtual address; -1 if it has recorded an exception instead. */
  translate(va: number | bigint): number
  /** Byte offset in linear memory of RAM or ROM at a physical address; -1 if there is none. */
  hostOf(pa: number): number
  /** Records the exception of a fetch from an address without memory. */
  fetchAbort(va: number | bigint): void
}

/** The guest's memory accesses: each may leave a pending exception instead of a result. */
export type DataPort = {
  load(va: number | bigint, access: Access): number
  loadLong(va: number | bigint, access: Access): bigint
  store(va: number | bigint, value: number, access: Access): void
  storeLong(va: number | bigint, value: bigint, access: Access): void
}

/** A helper as an engine calls it. */
export type HelperFunction = (...args: never[]) => number | bigint | undefined | void
