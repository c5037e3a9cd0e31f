// An architecture as the boot and the commands use it: its models, its code as text, its loader, its debugger.

import type { Architecture, SourceDialect } from "../../cpu/isa/index.ts"
import type { DeviceTree } from "../../firmware/device-tree/index.ts"
import type { ElfSymbol, ImageTarget, Load } from "../../firmware/loader/index.ts"

/** A kernel to be loaded; addresses are physical, sizes in bytes. */
export type KernelRequest = {
  /** Without compression around it. */
  readonly kernel: Uint8Array
  readonly initrd?: Uint8Array | undefined
  /** A blob or a tree. */
  readonly deviceTree?: Uint8Array | (Pick<DeviceTree, "root"> & Partial<DeviceTree>) | undefined
  readonly commandLine?: string | undefined
  readonly ramBase: number
  readonly ramBytes: number
  /** Facts about the board that the loader of its architecture needs, by name. */
  readonly handover: Readonly<Record<string, number>>
}

/** Where everything goes, and how the CPU starts. */
export type KernelPlacement = {
  readonly loads: readonly Load[]
  /** Physical address of the first instruction as a branch target, whose low bits may select the code format. */
  readonly entry: number | bigint
  /** Registers by name. */
  readonly registers: Readonly<Record<string, number | bigint>>
  /** What was loaded where, one sentence each. */
  readonly notes: readonly string[]
}

/** What a symbol of an ELF file says about the code at its address. */
export type CodeSymbol = {
  readonly address: bigint
  /** Undefined if the symbol only marks what follows. */
  readonly name: string | undefined
  /** Number of the code format from there on, or "data"; undefined if the symbol does not say. */
  readonly contents: number | "data" | undefined
  /** The address as a branch target, whose low bits may select the code format. */
  readonly entry: bigint
}

/** The address of code, and the number of its code format. */
export type CodeLocation = { readonly address: bigint; readonly set: number }

/** The code of an architecture as people read and write it. */
export type CodeConventions = {
  /** Names of the instruction sets, in the order of the code formats. */
  readonly sets: readonly string[]
  /** The assembler's dialect for a model; `set` is the number of the instruction set at the start. */
  dialect(model: string, set?: number): SourceDialect
  /** The code that a branch to `entry` reaches. */
  locate(entry: number | bigint): CodeLocation
  /** Undefined for a symbol that says nothing about code. */
  symbol(symbol: ElfSymbol): CodeSymbol | undefined
}

/** A CPU as a debugger sees it, and as QEMU does when a debugger controls it. */
export type DebuggerDescription = {
  /** The feature of the remote's target description that has the core registers (GDB manual, appendix G). */
  readonly feature: string
  /** Registers that are compared; their names are those of the feature and of `Cpu.registers()`. */
  readonly registers: readonly { readonly name: string; readonly bits: number }[]
  /** The register that holds the address of the next instruction. */
  readonly pc: string
  readonly qemu: {
    readonly program: `qemu-system-${string}`
    /** The value of `-cpu` for a model. */
    cpu(model: string): string
    /**
     * How it gets the same guest: its own loader of kernels starts the image, or it takes over the memory and the
     * registers that our machine begins with.
     */
    readonly start: "image" | "state"
  }
  /** The kind of a breakpoint on code of a format (GDB manual, E.5). */
  breakpointKind(set: number): number
  /** Number of the code format in force and decode context, from the values of registers. */
  decoding(read: (register: string) => number | bigint): { readonly set: number; readonly context: number }
}

/** An architecture with its CPU models. */
export type GuestArchitecture = {
  readonly name: string
  /** Names of the CPU models, the usual one first. */
  readonly models: readonly string[]
  /** The images that its CPUs run. */
  readonly takes: ImageTarget
  /** The instruction sets and exceptions of a model. */
  isa(model: string): Architecture
  readonly code: CodeConventions
  readonly debugger: DebuggerDescription
  /** Decides where a kernel goes; ImageError if it is not for this architecture, or does not fit. */
  placeKernel(request: KernelRequest): KernelPlacement
}
