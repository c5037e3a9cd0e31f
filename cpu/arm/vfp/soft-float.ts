// Floating-point numbers as ARM defines them, bit by bit: formats, NaNs and rounding (IEEE 754-2008; ARM DDI 0406C,
// A2.7, pseudocode FPUnpack, FPProcessNaNs, FPRound). Exact and slow: what the inline fast paths of VFP leave over.

/** A binary interchange format. */
export type Format = { readonly exponentBits: number; readonly fractionBits: number }

export const HALF: Format = { exponentBits: 5, fractionBits: 10 }
export const SINGLE: Format = { exponentBits: 8, fractionBits: 23 }
export const DOUBLE: Format = { exponentBits: 11, fractionBits: 52 }

/** FPSCR.RMode. */
export const ROUND = { nearest: 0, up: 1, down: 2, zero: 3 } as const
export type Rounding = (typeof ROUND)[keyof typeof ROUND]

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

/** A number taken apart: a finite one is `significand * 2 ** exponent`, and zero has a significand of 0. */
export type Unpacked = {
  readonly kind: "finite" | "infinity" | "quiet" | "signalling"
  readonly negative: boolean
  readonly significand: bigint
  readonly exponent: number
  /** The bits, as given. */
  readonly bits: bigint
}

const maxExponent = (f: Format) => 2 ** f.exponentBits - 1
/** Exponent of the leading bit of the smallest normal number. */
const minNormal = (f: Format) => 2 - 2 ** (f.exponentBits - 1)
const fractionMask = (f: Format) => (1n << BigInt(f.fractionBits)) - 1n
const signBit = (f: Format) => 1n << BigInt(f.exponentBits + f.fractionBits)
const quietBit = (f: Format) => 1n << BigInt(f.fractionBits - 1)

export const zero = (f: Format, negative: boolean): bigint => (negative ? signBit(f) : 0n)
export const infinity = (f: Format, negative: boolean): bigint =>
  zero(f, negative) | (BigInt(maxExponent(f)) << BigInt(f.fractionBits))
const largest = (f: Format, negative: boolean): bigint => infinity(f, negative) - 1n
export const defaultNan = (f: Format): bigint => infinity(f, false) | quietBit(f)

/** Unpacks a number (FPUnpack); with flushing to zero, a denormal one becomes zero. */
export function unpack(env: Environment, f: Format, bits: bigint): Unpacked {
  const negative = (bits & signBit(f)) !== 0n
  const biased = Number((bits >> BigInt(f.fractionBits)) & BigInt(maxExponent(f)))
  const fraction = bits & fractionMask(f)
  const finite = (significand: bigint, exponent: number): Unpacked => {
    return { kind: "finite", negative, significand, exponent, bits }
  }
  if (biased === 0) {
    if (fraction !== 0n && env.flushToZero && f !== HALF) {
      env.flags |= FLAG.inputDenormal
      return finite(0n, 0)
    }
    return finite(fraction, minNormal(f) - f.fractionBits)
  }
  if (biased === maxExponent(f) && !(f === HALF && env.alternativeHalf)) {
    const kind = fraction === 0n ? "infinity" : (fraction & quietBit(f)) !== 0n ? "quiet" : "signalling"
    return { kind, negative, significand: 0n, exponent: 0, bits }
  }
  return finite(fraction | (fractionMask(f) + 1n), minNormal(f) + biased - 1 - f.fractionBits)
}

export const isNan = (x: Unpacked): boolean => x.kind === "quiet" || x.kind === "signalling"
export const isZero = (x: Unpacked): boolean => x.kind === "finite" && x.significand === 0n

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

/** Bits of a positive number. */
export function bitLength(x: bigint): number {
  return x.toString(16).length * 4 - (Math.clz32(Number.parseInt(x.toString(16)[0]!, 16)) - 28)
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

/**
 * FPRound: the number `significand * 2 ** exponent`, not zero, in the format. The lowest bit of a significand that is
 * longer than the format's by two bits or more may stand for all bits below it.
 */
export function round(
  env: Environment,
  f: Format,
  negative: boolean,
  significand: bigint,
  exponent: number,
  mode: Rounding = env.rounding,
): bigint {
  const leading = exponent + bitLength(significand) - 1
  const tiny = leading < minNormal(f)
  if (tiny && env.flushToZero && f !== HALF) {
    env.flags |= FLAG.underflow
    return zero(f, negative)
  }
  const lowest = (tiny ? minNormal(f) : leading) - f.fractionBits
  const drop = BigInt(Math.max(lowest - exponent, 0))
  let whole = exponent > lowest ? significand << BigInt(exponent - lowest) : significand >> drop
  const rest = significand - ((significand >> drop) << drop)
  if (roundsUp(mode, negative, (whole & 1n) !== 0n, rest, 1n << drop)) whole += 1n
  // A carry out of the fraction moves on to the exponent by itself.
  const magnitude = (BigInt(tiny ? 0 : leading - minNormal(f)) << BigInt(f.fractionBits)) + whole
  if (f === HALF && env.alternativeHalf) {
    if (magnitude >= signBit(f)) return beyondAlternativeHalf(env, negative)
  } else if (magnitude >= infinity(f, false)) {
    env.flags |= FLAG.overflow | FLAG.inexact
    const grows = mode === ROUND.nearest || mode === (negative ? ROUND.down : ROUND.up)
    return grows ? infinity(f, negative) : largest(f, negative)
  }
  if (rest !== 0n) env.flags |= tiny ? FLAG.underflow | FLAG.inexact : FLAG.inexact
  return zero(f, negative) | magnitude
}

/** What is too large for the alternative half precision: its largest number. */
export function beyondAlternativeHalf(env: Environment, negative: boolean): bigint {
  env.flags |= FLAG.invalid
  return zero(HALF, negative) | (signBit(HALF) - 1n)
}
