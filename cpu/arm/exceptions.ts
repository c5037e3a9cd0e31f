// Exceptions: entry and return (ARM DDI 0406C, B1.8, B1.9; B1.8.3 for the link values).

import { ALIGNMENT_STATUS, DEBUG_EVENT_STATUS, FSR_WNR, type StatusByFormat } from "../../mmu/arm/fault-status.ts"
import { SCTLR_EE, SCTLR_TE, SCTLR_V } from "../../mmu/arm/sctlr.ts"
import type { Builder, Node } from "../ir/index.ts"
import type { ExceptionEntry } from "../isa/index.ts"
import { itAdvance } from "./encoding-offsets.ts"
import { GPR, MODES, state } from "./state.ts"
import { cp15Slot } from "./system/cp15-storage.ts"
import { bankIndex, getSpsr, isUser, setRegime, switchMode } from "./system/modes.ts"
import { executionState, readCpsr, restorePsr } from "./system/psr.ts"
import { PSR_BIT } from "./system/psr-bits.ts"
import { resetSystem } from "./system/system.ts"

const { A, I, F, E, ISA, CONTEXT, CP15, PSR_BITS, EXCLUSIVE, SPSR_BANK } = state.files

type Entry = {
  readonly mode: number
  /** Offset of the vector. */
  readonly vector: number
  /** What to add to the address that is handed in, for the link register: in A32 and in Thumb state. */
  readonly link: readonly [a32: number, thumb: number]
  readonly masksAborts?: boolean
  readonly masksFiq?: boolean
}

/** A bit of SCTLR, as 0 or 1. */
const sctlr = (b: Builder, bit: number) =>
  b.and(b.shrU(b.reg(CP15, cp15Slot("SCTLR")), b.i32(31 - Math.clz32(bit))), b.i32(1))

function vectorBase(b: Builder): Node {
  return b.select(sctlr(b, SCTLR_V), b.i32(0xffff_0000), b.reg(CP15, cp15Slot("VBAR")))
}

/** Takes an exception: `it` is the IT state to return to. */
function enter(b: Builder, pc: Node, it: Node, { mode, vector, link, masksAborts, masksFiq }: Entry): void {
  const thumb = b.get(ISA)
  const spsr = b.or(readCpsr(b), executionState(b, thumb, it))
  const returnAddress = b.add(pc, b.select(thumb, b.i32(link[1]), b.i32(link[0])))
  switchMode(b, b.i32(mode))
  b.setReg(SPSR_BANK, bankIndex(b, b.i32(mode)), spsr)
  b.setReg(GPR, 14, returnAddress)
  goToVector(b, vector, masksAborts ?? false, masksFiq ?? false)
}

function goToVector(b: Builder, vector: number, masksAborts: boolean, masksFiq: boolean): void {
  b.set(I, b.i32(1))
  // ARMv5 has no CPSR.A
  if (masksAborts) b.set(A, b.and(b.shrU(b.get(PSR_BITS), b.i32(PSR_BIT.A)), b.i32(1)))
  if (masksFiq) b.set(F, b.i32(1))
  b.set(E, sctlr(b, SCTLR_EE))
  setRegime(b)
  b.set(CONTEXT, b.i32(0))
  b.branch(b.add(vectorBase(b), b.i32(vector)), sctlr(b, SCTLR_TE))
}

/** ITAdvance of a run-time value. */
function advanced(b: Builder, it: Node): Node {
  if (it.kind === "const") return b.i32(itAdvance(Number(it.value)))
  const next = b.or(b.and(it, b.i32(0xe0)), b.and(b.shl(it, b.i32(1)), b.i32(0x1f)))
  return b.select(b.and(it, b.i32(7)), next, b.i32(0))
}

const undefinedEntry: Entry = { mode: MODES.und, vector: 0x04, link: [4, 2] }
const svcEntry: Entry = { mode: MODES.svc, vector: 0x08, link: [4, 2] }
const prefetchAbortEntry: Entry = { mode: MODES.abt, vector: 0x0c, link: [4, 4], masksAborts: true }
const dataAbortEntry: Entry = { mode: MODES.abt, vector: 0x10, link: [8, 8], masksAborts: true }
const irqEntry: Entry = { mode: MODES.irq, vector: 0x18, link: [4, 4], masksAborts: true }
const fiqEntry: Entry = { mode: MODES.fiq, vector: 0x1c, link: [4, 4], masksAborts: true, masksFiq: true }

/**
 * The exceptions by name. `prefetchAbort` and `dataAbort` take the faulting address and the fault status as the status
 * registers hold it; `irq` and `fiq` are raised at the instruction that has not been executed yet.
 */
export const exceptions: Readonly<Record<string, ExceptionEntry>> = {
  reset(b) {
    b.perform(resetSystem)
    b.set(EXCLUSIVE, b.i32(0))
    switchMode(b, b.i32(MODES.svc))
    goToVector(b, 0, true, true)
  },
  undefined: (b, at) => enter(b, at.pc, at.context, undefinedEntry),
  svc: (b, at) => enter(b, at.pc, advanced(b, at.context), svcEntry),
  prefetchAbort(b, at) {
    b.setReg(CP15, cp15Slot("IFAR"), at.args[0] ?? b.i32(0))
    b.setReg(CP15, cp15Slot("IFSR"), at.args[1] ?? b.i32(0))
    enter(b, at.pc, at.context, prefetchAbortEntry)
  },
  dataAbort(b, at) {
    b.setReg(CP15, cp15Slot("DFAR"), at.args[0] ?? b.i32(0))
    b.setReg(CP15, cp15Slot("DFSR"), at.args[1] ?? b.i32(0))
    enter(b, at.pc, at.context, dataAbortEntry)
  },
  irq: (b, at) => enter(b, at.pc, at.context, irqEntry),
  fiq: (b, at) => enter(b, at.pc, at.context, fiqEntry),
}

/** A fault status in the format that TTBCR.EAE chooses. */
function statusOf(b: Builder, { short, long }: StatusByFormat): Node {
  return b.select(b.ltS(b.reg(CP15, cp15Slot("TTBCR")), b.i32(0)), b.i32(long), b.i32(short))
}

/** Takes an alignment fault of the address. */
export function raiseAlignmentFault(b: Builder, address: Node, write: boolean): void {
  b.raise("dataAbort", address, b.or(statusOf(b, ALIGNMENT_STATUS), b.i32(write ? FSR_WNR : 0)))
}

/** Takes a debug event: a prefetch abort, of which the address in IFAR is UNKNOWN. */
export function raiseDebugEvent(b: Builder): void {
  b.raise("prefetchAbort", b.i32(0), statusOf(b, DEBUG_EVENT_STATUS))
}

/**
 * Returns from an exception to the address that `load` gives: CPSR becomes SPSR. It may land in the middle of an IT
 * block, which the CONTEXT register tells. In user mode, where it is UNPREDICTABLE, it is an undefined instruction.
 */
export function returnFromException(b: Builder, load: () => Node): void {
  b.if(
    isUser(b),
    () => b.raise("undefined"),
    () => {
      const spsr = getSpsr(b)
      restorePsr(b, spsr, load())
    },
  )
}

/** Returns from an exception to a known address. */
export function exceptionReturn(b: Builder, address: Node): void {
  returnFromException(b, () => address)
}
