// Floating-point numbers as ARM defines them, bit by bit: flags, NaNs, flushing to zero, and the alternative half
// precision (ARM DDI 0406C, A2.7, pseudocode FPUnpack, FPProcessNaNs, FPRound). Exact and slow: what the inline fast paths
// of VFP leave over.

import type { Exact } from "../../float/exact.ts"
import {
  defaultNan,
  type Format,
  fractionMask,
  HALF,
  infinity,
  isZero,
  minNormal,
  quietBit,
  signBit,
  type Unpacked,
  unpack as unpackBits,
  zero,
} from "../../float/format.ts"
import {
  bitLength,
  isTiny,
  type Magnitude,
  type Rounding,
  roundAt,
  round as roundMagnitude,
} from "../../float/rounding.ts"

/** Cumulative exception flags, at their places in FPSCR. */
export const FLAG = {
  invalid: 1 << 0,
  divideByZero: 1 << 1,
  overflow: 1 << 2,
  underflow: 1 << 3,
  inexact: 1 << 4,
  inputDenormal: 1 << 7,
} as const

/** What FPSCR says of an operation; the operation adds to `flags`. */
export type Environment = {
  readonly rounding: Rounding
  readonly flushToZero: boolean
  readonly defaultNan: boolean
  /** Half precision has numbers in place of infinities and NaNs. */
  readonly alternativeHalf: boolean
  flags: number
}

/** Unpacks a number (FPUnpack); with flushing to zero, a denormal one becomes zero. */
export function unpack(env: Environment, f: Format, bits: bigint): Unpacked {
  const x = unpackBits(f, bits)
  if (f === HALF) {
    if (x.kind === "finite" || !env.alternativeHalf) return x
    const significand = (bits & fractionMask(f)) | (fractionMask(f) + 1n)
    return { ...x, kind: "finite", significand, exponent: minNormal(f) + 30 - f.fractionBits }
  }
  if (!env.flushToZero || x.kind !== "finite" || isZero(x) || x.significand > fractionMask(f)) return x
  env.flags |= FLAG.inputDenormal
  return { ...x, significand: 0n, exponent: 0 }
}

/** FPProcessNaN: a NaN operand as a result of the format. */
export function processNan(env: Environment, from: Format, to: Format, x: Unpacked): bigint {
  if (x.kind === "signalling") env.flags |= FLAG.invalid
  if (env.defaultNan) return defaultNan(to)
  const by = BigInt(to.fractionBits - from.fractionBits)
  const fraction = x.bits & fractionMask(from)
  return infinity(to, x.negative) | quietBit(to) | (by >= 0n ? fraction << by : fraction >> -by)
}

/** FPProcessNaNs: the result if any operand is a NaN; the first signalling one decides, else the first quiet one. */
export function processNans(env: Environment, f: Format, ...operands: readonly Unpacked[]): bigint | undefined {
  const chosen = operands.find((x) => x.kind === "signalling") ?? operands.find((x) => x.kind === "quiet")
  return chosen && processNan(env, f, f, chosen)
}

/** The result of an invalid operation. */
export function invalid(env: Environment, f: Format): bigint {
  env.flags |= FLAG.invalid
  return defaultNan(f)
}

/** FPRound: a value, not zero, in the format. */
export function round(env: Environment, f: Format, value: Magnitude, mode: Rounding = env.rounding): bigint {
  if (f === HALF && env.alternativeHalf) return roundAlternativeHalf(env, value, mode)
  if (env.flushToZero && f !== HALF && isTiny(f, value)) {
    env.flags |= FLAG.underflow
    return zero(f, value.negative)
  }
  const { bits, inexact, overflow, tiny } = roundMagnitude(f, value, mode)
  if (overflow) env.flags |= FLAG.overflow
  if (inexact) env.flags |= tiny ? FLAG.underflow | FLAG.inexact : FLAG.inexact
  return bits
}

/** A computed value in the format. */
export function finish(env: Environment, f: Format, value: Exact): bigint {
  if (value.kind === "invalid") return invalid(env, f)
  if (value.kind === "infinity") return infinity(f, value.negative)
  return isZero(value) ? zero(f, value.negative) : round(env, f, value)
}

function roundAlternativeHalf(env: Environment, value: Magnitude, mode: Rounding): bigint {
  const { negative, significand, exponent } = value
  const leading = exponent + bitLength(significand) - 1
  const binade = Math.max(leading, minNormal(HALF))
  const { whole, inexact } = roundAt(value, binade - HALF.fractionBits, mode)
  const magnitude = (BigInt(binade - minNormal(HALF)) << BigInt(HALF.fractionBits)) + whole
  if (magnitude >= signBit(HALF)) return beyondAlternativeHalf(env, negative)
  if (inexact) env.flags |= leading < binade ? FLAG.underflow | FLAG.inexact : FLAG.inexact
  return zero(HALF, negative) | magnitude
}

/** What is too large for the alternative half precision: its largest number. */
export function beyondAlternativeHalf(env: Environment, negative: boolean): bigint {
  env.flags |= FLAG.invalid
  return zero(HALF, negative) | (signBit(HALF) - 1n)
}
