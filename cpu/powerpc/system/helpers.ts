// The helpers of system instructions: what changes a mapping, a timer or a debug facility.

import type { Helper } from "../../ir/index.ts"
import { dsisrOfAlignment } from "../alignment.ts"
import { SPR, SPRN, SR, state } from "../state.ts"
import type { PowerPcPorts } from "./ports.ts"

const i32 = "i32" as const
const helper = (name: string, params: readonly "i32"[], result: "i32" | undefined = undefined): Helper => ({
  name,
  params,
  result,
  mayFault: false,
})

/** Writes the special-purpose register of that number, whose writing has an effect. */
export const sprWritten = helper("sprWritten", [i32, i32])
/** Writes the segment register of that number. */
export const segmentWritten = helper("segmentWritten", [i32, i32])
/** Writes DEC_OFFSET. */
export const decrementerWritten = helper("decrementerWritten", [i32])
/** Sleeps from the end of the instruction on until an interrupt. */
export const sleep = helper("sleep", [])
/** The interrupt of the decrementer was taken. */
export const decrementerTaken = helper("decrementerTaken", [])
/** MSR[SE] or MSR[BE] was set: from now on, instructions are executed one by one. */
export const steppingBegun = helper("steppingBegun", [])
/** The mixed regime has become another one. */
export const mixedChanged = helper("mixedChanged", [])
/** tlbie. */
export const invalidatePage = helper("invalidatePage", [i32])
/** tlbia, and what resets the MMU. */
export const invalidateAll = helper("invalidateAll", [])
/** DSISR for the alignment exception of the instruction at an address. */
export const alignmentSyndrome = helper("alignmentSyndrome", [i32], i32)
/** Calls firmware from the instruction at an address; gives the address to continue at, or NO_FIRMWARE. */
export const firmwareCall: Helper = { name: "firmwareCall", params: [i32], result: i32, mayFault: true }
/** No instruction has this address. */
export const NO_FIRMWARE = -1

/** All of them. */
export const systemHelpers: readonly Helper[] = [
  sprWritten,
  segmentWritten,
  decrementerWritten,
  decrementerTaken,
  sleep,
  steppingBegun,
  mixedChanged,
  invalidatePage,
  invalidateAll,
  alignmentSyndrome,
  firmwareCall,
]

const isMapping = (number: number) => number === SPRN.SDR1 || (number >= SPRN.IBAT0U && number < SPRN.DBAT0U + 8)

/** What they do. */
export const systemHelperTable = {
  sprWritten(cpu: PowerPcPorts, number: number, value: number): undefined {
    cpu.state.set(SPR, number, value)
    if (isMapping(number)) cpu.mmu.mappingChanged()
    else if (number === SPRN.IABR) cpu.steppingChanged()
  },
  segmentWritten(cpu: PowerPcPorts, n: number, value: number): undefined {
    cpu.state.set(SR, n, value)
    cpu.mmu.segmentChanged(n)
  },
  decrementerWritten(cpu: PowerPcPorts, offset: number): undefined {
    cpu.state.set(state.files.DEC_OFFSET, 0, offset)
    cpu.decrementerChanged()
  },
  sleep: (cpu: PowerPcPorts): undefined => void cpu.sleep(),
  decrementerTaken: (cpu: PowerPcPorts): undefined => void cpu.decrementerTaken(),
  steppingBegun: (cpu: PowerPcPorts): undefined => void cpu.steppingChanged(),
  mixedChanged: (cpu: PowerPcPorts): undefined => void cpu.mmu.mixedChanged(),
  invalidatePage: (cpu: PowerPcPorts, ea: number): undefined => void cpu.mmu.invalidatePage(ea >>> 0),
  invalidateAll: (cpu: PowerPcPorts): undefined => void cpu.mmu.invalidateAll(),
  alignmentSyndrome: (cpu: PowerPcPorts, pc: number) => dsisrOfAlignment(cpu.mmu.instructionAt(pc >>> 0) ?? 0),
  firmwareCall: (cpu: PowerPcPorts, pc: number) => cpu.firmwareCall?.(pc >>> 0) ?? NO_FIRMWARE,
} as const

/** Gives the registers that are not 0 after a hard reset their values (MPC750UM, table 2-18). */
export function resetRegisters({ model, state: registers }: Pick<PowerPcPorts, "model" | "state">): void {
  registers.set(SPR, SPRN.PVR, model.version)
  registers.set(state.files.MSR_IMPLEMENTED, 0, model.msrBits)
}
