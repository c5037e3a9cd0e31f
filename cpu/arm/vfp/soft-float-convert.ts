// Conversions of floating-point numbers, exact and slow (ARM DDI 0406C, A2.7; pseudocode FPToFixed, FixedToFP,
// FPSingleToDouble, FPDoubleToSingle, FPHalfToSingle, FPSingleToHalf).

import { type Format, HALF, infinity, isNan, isZero, zero } from "../../float/format.ts"
import { type Rounding, roundAt } from "../../float/rounding.ts"
import { beyondAlternativeHalf, type Environment, FLAG, processNan, round, unpack } from "./soft-float.ts"

/** A fixed-point format: an integer of `size` bits in units of `2 ** -fractionBits`. */
export type Fixed = { readonly size: 16 | 32; readonly signed: boolean; readonly fractionBits: number }

/** FPToFixed: saturates; a NaN gives 0. The result is the mathematical integer. */
export function toFixed(env: Environment, f: Format, bits: bigint, to: Fixed, mode: Rounding = env.rounding): bigint {
  const x = unpack(env, f, bits)
  if (isNan(x)) {
    env.flags |= FLAG.invalid
    return 0n
  }
  const highest = 2n ** BigInt(to.signed ? to.size - 1 : to.size) - 1n
  const lowest = to.signed ? -highest - 1n : 0n
  const limit = () => {
    env.flags |= FLAG.invalid
    return x.negative ? lowest : highest
  }
  if (x.kind === "infinity") return limit()
  const exponent = x.exponent + to.fractionBits
  // A larger number than this is out of range however it is rounded.
  if (exponent > 64 && !isZero(x)) return limit()
  const { whole, inexact } = roundAt({ ...x, exponent }, 0, mode)
  const value = x.negative ? -whole : whole
  if (value > highest || value < lowest) return limit()
  if (inexact) env.flags |= FLAG.inexact
  return value
}

/** FixedToFP: a mathematical integer in units of `2 ** -fractionBits`. */
export function fromFixed(
  env: Environment,
  f: Format,
  value: bigint,
  fractionBits: number,
  mode: Rounding = env.rounding,
): bigint {
  if (value === 0n) return zero(f, false)
  const negative = value < 0n
  return round(env, f, { negative, significand: negative ? -value : value, exponent: -fractionBits }, mode)
}

/** A number in another format. */
export function convert(env: Environment, from: Format, to: Format, bits: bigint): bigint {
  const x = unpack(env, from, bits)
  const alternative = to === HALF && env.alternativeHalf
  if (isNan(x)) {
    if (!alternative) return processNan(env, from, to, x)
    env.flags |= FLAG.invalid
    return zero(to, x.negative)
  }
  if (x.kind === "infinity") return alternative ? beyondAlternativeHalf(env, x.negative) : infinity(to, x.negative)
  return isZero(x) ? zero(to, x.negative) : round(env, to, x)
}
