// Binary floating-point formats and the numbers in them, bit by bit (IEEE 754-2008, 3.4).

/** A binary interchange format. */
export type Format = { readonly exponentBits: number; readonly fractionBits: number }

/** Half, single and double precision. */
export const HALF: Format = { exponentBits: 5, fractionBits: 10 }
export const SINGLE: Format = { exponentBits: 8, fractionBits: 23 }
export const DOUBLE: Format = { exponentBits: 11, fractionBits: 52 }

/** A number taken apart: a finite one is `significand * 2 ** exponent`, and zero has a significand of 0. */
export type Unpacked = {
  readonly kind: "finite" | "infinity" | "quiet" | "signalling"
  readonly negative: boolean
  readonly significand: bigint
  readonly exponent: number
  /** The bits that it was unpacked from; 0 if it was computed. */
  readonly bits: bigint
}

/** The exponent field of infinities and NaNs. */
export const maxExponent = (f: Format): number => 2 ** f.exponentBits - 1
/** Exponent of the leading bit of the smallest normal number. */
export const minNormal = (f: Format): number => 2 - 2 ** (f.exponentBits - 1)
/** The fraction field, all ones. */
export const fractionMask = (f: Format): bigint => (1n << BigInt(f.fractionBits)) - 1n
/** The sign bit. */
export const signBit = (f: Format): bigint => 1n << BigInt(f.exponentBits + f.fractionBits)
/** The bit that tells quiet NaNs from signalling ones. */
export const quietBit = (f: Format): bigint => 1n << BigInt(f.fractionBits - 1)

/** Zero of a sign. */
export const zero = (f: Format, negative: boolean): bigint => (negative ? signBit(f) : 0n)
/** Infinity of a sign. */
export const infinity = (f: Format, negative: boolean): bigint =>
  zero(f, negative) | (BigInt(maxExponent(f)) << BigInt(f.fractionBits))
/** The finite number of a sign that is furthest from zero. */
export const largest = (f: Format, negative: boolean): bigint => infinity(f, negative) - 1n
/** The positive quiet NaN whose other fraction bits are 0. */
export const defaultNan = (f: Format): bigint => infinity(f, false) | quietBit(f)

/** Unpacks a number. */
export function unpack(f: Format, bits: bigint): Unpacked {
  const negative = (bits & signBit(f)) !== 0n
  const biased = Number((bits >> BigInt(f.fractionBits)) & BigInt(maxExponent(f)))
  const fraction = bits & fractionMask(f)
  if (biased === maxExponent(f)) {
    const kind = fraction === 0n ? "infinity" : (fraction & quietBit(f)) !== 0n ? "quiet" : "signalling"
    return { kind, negative, significand: 0n, exponent: 0, bits }
  }
  const significand = biased === 0 ? fraction : fraction | (fractionMask(f) + 1n)
  return {
    kind: "finite",
    negative,
    significand,
    exponent: minNormal(f) - f.fractionBits + Math.max(biased - 1, 0),
    bits,
  }
}

/** Whether a number is a NaN. */
export const isNan = (x: Unpacked): boolean => x.kind === "quiet" || x.kind === "signalling"
/** Whether a number is a zero of either sign. */
export const isZero = (x: Unpacked): boolean => x.kind === "finite" && x.significand === 0n
