// The estimates of fres and frsqrte: straight lines over 32 intervals of the operand (MPC750UM, 2.3.4.2.2). The manual
// gives their accuracy only, 1 in 4096. The lines are those that 750-family processors were observed to use.

import { DOUBLE, fractionMask, infinity, SINGLE, signBit, zero } from "../../float/format.ts"
import { bitLength } from "../../float/rounding.ts"

/** An interval's value at its start, and how much it falls by each step. */
type Line = readonly [start: number, slope: number]

/** Fractions of 1/x in units of 2 ** -24, in 1024 steps for each interval. */
const RECIPROCALS: readonly Line[] = [
  [0xfff000, 0x3e1],
  [0xf07000, 0x3a7],
  [0xe1d400, 0x371],
  [0xd41000, 0x340],
  [0xc71000, 0x313],
  [0xbac400, 0x2ea],
  [0xaf2000, 0x2c4],
  [0xa41000, 0x2a0],
  [0x999000, 0x27f],
  [0x8f9400, 0x261],
  [0x861000, 0x245],
  [0x7d0000, 0x22a],
  [0x745800, 0x212],
  [0x6c1000, 0x1fb],
  [0x642800, 0x1e5],
  [0x5c9400, 0x1d1],
  [0x555000, 0x1be],
  [0x4e5800, 0x1ac],
  [0x47ac00, 0x19b],
  [0x413c00, 0x18b],
  [0x3b1000, 0x17c],
  [0x352000, 0x16e],
  [0x2f5c00, 0x15b],
  [0x29f000, 0x15b],
  [0x248800, 0x143],
  [0x1f7c00, 0x143],
  [0x1a7000, 0x12d],
  [0x15bc00, 0x12d],
  [0x110800, 0x11a],
  [0x0ca000, 0x11a],
  [0x083800, 0x108],
  [0x041800, 0x106],
]

/** Fractions of 1/sqrt(x) in units of 2 ** -26, in 2048 steps: for odd powers of two, then for even ones. */
const RECIPROCAL_ROOTS: readonly Line[] = [
  [0x1a7e800, 0x568],
  [0x17cb800, 0x4f3],
  [0x1552800, 0x48d],
  [0x130c000, 0x435],
  [0x10f2000, 0x3e7],
  [0x0eff000, 0x3a2],
  [0x0d2e000, 0x365],
  [0x0b7c000, 0x32e],
  [0x09e5000, 0x2fc],
  [0x0867000, 0x2d0],
  [0x06ff000, 0x2a8],
  [0x05ab800, 0x283],
  [0x046a000, 0x261],
  [0x0339800, 0x243],
  [0x0218800, 0x226],
  [0x0105800, 0x20b],
  [0x3ffa000, 0x7a4],
  [0x3c29000, 0x700],
  [0x38aa000, 0x670],
  [0x3572000, 0x5f2],
  [0x3279000, 0x584],
  [0x2fb7000, 0x524],
  [0x2d26000, 0x4cc],
  [0x2ac0000, 0x47e],
  [0x2881000, 0x43a],
  [0x2665000, 0x3fa],
  [0x2468000, 0x3c2],
  [0x2287000, 0x38e],
  [0x20c1000, 0x35e],
  [0x1f12000, 0x332],
  [0x1d79000, 0x30a],
  [0x1bf4000, 0x2e6],
]

const valueAt = (lines: readonly Line[], step: number, steps: number): number => {
  const [start, slope] = lines[Math.floor(step / steps)]!
  return start - slope * (step % steps)
}

/** The upper 15 bits of a fraction, which the lines depend on. */
const leadingBits = (bits: bigint): number => Number((bits & fractionMask(DOUBLE)) >> 37n)
const exponentOf = (bits: bigint): number => Number((bits >> 52n) & 0x7ffn)

/** Biased exponents of double precision: below the first, 1/x has no single; from the second on, it is zero. */
const SMALLEST = 895
const HUGE = 1172
/** In non-IEEE mode, which has no denormal results. */
const HUGE_IN_NON_IEEE_MODE = 1149

/** A reciprocal in single precision, and whether it left the range of normal numbers. */
export type Reciprocal = { readonly single: bigint; readonly overflow: boolean; readonly underflow: boolean }

/** fres of a finite number that is not zero. */
export function estimateReciprocal(bits: bigint, nonIeee: boolean): Reciprocal {
  const sign = zero(SINGLE, (bits & signBit(DOUBLE)) !== 0n)
  const biased = exponentOf(bits)
  if (biased < SMALLEST) return { single: sign | (infinity(SINGLE, false) - 1n), overflow: true, underflow: false }
  if (biased >= (nonIeee ? HUGE_IN_NON_IEEE_MODE : HUGE)) return { single: sign, overflow: false, underflow: true }
  const fraction = valueAt(RECIPROCALS, leadingBits(bits), 1024) >> 1
  // Of the result in single precision, 253 - (biased - 896).
  const exponent = SMALLEST + 254 - biased
  if (exponent > 0) {
    return { single: sign | (BigInt(exponent) << 23n) | BigInt(fraction), overflow: false, underflow: false }
  }
  const denormal = nonIeee ? 0 : ((1 << 23) | fraction) >> (1 - exponent)
  return { single: sign | BigInt(denormal), overflow: false, underflow: true }
}

/** frsqrte of a finite number that is greater than zero, in double precision. */
export function estimateReciprocalRoot(bits: bigint): bigint {
  const biased = exponentOf(bits)
  // A denormal operand, as a fraction with an exponent of zero or less.
  const up = biased === 0 ? 53 - bitLength(bits) : 0
  const exponent = biased === 0 ? 1 - up : biased
  const step = ((exponent & 1) << 15) | leadingBits(bits << BigInt(up))
  const fraction = BigInt(valueAt(RECIPROCAL_ROOTS, step, 2048)) << 26n
  return (BigInt((0xbfc - exponent) >> 1) << 52n) | fraction
}
