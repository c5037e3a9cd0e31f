// What an architecture adds to the generic CPU (cpu.ts) to make it one of its own.

import type { HelperFunction, HelperTable } from "../cpu/isa/index.ts"
import type { GuestFault } from "../mmu/access.ts"
import type { GroupAccess, PermissionGroups } from "../mmu/permission-groups.ts"
import type { PhysicalMemory } from "../mmu/physical-memory.ts"
import type { Walker } from "../mmu/walk.ts"

/** An interrupt input of a CPU. */
export type InterruptPin<Name extends string = string> = {
  readonly name: Name
  /** The exception that is taken while the pin is asserted. */
  readonly exception: string
  /** Whether it would be taken now, as the CPU's masks say. */
  isEnabled(): boolean
}

/** Registers of a CPU that belong together, for people and debuggers. */
export type RegisterGroup = {
  readonly name: string
  readonly registers: readonly RegisterValue[]
}

/** A register and its value, unsigned: a bigint if it is wider than 32 bits. */
export type RegisterValue = { readonly name: string; readonly value: number | bigint; readonly bits: number }

/** A register as a system declares it. */
export type RegisterView = { readonly name: string; readonly bits: number; read(): number | bigint }

/** What an architecture says of a CPU's memory. */
export type CpuMmu = {
  /** Makes the walker of its page tables, which reads them in physical memory. */
  walker(physical: PhysicalMemory): Walker
  /** Whether "rotate" accesses do so; otherwise they may have any alignment. */
  readonly rotates: boolean
  /** Whether accesses of any alignment must be aligned after all. */
  alignmentChecked(): boolean
  /** log2 of the equal ranges that the address space is cut into, each with a key of its own; 0 unless given. */
  readonly rangesLog2?: number
  /** Its permission groups, if it has any. */
  readonly groups?: {
    readonly count: number
    /** Access of a group that was never set. */
    readonly initial: GroupAccess
    /** Hands over the groups of this CPU. */
    connect(groups: PermissionGroups): void
  }
}

/** The system side of a CPU: translation, faults, interrupts, helpers, and its registers by name. */
export type CpuSystem<Pin extends string = string> = {
  readonly mmu: CpuMmu
  /** Its interrupt inputs, the most urgent first. */
  readonly pins: readonly InterruptPin<Pin>[]
  /** A function for each helper that the architecture declares (`bindHelpers`). */
  readonly helpers: Readonly<Record<string, HelperFunction>>
  /** Its registers in groups; the first group has what a debugger shows first. */
  readonly registers: Readonly<Record<string, readonly RegisterView[]>>
  /** Makes a failed access the pending exception of the architecture. */
  fault(fault: GuestFault): void
  /** Gives everything beyond the register files its value after reset. */
  reset(): void
  /** Lets execution go on at an address, written as a branch to it writes it. */
  enter(entry: number | bigint): void
}

/** Counts calls of helpers. */
export type HelperCounter = { helperCalls: number }

/** The helpers of an architecture for one CPU: `port` is what they reach of it. */
export function bindHelpers<Port>(
  table: HelperTable<Port>,
  port: Port,
  counter: HelperCounter,
): Record<string, HelperFunction> {
  return Object.fromEntries(
    Object.entries(table).map(([name, helper]) => [
      name,
      (...args: never[]) => {
        counter.helperCalls++
        return helper(port, ...args)
      },
    ]),
  )
}
