// FPSCR[FPRF], FPSCR[FR] and FPSCR[FI] tell of the last instruction only, and are rarely read. So the fast paths record
// that instruction and its operands, and the fields are computed when something reads them.

import { DOUBLE, SINGLE } from "../../float/format.ts"
import type { Builder, Node } from "../../ir/index.ts"
import { FPSCR, state } from "../state.ts"
import type { PowerPcRegisters } from "../system/ports.ts"
import { FPRF, FPSCR_BITS } from "./fpscr-bits.ts"
import { compute, OPERATION, type Operation } from "./soft-float.ts"

const { FP_PENDING, FP_OPERAND } = state.files

/** FP_PENDING: 1 + the operation, and what of its fields FPSCR has by now. The operation has rounded to nearest. */
export const PENDING = {
  operation: 0xf,
  single: 0x10,
  /** A comparison has written FPCC. */
  hasConditions: 0x20,
  /** A conversion has written FR and FI. */
  hasFraction: 0x40,
} as const

/** Records an instruction of the fast path with those of frA, frB and frC that it has. */
export function recordPending(
  b: Builder,
  operation: Operation,
  single: boolean,
  operands: readonly (Node | undefined)[],
): void {
  b.set(FP_PENDING, b.i32((OPERATION[operation] + 1) | (single ? PENDING.single : 0)))
  for (const [n, bits] of operands.entries()) if (bits) b.setReg(FP_OPERAND, n, bits)
}

/** Computes the fields that are pending. */
export function materialiseFpscr(registers: PowerPcRegisters): void {
  const pending = registers.get(FP_PENDING)
  if (pending === 0) return
  registers.set(FP_PENDING, 0, 0)
  const operation = (pending & PENDING.operation) - 1
  if (operation < 0) return
  const format = pending & PENDING.single ? SINGLE : DOUBLE
  const [a, b, c] = [0, 1, 2].map((n) => BigInt.asUintN(64, registers.getLong(FP_OPERAND, n)))
  // The fast path takes no operand of single-precision products whose fraction a 750 would shorten.
  const { fpscr } = compute(0, { operation, format, shortensC: false }, a!, b!, c!)
  const conditions = pending & PENDING.hasConditions ? FPRF.conditions : 0
  const fraction = pending & PENDING.hasFraction ? FPSCR_BITS.FR | FPSCR_BITS.FI : 0
  const fields = (FPRF.mask | FPSCR_BITS.FR | FPSCR_BITS.FI) & ~(conditions | fraction)
  registers.set(FPSCR, 0, (registers.get(FPSCR) & ~fields) | (fpscr & fields))
}

/** FPSCR as mffs reads it: unsigned. */
export function readFpscr(registers: PowerPcRegisters): number {
  materialiseFpscr(registers)
  return registers.get(FPSCR) >>> 0
}

/** Writes FPSCR as a whole. */
export function writeFpscr(registers: PowerPcRegisters, value: number): void {
  registers.set(FP_PENDING, 0, 0)
  registers.set(FPSCR, 0, value)
}
