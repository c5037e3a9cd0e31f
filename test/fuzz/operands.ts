// Operand fields that make an instruction worth comparing: bases that point at data, destinations that spare those bases,
// modes that exist.

import type { Random as Below, Instruction } from "../../cpu/isa/index.ts"
import type { Random } from "../support/random.ts"
import type { FuzzModel } from "./image.ts"
import type { Kind } from "./kinds.ts"
import { mnemonicOf } from "./pools.ts"
import { startModes } from "./seed-state.ts"

/** Registers with a purpose in a program: pointers to its data, and small offsets from them. */
export type Purposes = { readonly pointers: readonly number[]; readonly indexes: readonly number[] }

/** The program that operands are drawn for. */
export type Setting = {
  readonly random: Random
  readonly thumb: boolean
  readonly privileged: boolean
  readonly model: FuzzModel
  readonly purposes: Purposes
}

/** Modes with an SPSR. */
export const exceptionModes: readonly number[] = [0x11, 0x12, 0x13, 0x17, 0x1b]
/** Modes to change to. User mode is rarer than the others, since a program cannot leave it. */
const modes = [...exceptionModes, ...exceptionModes, ...exceptionModes, startModes.sys, startModes.usr]

/** Registers of coprocessor 15 that are harmless to read and, with `write`, to write: opc1, CRn, CRm, opc2. */
const systemRegisters: Readonly<Record<"any" | "write", readonly (readonly number[])[]>> = {
  any: [
    ...[0, 1, 2, 3, 5].map((opc2) => [0, 0, 0, opc2]),
    ...[0, 1, 2, 3, 4, 5, 6, 7].map((opc2) => [0, 0, 1, opc2]),
    ...[0, 1, 2, 3, 4, 5].map((opc2) => [0, 0, 2, opc2]),
    [1, 0, 0, 0],
    [1, 0, 0, 1],
    [0, 1, 0, 0],
    [0, 2, 0, 0],
    [0, 3, 0, 0],
    [0, 12, 0, 0],
  ],
  write: [
    [0, 5, 0, 0],
    [0, 5, 0, 1],
    [0, 6, 0, 0],
    [0, 6, 0, 2],
    [0, 13, 0, 2],
    [0, 13, 0, 3],
    [0, 13, 0, 4],
    [0, 7, 4, 0],
    // Barriers, then maintenance of caches and TLBs without an address
    [0, 7, 5, 4],
    [0, 7, 10, 4],
    [0, 7, 10, 5],
    [0, 7, 5, 0],
    [0, 7, 5, 6],
    [0, 8, 7, 0],
    [0, 8, 5, 0],
    [0, 8, 6, 0],
  ],
}

/** Registers that only ARMv7 has, and only privileged code writes: nothing that a program needs depends on them. */
const privilegedRegisters: readonly (readonly number[])[] = [
  // TTBR1, which TTBCR does not use; ADFSR, AIFSR; CSSELR; PRRR and NMRR, which SCTLR.TRE does not use; CONTEXTIDR; CNTKCTL
  [0, 2, 0, 1],
  [0, 5, 1, 0],
  [0, 5, 1, 1],
  [2, 0, 0, 0],
  [0, 10, 2, 0],
  [0, 10, 2, 1],
  [0, 13, 0, 1],
  [0, 14, 1, 0],
  // Performance monitors, while they are off
  ...[1, 2, 3, 5].map((opc2) => [0, 9, 12, opc2]),
  ...[0, 1, 2].map((opc2) => [0, 9, 14, opc2]),
  // Translations into PAR; maintenance of TLBs by address
  ...[0, 1, 2, 3].map((opc2) => [0, 7, 8, opc2]),
  ...[1, 2, 3].map((opc2) => [0, 8, 7, opc2]),
  ...[0, 1, 2, 3].map((opc2) => [0, 8, 3, opc2]),
]

/** 64-bit registers, opc1 and CRm: the translation table bases are only read, PAR is also written. */
const wideRegisters = [
  [0, 7],
  [0, 2],
  [1, 2],
] as const

/** Makes the function that chooses fields of an instruction; undefined leaves the field random. */
export function chooser(
  instruction: Instruction,
  kind: Kind,
  setting: Setting,
): (field: string, below: Below) => number | undefined {
  const { random, purposes, privileged } = setting
  const name = mnemonicOf(instruction)
  const isMemory =
    kind === "memory" || kind === "vfpMemory" || kind === "neonMemory" || kind === "exclusive" || kind === "banked"
  const isLoad = /^(?:v?ldr|ldm|pop|ldrex|vld)/.test(name)
  const isStore = isMemory && !isLoad
  const kept = new Set([...purposes.pointers, ...purposes.indexes])
  const destination = (limit: number): number => {
    for (let tries = 0; tries < 4; tries++) {
      const register = random.below(limit)
      if (!kept.has(register) || random.chance(1)) return register
    }
    return random.below(limit)
  }
  const from = (list: readonly number[], limit: number, percent: number): number | undefined => {
    const fitting = list.filter((register) => register < limit)
    return fitting.length > 0 && random.chance(percent) ? random.pick(fitting) : undefined
  }
  const list = (bits: number): number => {
    let value = random.chance(50) ? random.below(2 ** bits) : random.below(2 ** bits) & random.below(2 ** bits)
    if (isLoad) for (const register of kept) if (!random.chance(2)) value &= ~(1 << register)
    return value
  }
  const isOwn = privileged && setting.model === "cortex-a15" && random.chance(50)
  const common = systemRegisters[/^mr/.test(name) && random.chance(50) ? "any" : "write"]
  const system = kind === "system" ? random.pick(isOwn ? privilegedRegisters : common) : []
  const wide = random.pick(name === "mcrr" ? wideRegisters.slice(0, 1) : wideRegisters)
  // A mode that does not exist is UNPREDICTABLE, so only an immediate may change the mode.
  const controls = privileged && name === "msr" && instruction.args.endsWith("armImmediate") && random.chance(30)
  const psrMask = controls ? 1 | random.below(16) : random.below(16) & (privileged ? 14 : 15)
  return (field) => {
    switch (field) {
      case "rd":
      case "rdlo":
      case "rdhi":
        return destination(15)
      case "rt":
      case "rt2":
        return isStore ? undefined : destination(kind === "system" || kind === "vfp" || kind === "neon" ? 16 : 15)
      case "ld":
      case "ldn":
        return destination(8)
      case "lt":
        return isStore ? undefined : destination(8)
      case "rn": {
        if (!isMemory) return undefined
        const register = from(purposes.pointers, 16, 75) ?? random.below(16)
        // Those point at code, and a program that overwrites its code soon leaves it.
        return isStore && register >= 14 && !random.chance(3) ? random.pick(purposes.pointers) : register
      }
      case "ln":
        return isMemory ? from(purposes.pointers, 8, 80) : undefined
      case "rm":
        if (kind === "neonMemory" && random.chance(70)) return random.pick([13, 15, 15])
        return isMemory && !/ex/.test(name) ? from(purposes.indexes, 16, 70) : undefined
      case "lm":
        return isMemory ? from(purposes.indexes, 8, 70) : undefined
      case "align":
        // Align 3 asks for a multiple of 32 bytes (A3.2.1), but QEMU checks no more than for 2.
        return random.pick([0, 0, 0, 1, 1, 2])
      case "psrMask":
        // MSR of no field has a declaration of its own.
        return instruction.where["psrMask"] ? undefined : psrMask || 8
      case "rotate":
        return controls ? 0 : undefined
      case "imm12":
        return isMemory && random.chance(80) ? random.below(128) : undefined
      case "imm8":
        if (controls) return random.pick(modes) | (random.below(4) << 6)
        return kind === "vfpMemory" && random.chance(80) ? random.below(33) : undefined
      case "imm7":
        return kind === "vfpMemory" && random.chance(80) ? random.below(9) : undefined
      case "list":
        return list(16)
      case "list15":
        return list(15)
      case "list8":
        return list(8)
      case "mode":
        return random.pick(modes)
      case "r":
        return kind === "status" ? 0 : undefined
      case "coproc":
        return kind === "system" ? 15 : undefined
      case "opc1":
        return system[0]
      case "crn":
        return system[1]
      case "crm":
        return /rr/.test(name) ? wide[1] : system[2]
      case "opc2":
        return system[3]
      case "opc1x":
        return kind === "system" ? wide[0] : undefined
      default:
        return undefined
    }
  }
}
