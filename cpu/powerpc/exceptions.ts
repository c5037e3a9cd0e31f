// Exceptions: their entry (Programming Environments Manual, 6.1 to 6.4; MPC750UM, chapter 4; MPC7400UM, 4.6 for
// AltiVec).

import type { Builder, Node } from "../ir/index.ts"
import type { ExceptionEntry } from "../isa/index.ts"
import { MSR, SPR, SPRN } from "./state.ts"
import { alignmentSyndrome, decrementerTaken } from "./system/helpers.ts"
import { setMsr } from "./system/msr.ts"
import { MSR_BITS, SAVED_BITS, SRR1 } from "./system/msr-bits.ts"

/** Vector offsets (PEM, table 6-2; MPC750UM, table 4-1). */
export const VECTORS = {
  reset: 0x100,
  machineCheck: 0x200,
  dsi: 0x300,
  isi: 0x400,
  external: 0x500,
  alignment: 0x600,
  program: 0x700,
  floatingPointUnavailable: 0x800,
  decrementer: 0x900,
  systemCall: 0xc00,
  trace: 0xd00,
  performanceMonitor: 0xf00,
  altivecUnavailable: 0xf20,
  instructionBreakpoint: 0x1300,
  systemManagement: 0x1400,
  altivecAssist: 0x1600,
  thermal: 0x1700,
} as const

const { ILE, ME, IP, LE } = MSR_BITS

type Entry = { readonly vector: number; readonly srr1?: Node; readonly kept?: number; readonly msr?: Node }

/** Saves where to return to, and goes to the vector. */
function enter(b: Builder, pc: Node, { vector, srr1 = b.i32(0), kept = ILE | ME | IP, msr = b.get(MSR) }: Entry): void {
  b.setReg(SPR, SPRN.SRR0, pc)
  b.setReg(SPR, SPRN.SRR1, b.or(b.and(msr, b.i32(SAVED_BITS)), srr1))
  const littleEndian = b.select(b.and(msr, b.i32(ILE)), b.i32(LE), b.i32(0))
  setMsr(b, b.or(b.and(msr, b.i32(kept)), littleEndian))
  const base = b.select(b.and(msr, b.i32(IP)), b.i32(0xfff0_0000), b.i32(0))
  b.branch(b.add(base, b.i32(vector)))
}

const plain =
  (vector: number): ExceptionEntry =>
  (b, at) =>
    enter(b, at.pc, { vector })

const withStatus =
  (vector: number): ExceptionEntry =>
  (b, at) =>
    enter(b, at.pc, { vector, srr1: at.args[0] ?? b.i32(0) })

/**
 * The exceptions by name. `dsi` takes DAR and DSISR, `alignment` DAR; `isi` and `program` take bits of SRR1.
 * Asynchronous ones are raised at the instruction that has not been executed yet.
 */
export const exceptions: Readonly<Record<string, ExceptionEntry>> = {
  reset: plain(VECTORS.reset),
  machineCheck(b, at) {
    // With MSR[ME] clear, the processor checkstops (6.4.2).
    b.if(
      b.and(b.get(MSR), b.i32(ME)),
      () => enter(b, at.pc, { vector: VECTORS.machineCheck, srr1: at.args[0] ?? b.i32(0), kept: ILE | IP }),
      () => b.exit("halt"),
    )
  },
  dsi(b, at) {
    b.setReg(SPR, SPRN.DAR, at.args[0] ?? b.i32(0))
    b.setReg(SPR, SPRN.DSISR, at.args[1] ?? b.i32(0))
    enter(b, at.pc, { vector: VECTORS.dsi })
  },
  isi: withStatus(VECTORS.isi),
  external: plain(VECTORS.external),
  alignment(b, at) {
    b.setReg(SPR, SPRN.DAR, at.args[0] ?? b.i32(0))
    b.setReg(SPR, SPRN.DSISR, b.call(alignmentSyndrome, at.pc))
    enter(b, at.pc, { vector: VECTORS.alignment })
  },
  program: withStatus(VECTORS.program),
  /** MSR was to become the first argument, which enables a pending exception; SRR0 is the second (6.4.7). */
  floatingPointEnabled: (b, at) =>
    enter(b, at.args[1] ?? at.pc, {
      vector: VECTORS.program,
      srr1: b.i32(SRR1.floatingPoint | SRR1.next),
      msr: at.args[0] ?? b.get(MSR),
    }),
  illegal: (b, at) => enter(b, at.pc, { vector: VECTORS.program, srr1: b.i32(SRR1.illegal) }),
  floatingPointUnavailable: plain(VECTORS.floatingPointUnavailable),
  decrementer(b, at) {
    b.perform(decrementerTaken)
    enter(b, at.pc, { vector: VECTORS.decrementer })
  },
  systemCall: (b, at) => enter(b, b.add(at.pc, b.i32(4)), { vector: VECTORS.systemCall }),
  trace: plain(VECTORS.trace),
  performanceMonitor: plain(VECTORS.performanceMonitor),
  altivecUnavailable: plain(VECTORS.altivecUnavailable),
  instructionBreakpoint: plain(VECTORS.instructionBreakpoint),
  systemManagement: plain(VECTORS.systemManagement),
  altivecAssist: plain(VECTORS.altivecAssist),
  thermal: plain(VECTORS.thermal),
}
