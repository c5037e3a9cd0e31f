// Departures of QEMU from the ARM manual, which make differences that are not the emulator's fault. Each says what the manual asks for.

import { bankOf } from "../../cpu/arm/system/modes.ts"
import { allValues } from "../../cpu/isa/encode.ts"
import type { StateRecord } from "../oracle/state-record.ts"
import type { Ignored, Outcomes } from "./compare.ts"
import { decodeAt, itOf } from "./excuse.ts"
import { startModes } from "./seed-state.ts"
import type { Subject } from "./subject.ts"

// Reads of PAR, DFAR, DFSR, IFSR, SCTLR and SPSR into any register, in the harness's handlers and in programs.
const isReadOfDfar = (word: number): boolean => (word & 0x0fff_0fff) >>> 0 === 0x0e16_0f10
const isReadOfDfsr = (word: number): boolean => (word & 0x0fff_0fff) >>> 0 === 0x0e15_0f10
const isReadOfIfsr = (word: number): boolean => (word & 0x0fff_0fff) >>> 0 === 0x0e15_0f30
const isReadOfSctlr = (word: number): boolean => (word & 0x0fff_0fff) >>> 0 === 0x0e11_0f10
const isReadOfSpsr = (word: number): boolean => (word & 0x0fff_0fff) >>> 0 === 0x014f_0000

/** MRC and MRRC of PAR. */
const isReadOfPar = (word: number): boolean =>
  (word & 0x0fff_0fff) >>> 0 === 0x0e17_0f14 || (word & 0x0ff0_0fff) >>> 0 === 0x0c50_0f07

/** PAR.NS, which is UNKNOWN without Security Extensions (B4.1.112). */
const PAR_NS = 0x200

/** Bits of SCTLR that software can change on either CPU. */
const SCTLR_WRITABLE = 0x7318_ff07

/** Bits of SPSR; ARMv7 has no IL. */
const J = 0x0100_0000
const IL = 0x0010_0000
const IT = 0x0600_fc00
const T = 0x20

/** ITSTATE in the CPSR. */
const ITSTATE = 0x0600_fc00

/** DFSR.FS of a synchronous external abort (ARM DDI 0406C, table B3-23). */
const isExternal = (dfsr: number): boolean => (dfsr & 0x40f) === 0x008

const isDataAbort = ({ cpsr, r }: StateRecord): boolean => (cpsr & 0x1f) === startModes.abt && (r[15]! & 0x1f) === 0x10

/** Whether STREX or a relative took the data abort whose handler runs. */
function isExclusiveStore(subject: Subject, { r }: StateRecord): boolean {
  const address = (r[14]! - 8) >>> 0
  if (address + 4 > subject.ramBytes) return false
  const code = subject.memory(address, 4)
  const thumb = (subject.cpu.state.get(subject.cpu.arch.state.files["SPSR_BANK"]!, bankOf(startModes.abt)) & 0x20) !== 0
  const decoded = decodeAt(subject.cpu.model, code, thumb ? 0x20 : 0)
  return decoded?.instruction.name.startsWith("strex") ?? false
}

/** Whether ITSTATE was that of a block's last instruction, and still is. */
const isLeftInBlock = (before: StateRecord, expected: StateRecord): boolean =>
  itOf(before.cpsr) !== 0 &&
  (itOf(before.cpsr) & 7) === 0 &&
  ((before.cpsr ^ expected.cpsr) & ITSTATE) === 0 &&
  expected.r[15] === before.r[15]! + 4

/** Makes the function that names the registers which a quirk of QEMU has spoiled. The subject adopts their values. */
export function quirks(
  subject: Subject,
): (instruction: Uint8Array, before: StateRecord, after: Outcomes) => Ignored | undefined {
  const spsrs = subject.cpu.arch.state.files["SPSR_BANK"]!
  return (instruction, before, { expected, actual }) => {
    if (instruction.length < 4) return undefined
    const view = new DataView(instruction.buffer, instruction.byteOffset, instruction.byteLength)
    const thumb = (before.cpsr & 0x20) !== 0
    const word = thumb ? (view.getUint16(0, true) << 16) | view.getUint16(2, true) : view.getUint32(0, true)
    if (isLeftInBlock(before, expected) && (actual.cpsr & ITSTATE) === 0) {
      // The block ends behind its last instruction (A2.5.2).
      const name = decodeAt(subject.cpu.model, instruction, before.cpsr)?.instruction.name ?? ""
      if (/^m[rc]/.test(name)) return { reason: "QEMU leaves ITSTATE behind a system register", cpsr: ITSTATE }
    }
    if (isDataAbort(expected)) {
      // An aborted LDRD or VLDn leaves its registers UNKNOWN (B1.9.8): QEMU has loaded the first. The base keeps its value, but QEMU
      // changes it in a load of user mode's registers.
      const decoded = decodeAt(subject.cpu.model, instruction, before.cpsr)
      if (decoded) {
        const { rt, rn, D, Vd } = allValues(decoded.instruction, decoded, itOf(before.cpsr))
        const { name, args } = decoded.instruction
        if (name.startsWith("ldrd")) return { reason: "the first register of an aborted LDRD", r: 1 << rt! }
        // Up to four registers, one or two apart.
        if (/^vld[1-4]/.test(name)) {
          return { reason: "the registers of an aborted VLDn", d: 0x7f << ((D! << 4) | Vd!) }
        }
        if (name.startsWith("ldm") && args.endsWith("^")) {
          return { reason: "the base of an aborted LDM of user registers", r: 1 << rn! }
        }
      }
    }
    if (isReadOfPar(word)) {
      const rt = (word >>> 12) & 15
      if ((expected.r[rt]! ^ actual.r[rt]!) === PAR_NS) {
        subject.setSystem("PAR", expected.r[rt]!)
        return { reason: "PAR.NS, which is UNKNOWN", r: 1 << rt }
      }
    }
    if (isReadOfDfar(word) && isExternal(subject.system("DFSR"))) {
      // DFAR is the address of the access (B3.13.1). QEMU's is that of the aligned unit in which the access begins.
      const rt = (word >>> 12) & 15
      const [theirs, ours] = [expected.r[rt]!, actual.r[rt]!]
      if ((theirs ^ ours) >>> 0 < 8 && theirs < ours) {
        subject.setSystem("DFAR", theirs)
        return { reason: "DFAR of an external abort", r: 1 << rt }
      }
    }
    if (isReadOfDfsr(word) && subject.system("DFSR") === 0x801) {
      // The abort of an unaligned exclusive store is one of a write (B3.13.1); QEMU first loads the value to compare.
      const rt = (word >>> 12) & 15
      if (expected.r[rt] === 0x001 && isExclusiveStore(subject, before)) {
        subject.setSystem("DFSR", 0x001)
        return { reason: "DFSR.WnR of an unaligned STREX", r: 1 << rt }
      }
    }
    if (isReadOfIfsr(word)) {
      // IFSR has no domain (B4.1.96); QEMU puts one there.
      const rt = (word >>> 12) & 15
      if (((expected.r[rt]! ^ actual.r[rt]!) & ~0xf0) === 0) {
        subject.setSystem("IFSR", expected.r[rt]!)
        return { reason: "a domain in IFSR", r: 1 << rt }
      }
    }
    if (isReadOfSctlr(word)) {
      // A program that wandered into the harness may write anything. QEMU keeps it even in fixed bits (B4.1.130).
      const rt = (word >>> 12) & 15
      if (((expected.r[rt]! ^ actual.r[rt]!) & SCTLR_WRITABLE) === 0) {
        return { reason: "fixed bits of SCTLR", r: 1 << rt }
      }
    }
    if (isReadOfSpsr(word) && (before.cpsr & 0x1f) === startModes.abt) {
      // A return into Jazelle state, or ARM state with IT bits, is UNPREDICTABLE (B9.3.13). On ARMv5, so is arithmetic that sets pc to
      // an odd address (A2.3.1). They end a run. But if the fetch aborts at once, the state between is not shown, and only SPSR has a
      // trace of it.
      const rt = (word >>> 12) & 15
      const open = J | IL | ((expected.r[rt]! & T) === 0 ? IT : 0) | (subject.cpu.model === "arm926" ? T : 0)
      if (((expected.r[rt]! ^ actual.r[rt]!) & ~open) === 0) {
        const value = expected.r[rt]!
        subject.change(({ cpu }) => cpu.state.set(spsrs, bankOf(startModes.abt), value))
        return { reason: "SPSR of a return into no state", r: 1 << rt }
      }
    }
    return undefined
  }
}

/** Smallest page of ARMv5 (ARM DDI 0100I, B4.7). */
const TINY_PAGE = 1024

/**
 * Makes the function that recognises a state of QEMU's between the halves of an ARMv5 BL or BLX in Thumb code. By the manual these are
 * two instructions (ARM DDI 0100I, A7.1.17). Both emulators make one of them, but QEMU only if both halves are in one page.
 */
export function isBetweenHalves(subject: Subject): (before: StateRecord, shown: StateRecord) => boolean {
  return ({ r, cpsr }, shown) => {
    const pc = r[15]!
    if (pc % TINY_PAGE !== TINY_PAGE - 2 || (cpsr & 0x20) === 0 || shown.r[15] !== pc + 2) return false
    const [low, high] = subject.memory(pc, 2)
    return high! >> 3 === 0x1e && shown.r[14] === (pc + 4 + (((high! << 29) | (low! << 21)) >> 9)) >>> 0
  }
}
