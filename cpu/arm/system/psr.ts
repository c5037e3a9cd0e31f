// CPSR and SPSR as one value, as IR (ARM DDI 0406C, B1.3.3; pseudocode CPSRWriteByInstr).

import type { Builder, Node } from "../../ir/index.ts"
import { GE, MODE, state } from "../state.ts"
import { isUser, regime, setRegime, switchMode } from "./modes.ts"
import { EXECUTION_STATE, PSR_BIT, PSR_FLAGS, PSR_GE, PSR_MODE, USER_BITS } from "./psr-bits.ts"

const { I, F, PSR_BITS, CONTEXT, REGIME } = state.files

const bit = (b: Builder, value: Node, n: number) => b.and(b.shrU(value, b.i32(n)), b.i32(1))

/** CPSR with its execution state bits 0. */
export function readCpsr(b: Builder): Node {
  let value = b.or(b.get(MODE), b.shl(b.get(GE), b.i32(PSR_GE)))
  for (const [file, n] of PSR_FLAGS) value = b.or(value, b.shl(b.get(file), b.i32(n)))
  return value
}

/** The execution state bits for an ISA register (0 A32, 1 Thumb) and an ITSTATE. */
export function executionState(b: Builder, isa: Node, it: Node): Node {
  const low = b.shl(b.and(it, b.i32(3)), b.i32(25))
  const high = b.shl(b.and(it, b.i32(0xfc)), b.i32(8))
  return b.or(b.shl(isa, b.i32(PSR_BIT.T)), b.or(low, high))
}

/** Writes everything but mode and execution state. */
function writeFlags(b: Builder, value: Node): void {
  for (const [file, n] of PSR_FLAGS) b.set(file, bit(b, value, n))
  b.set(GE, b.and(b.shrU(value, b.i32(PSR_GE)), b.i32(15)))
}

/** Goes on with a new fetch: after a change of mode, the rest of the translated block may not be fetched any more. */
export type GoOn = () => void

/** Writes the flags alone: N, Z, C, V and Q. */
export function writeCpsrFlags(b: Builder, value: Node): void {
  for (const [file, n] of PSR_FLAGS) if (n >= PSR_BIT.Q) b.set(file, bit(b, value, n))
}

/** Writes I, F and the mode alone, if privileged. */
export function writeCpsrControl(b: Builder, value: Node, goOn: GoOn): void {
  b.if(b.eqz(isUser(b)), () => {
    b.set(I, bit(b, value, PSR_BIT.I))
    b.set(F, bit(b, value, PSR_BIT.F))
    changeMode(b, b.and(value, b.i32(PSR_MODE)), goOn)
  })
}

/** Changes the mode if it is another one, after the interrupt masks have been written. */
export function changeMode(b: Builder, mode: Node, goOn: GoOn): void {
  b.attend()
  b.if(b.ne(mode, b.get(MODE)), () => {
    switchMode(b, mode)
    settleRegime(b, goOn)
  })
}

/** Makes REGIME agree with mode and CPSR.E. */
export function settleRegime(b: Builder, goOn: GoOn): void {
  const now = regime(b)
  b.if(b.ne(now, b.get(REGIME)), () => {
    b.set(REGIME, now)
    goOn()
  })
}

/** CPSRWriteByInstr without execution state: writes the bits of a mask that the mode and the CPU model allow. */
export function writeCpsr(b: Builder, value: Node, mask: Node, goOn: GoOn): void {
  const allowed = b.select(isUser(b), b.i32(USER_BITS), b.i32(~EXECUTION_STATE))
  const writable = b.and(b.and(mask, allowed), b.get(PSR_BITS))
  const old = readCpsr(b)
  const psr = b.xor(old, b.and(b.xor(old, value), writable))
  writeFlags(b, psr)
  b.attend()
  switchMode(b, b.and(psr, b.i32(PSR_MODE)))
  settleRegime(b, goOn)
}

/** Mask of whole bytes from the four bits of an MSR. */
export function byteMask(b: Builder, fields: Node): Node {
  const spread = b.and(b.mul(fields, b.i32(0x0020_4081)), b.i32(0x0101_0101))
  return b.mul(spread, b.i32(0xff))
}

/**
 * Restores a whole status register and goes on at an address, as an exception return does: with the mode, the
 * instruction set and the IT state that the value says. An illegal mode leaves the mode as it is.
 */
export function restorePsr(b: Builder, value: Node, address: Node): void {
  const psr = b.and(value, b.get(PSR_BITS))
  writeFlags(b, psr)
  switchMode(b, b.and(psr, b.i32(PSR_MODE)))
  setRegime(b)
  const thumb = bit(b, psr, PSR_BIT.T)
  const it = b.or(b.and(b.shrU(psr, b.i32(25)), b.i32(3)), b.and(b.shrU(psr, b.i32(8)), b.i32(0xfc)))
  b.set(CONTEXT, b.select(thumb, it, b.i32(0)))
  b.attend()
  b.branch(b.and(address, b.select(thumb, b.i32(-2), b.i32(-4))), thumb)
}
