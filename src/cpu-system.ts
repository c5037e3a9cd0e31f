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

/** A group of a CPU's registers, for people and debuggers. */
export type RegisterGroup = {
  readonly name: string
  readonly registers: readonly RegisterValue[]
}

/** A register and its value, unsigned: a bigint if it is wider than 32 bits. */
export type RegisterValue = { readonly name: string; readonly value: number | bigint; readonly bits: number }

/** A register as a system declares it. */
export type RegisterView = { readonly name: string; readonly bits: number; read(): number | bigint }

/** An architecture's part of a CPU's MMU. */
export type CpuMmu = {
  /** Makes the walker of its page tables, which reads them in physical memory. */
  walker(physical: PhysicalMemory): Walker
  /** Whether a misaligned "rotate" access rotates its word; if not, it may have any alignment. */
  readonly rotates: boolean
  /** Whether alignment is now checked even for accesses that usually allow any alignment. */
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

/** Execution instruction by instruction, for exceptions after each one and for breakpoints. */
export type Stepping = {
  /** Whether the next instruction is executed alone. */
  isOn(): boolean
  /** Before an instruction that is executed alone: may raise an exception in its place. */
  before(): void
  /** After it. */
  after(): void
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
  /** Its single-step mode, if it has one. */
  readonly stepping?: Stepping
  /** Makes a failed access the pending exception of the architecture. */
  fault(fault: GuestFault): void
  /** Gives everything beyond the register files its value after reset. */
  reset(): void
  /** Continues execution at a branch target, whose low bits may select the code format. */
  enter(entry: number | bigint): void
}

/** Counts calls of helpers. */
export type HelperCounter = { helperCalls: number }

/** Binds the helpers of an architecture to one CPU, of which they use `port`. */
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
