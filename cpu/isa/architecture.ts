// What an architecture declares to the engines: state, code formats, exceptions, helpers.

import type { Builder, Helper, Node, RegisterFile, RegisterFileDeclaration, StateLayout } from "../ir/index.ts"
import type { Decoded, InstructionSet } from "./instruction-set.ts"

/** Registers that the engines use in every architecture; spread them into the architecture's state. */
export const engineRegisters = (address: "i32" | "i64") =>
  ({
    /** Address of the instruction to execute next, while no engine runs. */
    PC: { type: address },
    /** Number of the instruction set in force (index into `formats`). */
    ISA: { type: "i32" },
    /** Decode context of the next instruction. */
    CONTEXT: { type: "i32" },
    /** Number of the translation regime in force (index into `regimes`). */
    REGIME: { type: "i32" },
    /** 1 + number of the exception to take before the next instruction; 0 if none. */
    EXCEPTION: { type: "i32" },
    /** Address and decode context of the instruction that raised it. */
    EXCEPTION_PC: { type: address },
    EXCEPTION_CONTEXT: { type: "i32" },
    EXCEPTION_ARG: { type: address, count: 4 },
  }) as const satisfies Record<string, RegisterFileDeclaration>

/** The register files that every architecture has. */
export type EngineRegisters = Record<keyof ReturnType<typeof engineRegisters>, RegisterFile>

/** A translation regime: how the state of the CPU affects its accesses to memory. */
export type Regime = {
  readonly name: string
  /** Privilege level, 0 the least privileged: each has a block of the TLB. */
  readonly level: number
  /** Data has the other byte order than memory: every access takes the slow path, which swaps the bytes. */
  readonly isSwapped: boolean
  /** Number of the regime whose permissions an unprivileged access (LDRT) has in this regime. */
  readonly unprivileged: number
}

/** One instruction as found in memory. */
export type Fetched = {
  /** Undefined if the word encodes nothing. */
  readonly decoded: Decoded | undefined
  /** Bytes from its address to the next instruction's. */
  readonly length: number
  /** Decode context of the instruction after it; 0 for none. */
  readonly context: number
  /** Of a word that encodes nothing: the guard without which it does nothing either; undefined if it has none. */
  readonly guard?: number | undefined
}

/** Whether the least or the most significant byte of a value has the lowest address. */
export type ByteOrder = "little" | "big"

/** Layout of one instruction set's code in memory. */
export type CodeFormat = {
  readonly name: string
  /** Bytes of the smallest piece of code that is decoded alone: an instruction, a part of one, or a bundle. */
  readonly unit: 2 | 4 | 16
  /**
   * Instructions in a unit, at most four, 1 unless given. An instruction's address is that of its unit, a multiple of
   * `unit`, plus its number in the unit.
   */
  readonly slots?: number
  /** Bits of an instruction word, at most 48: 32 unless given. */
  readonly wordBits?: number
  /**
   * Bytes of code from the start of an instruction that decoding it may look at: its own, and those of the instructions
   * whose decode context it sets.
   */
  readonly reach: number
  /**
   * Registers whose values are part of what code means, such as the bases by which others are renamed (IA-64's frame and
   * rotation): translated code is made for the values that they have, and treats them as constants.
   */
  readonly variesBy?: readonly RegisterFile[]
  /** Every distance in bytes from an instruction's address to the next one's. */
  readonly lengths: readonly number[]
  readonly sets: readonly InstructionSet[]
  /**
   * Decodes one instruction, `slot` of its unit (0 unless given). `read` gives the unit at a byte offset from its start;
   * of a unit wider than 4 bytes, the 32-bit word at that offset.
   */
  decode(read: (offset: number) => number, context: number, slot?: number): Fetched
}

/** Helpers by name. `Cpu` is the part of the calling CPU that they may use; each architecture narrows it. */
export type HelperTable<Cpu> = Readonly<Record<string, (cpu: Cpu, ...args: never[]) => number | bigint | undefined>>

/** Records the entry of an exception as IR. `at` describes the instruction that raised it. */
export type ExceptionEntry = (b: Builder, at: { pc: Node; context: Node; args: readonly Node[] }) => void

/** An architecture, or one CPU model of it. */
export type Architecture = {
  readonly name: string
  readonly addressType: "i32" | "i64"
  readonly state: StateLayout<Record<string, RegisterFileDeclaration>>
  readonly engine: EngineRegisters
  /** Indexed by the ISA register. */
  readonly formats: readonly CodeFormat[]
  /**
   * Byte order of memory. A big-endian guest's RAM holds each aligned 32-bit word in the host's order. So accesses to
   * words cost nothing extra, and smaller accesses an exclusive-or in the address.
   */
  readonly byteOrder: ByteOrder
  /** At most four. */
  readonly regimes: readonly Regime[]
  readonly exceptions: Readonly<Record<string, ExceptionEntry>>
  /** Name of the exception that a word raises if it encodes no instruction. */
  readonly undefinedInstruction: string
  readonly helpers: readonly Helper[]
  /** Names of the most frequent interpreter handlers by falling frequency, from a measured profile. */
  readonly hotHandlers: readonly string[]
}
