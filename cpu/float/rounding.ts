// Rounding of exact values (IEEE 754-2008, 4.3 and 7). Numbers are tiny before rounding: those below the smallest normal
// number.

import { type Format, infinity, largest, minNormal, type Unpacked, zero } from "./format.ts"

/** Rounding modes. */
export const ROUND = { nearest: 0, up: 1, down: 2, zero: 3 } as const
/** One of them. */
export type Rounding = (typeof ROUND)[keyof typeof ROUND]

/** A magnitude as a whole number of units. */
export type Whole = {
  readonly whole: bigint
  readonly inexact: boolean
  /** Whether the magnitude has grown. */
  readonly roundedUp: boolean
}

/** A number in a format, and what rounding has done to it. */
export type Rounded = {
  readonly bits: bigint
  readonly inexact: boolean
  readonly roundedUp: boolean
  readonly overflow: boolean
  /** Whether the exact value is below the smallest normal number. */
  readonly tiny: boolean
}

/** A value that is not zero: the parts of `Unpacked` that rounding needs. */
export type Magnitude = Pick<Unpacked, "negative" | "significand" | "exponent">

/** Bits of a positive number. */
export function bitLength(x: bigint): number {
  const digits = x.toString(16)
  return digits.length * 4 - (Math.clz32(Number.parseInt(digits[0]!, 16)) - 28)
}

/** Whether a number that lies `rest` above a multiple of `unit` is rounded to the next one away from zero. */
export function roundsUp(mode: Rounding, negative: boolean, odd: boolean, rest: bigint, unit: bigint): boolean {
  switch (mode) {
    case ROUND.nearest:
      return 2n * rest > unit || (2n * rest === unit && odd)
    case ROUND.up:
      return rest !== 0n && !negative
    case ROUND.down:
      return rest !== 0n && negative
    case ROUND.zero:
      return false
  }
}

/** Rounds to a multiple of `2 ** lowest`, which is the unit of the result. */
export function roundAt({ negative, significand, exponent }: Magnitude, lowest: number, mode: Rounding): Whole {
  if (exponent >= lowest) {
    return { whole: significand << BigInt(exponent - lowest), inexact: false, roundedUp: false }
  }
  const drop = BigInt(lowest - exponent)
  const whole = significand >> drop
  const rest = significand - (whole << drop)
  const roundedUp = roundsUp(mode, negative, (whole & 1n) !== 0n, rest, 1n << drop)
  return { whole: roundedUp ? whole + 1n : whole, inexact: rest !== 0n, roundedUp }
}

/** Whether the exact value is below the smallest normal number of the format. */
export const isTiny = (f: Format, { significand, exponent }: Magnitude): boolean =>
  exponent + bitLength(significand) - 1 < minNormal(f)

/**
 * Rounds a value, not zero, to the format. The lowest bit of a significand that is longer than the format's by two bits
 * or more may stand for all bits below it.
 */
export function round(f: Format, value: Magnitude, mode: Rounding): Rounded {
  const { negative, significand, exponent } = value
  const leading = exponent + bitLength(significand) - 1
  const tiny = leading < minNormal(f)
  const { whole, inexact, roundedUp } = roundAt(value, (tiny ? minNormal(f) : leading) - f.fractionBits, mode)
  // A carry out of the fraction moves on to the exponent by itself.
  const magnitude = (BigInt(tiny ? 0 : leading - minNormal(f)) << BigInt(f.fractionBits)) + whole
  if (magnitude < infinity(f, false)) {
    return { bits: zero(f, negative) | magnitude, inexact, roundedUp, overflow: false, tiny }
  }
  const grows = mode === ROUND.nearest || mode === (negative ? ROUND.down : ROUND.up)
  const bits = grows ? infinity(f, negative) : largest(f, negative)
  return { bits, inexact: true, roundedUp: grows, overflow: true, tiny }
}
