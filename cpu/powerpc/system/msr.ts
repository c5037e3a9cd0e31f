// Writing MSR, and the translation regime that follows from it (Programming Environments Manual, 2.3.1, 7.2).

import type { Builder, Node } from "../../ir/index.ts"
import { MSR, state } from "../state.ts"
import { mixedChanged, steppingBegun } from "./helpers.ts"
import { MSR_BITS, SRR1 } from "./msr-bits.ts"

const { REGIME, MIXED } = state.files

/**
 * Numbers of the regimes, which are also the levels of the TLB. In a mixed regime MSR[IR] and MSR[DR] differ; MIXED says
 * which way, and whether MSR[PR] is set.
 */
export const REGIMES = { user: 0, supervisor: 1, real: 2, mixed: 3 } as const

const { user, supervisor, real, mixed } = REGIMES
/** Regimes by MSR[PR] || MSR[IR] || MSR[DR], two bits each. */
const BY_BITS = [real, mixed, mixed, supervisor, real, mixed, mixed, user].reduce<number>(
  (all, regime, n) => all | (regime << (2 * n)),
  0,
)

/** MSR[PR] || MSR[IR] || MSR[DR]. */
const selector = (b: Builder, msr: Node): Node =>
  b.or(b.and(b.shrU(msr, b.i32(4)), b.i32(3)), b.and(b.shrU(msr, b.i32(12)), b.i32(4)))

/**
 * What has to happen before MSR gets a value, and the regime that follows from it. Helpers are called before anything is
 * written, so that translated code can leave these rare paths to the interpreter.
 */
function prepareMsr(b: Builder, msr: Node): Node {
  const bits = selector(b, msr)
  const regime = b.and(b.shrU(b.i32(BY_BITS), b.shl(bits, b.i32(1))), b.i32(3))
  b.if(b.and(msr, b.i32(MSR_BITS.SE | MSR_BITS.BE)), () => b.perform(steppingBegun))
  // Level 3 of the TLB is emptied when it is to hold another mixture.
  b.if(b.and(b.eq(regime, b.i32(mixed)), b.ne(bits, b.get(MIXED))), () => {
    b.perform(mixedChanged)
    b.set(MIXED, bits)
  })
  return regime
}

/** Writes MSR and what depends on it; the caller continues with a branch. */
export function setMsr(b: Builder, value: Node): void {
  const regime = prepareMsr(b, value)
  b.set(MSR, value)
  b.set(REGIME, regime)
}

/** Writes MSR in the middle of a program: after a change of regime, the next instruction is fetched anew. */
export function writeMsr(b: Builder, value: Node): void {
  const regime = prepareMsr(b, value)
  b.set(MSR, value)
  b.attend()
  b.if(b.ne(regime, b.get(REGIME)), () => {
    b.set(REGIME, regime)
    b.branch(b.nextPc())
  })
}

/** FPSCR[FEX]: an enabled floating-point exception is pending. */
const FEX = 0x4000_0000

/**
 * Does what writes `msr`, unless it enables a pending floating-point exception: then a program exception is taken, which
 * returns to `next` (6.4.7).
 */
export function unlessFloatingPointEnabled(b: Builder, msr: Node, next: Node, body: () => void): void {
  const isMode = b.ne(b.and(msr, b.i32(MSR_BITS.FE0 | MSR_BITS.FE1)), b.i32(0))
  const isPending = b.ne(b.and(b.get(state.files.FPSCR), b.i32(FEX)), b.i32(0))
  b.if(b.and(isMode, isPending), () => b.raise("floatingPointEnabled", msr, next), body)
}

/** A bit of MSR, not zero if set. */
export const msrBit = (b: Builder, bit: keyof typeof MSR_BITS): Node => b.and(b.get(MSR), b.i32(MSR_BITS[bit]))

/** What only supervisor programs may do; elsewhere it is a program exception (6.4.7). */
export function supervisorOnly(b: Builder, body: () => void): void {
  b.if(msrBit(b, "PR"), () => b.raise("program", b.i32(SRR1.privileged)), body)
}
