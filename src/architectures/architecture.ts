// What the boot and the commands ask of an architecture: its models, its code as text, its loader, its debugger.

import type { Architecture, SourceDialect } from "../../cpu/isa/index.ts"
import type { DeviceTree } from "../../firmware/device-tree/index.ts"
import type { ElfSymbol, ImageTarget, Load } from "../../firmware/loader/index.ts"

/** A kernel to be loaded; addresses are physical, sizes in bytes. */
export type KernelRequest = {
  /** Without compression around it. */
  readonly kernel: Uint8Array
  readonly initrd?: Uint8Array | undefined
  /** A blob, or a tree. */
  readonly deviceTree?: Uint8Array | (Pick<DeviceTree, "root"> & Partial<DeviceTree>) | undefined
  readonly commandLine?: string | undefined
  readonly ramBase: number
  readonly ramBytes: number
  /** What the board tells the loaders of its architecture, by name. */
  readonly handover: Readonly<Record<string, number>>
}

/** Where everything goes, and how the CPU starts. */
export type KernelPlacement = {
  readonly loads: readonly Load[]
  /** Physical address of the first instruction, written as a branch to it writes it. */
  readonly entry: number | bigint
  /** Registers by name. */
  readonly registers: Readonly<Record<string, number | bigint>>
  /** One sentence each, for whoever asks what was done. */
  readonly notes: readonly string[]
}

/** What a symbol of an ELF file says of the code at its address. */
export type CodeSymbol = {
  readonly address: bigint
  /** Undefined if the symbol only marks what follows. */
  readonly name: string | undefined
  /** Number of the code format of what follows, or "data"; undefined if the symbol does not tell. */
  readonly contents: number | "data" | undefined
  /** The address as a branch to it writes it. */
  readonly entry: bigint
}

/** Where code is: its address, and the number of its code format. */
export type CodeLocation = { readonly address: bigint; readonly set: number }

/** The code of an architecture as people read and write it. */
export type CodeConventions = {
  /** Names of the instruction sets, in the order of the code formats. */
  readonly sets: readonly string[]
  /** The assembler's dialect for a model; source begins in the set of that number. */
  dialect(model: string, set?: number): SourceDialect
  /** What a branch to `entry` reaches. */
  locate(entry: number | bigint): CodeLocation
  /** Undefined for a symbol that says nothing of code. */
  symbol(symbol: ElfSymbol): CodeSymbol | undefined
}

/** How a debugger, and QEMU as one's remote, see a CPU. */
export type DebuggerDescription = {
  /** The feature of the remote's target description that has the core registers (GDB manual, appendix G). */
  readonly feature: string
  /** Registers that are compared; their names are those of the feature and of `Cpu.registers()`. */
  readonly registers: readonly { readonly name: string; readonly bits: number }[]
  /** Which of them is the address of the next instruction. */
  readonly pc: string
  readonly qemu: {
    readonly program: `qemu-system-${string}`
    /** What `-cpu` takes for a model. */
    cpu(model: string): string
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
  /** Decides where a kernel goes; ImageError if it is none for this architecture, or does not fit. */
  placeKernel(request: KernelRequest): KernelPlacement
}
