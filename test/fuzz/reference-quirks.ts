// Where QEMU departs from the ARM manual, and a difference is not the emulator's fault. Each entry says what the manual asks for.

import type { ArmModel } from "../../cpu/arm/index.ts"
import { bankOf } from "../../cpu/arm/modes.ts"
import type { StateRecord } from "../oracle/state-record.ts"
import type { Ignored, Outcomes } from "./compare.ts"
import { decodeAt } from "./excuse.ts"
import type { MemoryDifference } from "./lockstep.ts"
import { startModes } from "./seed-state.ts"
import type { Subject } from "./subject.ts"

// Reads of DFAR, IFSR and SPSR into any register: the harness's handlers have them, and so may programs.
const isReadOfDfar = (word: number): boolean => (word & 0x0fff_0fff) >>> 0 === 0x0e16_0f10

const isReadOfDfsr = (word: number): boolean => (word & 0x0fff_0fff) >>> 0 === 0x0e15_0f10
const isReadOfIfsr = (word: number): boolean => (word & 0x0fff_0fff) >>> 0 === 0x0e15_0f30
const isReadOfCpsr = (word: number): boolean => (word & 0x0fff_0fff) >>> 0 === 0x010f_0000
const isReadOfSctlr = (word: number): boolean => (word & 0x0fff_0fff) >>> 0 === 0x0e11_0f10
/** Bits of SCTLR that software can change, on either CPU. */
const SCTLR_WRITABLE = 0x7318_ff87
const isReadOfSpsr = (word: number, thumb: boolean): boolean =>
  thumb ? (word & 0xffff_f0ff) >>> 0 === 0xf3ff_8000 : (word & 0x0fff_0fff) >>> 0 === 0x014f_0000

/** DFSR.FS of a synchronous external abort (ARM DDI 0406C, table B3-23). */
const isExternal = (dfsr: number): boolean => (dfsr & 0x40f) === 0x008

/** Mask of asynchronous aborts, which ARMv5 has not (ARM DDI 0100I, A2.5) and QEMU sets all the same. */
const CPSR_A = 0x100

/** What QEMU shows that the model has not. */
export const unknownOf = (model: ArmModel): Ignored => (model === "arm926" ? { cpsr: CPSR_A } : {})

/** Whether the data abort whose handler runs was taken by STREX or its relatives. */
function isExclusiveStore(subject: Subject, { r }: StateRecord): boolean {
  const address = (r[14]! - 8) >>> 0
  if (address + 4 > subject.ramBytes) return false
  const code = subject.memory(address, 4)
  const thumb = (subject.cpu.state.get(subject.cpu.arch.state.files["SPSR_BANK"]!, bankOf(startModes.abt)) & 0x20) !== 0
  const decoded = decodeAt(subject.cpu.model, code, thumb ? 0x20 : 0)
  return decoded?.instruction.name.startsWith("strex") ?? false
}

/** Makes the function that tells which registers a quirk of QEMU has spoiled. The subject takes over what it then holds. */
export function quirks(
  subject: Subject,
): (instruction: Uint8Array, before: StateRecord, after: Outcomes) => Ignored | undefined {
  const isArm926 = subject.cpu.model === "arm926"
  return (instruction, before, { expected, actual }) => {
    if (instruction.length < 4) return undefined
    const view = new DataView(instruction.buffer, instruction.byteOffset, instruction.byteLength)
    const thumb = (before.cpsr & 0x20) !== 0
    const word = thumb ? (view.getUint16(0, true) << 16) | view.getUint16(2, true) : view.getUint32(0, true)
    if (isReadOfDfar(word) && isExternal(subject.system("DFSR"))) {
      // DFAR is the address of the access (B3.13.1). QEMU gives that of the aligned unit in which it begins.
      const rt = (word >>> 12) & 15
      const [theirs, ours] = [expected.r[rt]!, actual.r[rt]!]
      if ((theirs ^ ours) >>> 0 < 8 && theirs < ours) {
        subject.setSystem("DFAR", theirs)
        return { r: 1 << rt }
      }
    }
    if (isReadOfDfsr(word) && subject.system("DFSR") === 0x801) {
      // An exclusive store that is not aligned was a write (B3.13.1); QEMU loads what it is to compare with first.
      const rt = (word >>> 12) & 15
      if (expected.r[rt] === 0x001 && isExclusiveStore(subject, before)) {
        subject.setSystem("DFSR", 0x001)
        return { r: 1 << rt }
      }
    }
    if (isReadOfIfsr(word)) {
      // IFSR has no domain (B4.1.96); QEMU puts one there.
      const rt = (word >>> 12) & 15
      if (((expected.r[rt]! ^ actual.r[rt]!) & ~0xf0) === 0) {
        subject.setSystem("IFSR", expected.r[rt]!)
        return { r: 1 << rt }
      }
    }
    if (isReadOfSctlr(word)) {
      // A program that wandered into the harness may write anything; QEMU keeps bits that are fixed (B4.1.130).
      const rt = (word >>> 12) & 15
      if (((expected.r[rt]! ^ actual.r[rt]!) & SCTLR_WRITABLE) === 0) return { r: 1 << rt }
    }
    if (
      isArm926 &&
      isReadOfCpsr(word) &&
      ((expected.r[(word >>> 12) & 15]! ^ actual.r[(word >>> 12) & 15]!) & ~CPSR_A) === 0
    )
      return { r: 1 << ((word >>> 12) & 15) }
    if (isReadOfSpsr(word, thumb)) {
      // Bits 23 to 20 are reserved (B1.3.3), and an exception return that sets J, or ITSTATE without T, is UNPREDICTABLE; QEMU
      // keeps some of them.
      const rt = thumb ? (word >>> 8) & 15 : (word >>> 12) & 15
      const open = 0x01f0_0000 | (isArm926 ? CPSR_A : 0) | ((expected.r[rt]! & 0x20) === 0 ? 0x0600_fc00 : 0)
      if (((expected.r[rt]! ^ actual.r[rt]!) & ~open) === 0) return { r: 1 << rt }
    }
    return undefined
  }
}

/**
 * Whether a byte of memory differs in one of the bits of SPSR that QEMU keeps and ARMv7 has not, where a store of return state may
 * have put it: bit 20 or J, in either byte order.
 */
export function isReservedBitOfSpsr({ address, expected, actual }: MemoryDifference): boolean {
  const bit = expected ^ actual
  return (bit === 0x10 && ((address & 3) === 1 || (address & 3) === 2)) || (bit === 1 && ((address + 1) & 2) === 0)
}
