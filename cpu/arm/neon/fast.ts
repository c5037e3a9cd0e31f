// Floating-point arithmetic of Advanced SIMD by the host's own: when its result is what ARM's would be, flags included.
//
// The standard value of FPSCR (A2.7.7) rounds to nearest, takes denormal numbers for zeros, and makes them zeros. So an
// operand that is denormal is for the helpers, and so is a result that is tiny, infinite or a NaN. What is left may be
// inexact, which is no news if FPSCR says so already; without that, a result must show to be exact.

import type { Builder, Node } from "../../ir/index.ts"
import { state } from "../state.ts"
import { FPSCR_BITS } from "../vfp/access.ts"
import { all, high } from "./vector.ts"

const { FPSCR } = state.files

/** A result of the host: whether it is right, exact or not, and a test that it is exact, which is emitted only where needed. */
export type Attempt = { readonly result: Node; readonly right: Node; readonly exact: (() => Node) | undefined }

const float = (b: Builder, name: string, ...args: Node[]): Node => b.op(`f32x4.${name}`, ...args)
const ints = (b: Builder, name: string, ...args: Node[]): Node => b.op(`i32x4.${name}`, ...args)
const word = (b: Builder, value: number): Node => all(b, 2, BigInt(value))
const both = (b: Builder, x: Node, y: Node): Node => b.op("v128.and", x, y)
const either = (b: Builder, x: Node, y: Node): Node => b.op("v128.or", x, y)
const none = (b: Builder, mask: Node): Node => b.eqz(b.op("v128.anyTrue", mask))
const every = (b: Builder, mask: Node): Node => ints(b, "allTrue", mask)
const withoutSign = (b: Builder, x: Node): Node => ints(b, "shl", x, b.i32(1))

/** Masks of elements that are denormal, zero, and further from the denormal ones than a rounding error. */
const isDenormal = (b: Builder, x: Node): Node =>
  ints(b, "ltU", ints(b, "sub", withoutSign(b, x), word(b, 1)), word(b, 0x00ff_ffff))
const isZero = (b: Builder, x: Node): Node => ints(b, "eq", withoutSign(b, x), b.v128(0n))
const isOrdinary = (b: Builder, x: Node): Node =>
  ints(b, "ltU", ints(b, "sub", withoutSign(b, x), word(b, 0x0200_0000)), word(b, 0xfd00_0000))

const noneDenormal = (b: Builder, ...operands: Node[]): Node =>
  none(
    b,
    operands.map((x) => isDenormal(b, x)).reduce((x, y) => either(b, x, y)),
  )

/** What rounding took from a sum is itself a number (Knuth, The Art of Computer Programming, 4.2.2, theorem B). */
function isExactSum(b: Builder, sum: Node, x: Node, y: Node): Node {
  const fromY = float(b, "sub", sum, x)
  const error = float(b, "add", float(b, "sub", x, float(b, "sub", sum, fromY)), float(b, "sub", y, fromY))
  return every(b, float(b, "eq", error, b.v128(0n)))
}

const upperHalf = (b: Builder, x: Node): Node => b.op("i64x2.splat", high(b, x))
/** The two halves of a vector in double precision. */
const promoted = (b: Builder, x: Node): [Node, Node] => [
  b.op("f64x2.promoteLow", x),
  b.op("f64x2.promoteLow", upperHalf(b, x)),
]

/** Every product of single precision fits into double precision. */
function isExactProduct(b: Builder, product: Node, x: Node, y: Node): Node {
  const [p, m, n] = [promoted(b, product), promoted(b, x), promoted(b, y)]
  const equal = (half: 0 | 1) => b.op("f64x2.eq", p[half], b.op("f64x2.mul", m[half], n[half]))
  return b.op("i64x2.allTrue", both(b, equal(0), equal(1)))
}

/** A sum; zero is exact. */
export function tryAdd(b: Builder, x: Node, y: Node): Attempt {
  const result = float(b, "add", x, y)
  const right = every(b, either(b, isOrdinary(b, result), isZero(b, result)))
  return { result, right: b.and(right, noneDenormal(b, x, y)), exact: () => isExactSum(b, result, x, y) }
}

export const trySub = (b: Builder, x: Node, y: Node): Attempt => tryAdd(b, x, float(b, "neg", y))

/** A product; zero is exact if a factor is zero. */
export function tryMul(b: Builder, x: Node, y: Node): Attempt {
  const result = float(b, "mul", x, y)
  const zero = both(b, isZero(b, result), either(b, isZero(b, x), isZero(b, y)))
  const right = every(b, either(b, isOrdinary(b, result), zero))
  return { result, right: b.and(right, noneDenormal(b, x, y)), exact: () => isExactProduct(b, result, x, y) }
}

/** An attempt that takes the result of another one. */
export function followedBy(b: Builder, first: Attempt, next: (result: Node) => Attempt): Attempt {
  const second = next(first.result)
  const exact = () => b.and(first.exact?.() ?? b.i32(1), second.exact?.() ?? b.i32(1))
  return { result: second.result, right: b.and(first.right, second.right), exact }
}

/** `a + x * y`, rounded once: the sum in double precision is rounded to odd, which keeps track of what it loses. */
export function tryFused(b: Builder, a: Node, x: Node, y: Node): Attempt {
  const wide = (name: string, ...args: Node[]) => b.op(`f64x2.${name}`, ...args)
  const [as, xs, ys] = [promoted(b, a), promoted(b, x), promoted(b, y)]
  const zero = b.v128(0n)
  const half = (n: 0 | 1) => {
    const product = wide("mul", xs[n], ys[n])
    const sum = wide("add", product, as[n])
    const fromA = wide("sub", sum, product)
    const error = wide("add", wide("sub", product, wide("sub", sum, fromA)), wide("sub", as[n], fromA))
    // To the odd neighbour on the side of the error, if the sum is even and there is an error.
    const one = all(b, 3, 1n)
    const isEven = b.op("i64x2.eq", both(b, sum, one), zero)
    const apart = b.op("i64x2.shrS", b.op("v128.xor", sum, error), b.i32(63))
    const step = either(b, apart, one)
    const moved = both(b, both(b, isEven, wide("ne", error, zero)), step)
    const narrowed = b.op("f32x4.demoteZero", b.op("i64x2.add", sum, moved))
    const isExact = () => both(b, wide("eq", error, zero), wide("eq", b.op("f64x2.promoteLow", narrowed), sum))
    return { narrowed, isExact }
  }
  const [lower, upper] = [half(0), half(1)]
  const result = b.shuffle(lower.narrowed, upper.narrowed, [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23])
  return {
    result,
    right: b.and(every(b, isOrdinary(b, result)), noneDenormal(b, a, x, y)),
    exact: () => b.op("i64x2.allTrue", both(b, lower.isExact(), upper.isExact())),
  }
}

/** A comparison or a choice by one: nothing is rounded, and no operand may be a NaN or denormal. */
export function tryCompare(b: Builder, how: string, x: Node, y: Node): Attempt {
  const numbers = every(b, both(b, float(b, "eq", x, x), float(b, "eq", y, y)))
  return { result: float(b, how, x, y), right: b.and(numbers, noneDenormal(b, x, y)), exact: undefined }
}

/** From integers: those of 24 bits are exact. */
export function tryFromInteger(b: Builder, signed: boolean, x: Node): Attempt {
  const shifted = signed ? ints(b, "add", x, word(b, 1 << 24)) : x
  const exact = () => every(b, ints(b, "ltU", shifted, word(b, (signed ? 1 << 25 : 1 << 24) + 1)))
  return { result: float(b, signed ? "convertS" : "convertU", x), right: b.i32(1), exact }
}

/** To integers, rounded towards zero, for numbers in their range. */
export function tryToInteger(b: Builder, signed: boolean, x: Node): Attempt {
  const result = ints(b, signed ? "truncSatS" : "truncSatU", x)
  const inRange = signed
    ? ints(b, "ltU", withoutSign(b, x), word(b, 0x9e00_0000))
    : ints(b, "ltU", x, word(b, 0x4f80_0000))
  const exact = () => every(b, float(b, "eq", float(b, signed ? "convertS" : "convertU", result), x))
  return { result, right: b.and(every(b, inRange), noneDenormal(b, x)), exact }
}

/** The estimate of a reciprocal (FPRecipEstimate), of numbers whose reciprocals are normal. */
export function tryReciprocal(b: Builder, x: Node): Attempt {
  const inRange = ints(b, "ltU", ints(b, "sub", withoutSign(b, x), word(b, 0x0100_0000)), word(b, 0xfc00_0000))
  // The number as 256 to 511, from its leading bits.
  const scaled = either(b, both(b, ints(b, "shrU", x, b.i32(15)), word(b, 0xff)), word(b, 0x100))
  const odd = either(b, ints(b, "shl", scaled, b.i32(1)), word(b, 1))
  const quotient = ints(b, "truncSatS", float(b, "div", word(b, 0x4900_0000), float(b, "convertS", odd)))
  const estimate = ints(b, "shrU", ints(b, "add", quotient, word(b, 1)), b.i32(1))
  const exponent = ints(b, "sub", word(b, 253), exponentOf(b, x))
  const result = either(b, both(b, x, word(b, 0x8000_0000)), estimated(b, exponent, estimate))
  return { result, right: every(b, inRange), exact: undefined }
}

/** The estimate of the reciprocal of a square root (FPRSqrtEstimate), of positive normal numbers. */
export function tryReciprocalRoot(b: Builder, x: Node): Attempt {
  const inRange = ints(b, "ltU", ints(b, "sub", x, word(b, 0x0080_0000)), word(b, 0x7f00_0000))
  const isOdd = ints(b, "shrS", ints(b, "shl", x, b.i32(8)), b.i32(31))
  const significand = either(b, both(b, x, word(b, 0x7f_ffff)), word(b, 0x80_0000))
  // The number as odd units of 1/512 below a half, else of 1/256.
  const odd = either(b, ints(b, "shrU", significand, b.i32(15)), word(b, 1))
  const middle = b.op("v128.bitselect", odd, ints(b, "shl", odd, b.i32(1)), isOdd)
  const root = float(b, "sqrt", float(b, "convertS", middle))
  const near = ints(b, "truncSatS", float(b, "div", word(b, 0x4680_0000), root))
  // The greatest number whose square times `middle` is less than 1: for each of the 512 operands, one step down at most.
  const isLess = ints(b, "ltS", ints(b, "mul", ints(b, "mul", middle, near), near), word(b, 1 << 28))
  const found = ints(b, "add", near, b.op("v128.not", isLess))
  const estimate = ints(b, "shrU", ints(b, "add", found, word(b, 1)), b.i32(1))
  const exponent = ints(b, "shrU", ints(b, "sub", word(b, 380), exponentOf(b, x)), b.i32(1))
  return { result: estimated(b, exponent, estimate), right: every(b, inRange), exact: undefined }
}

const exponentOf = (b: Builder, x: Node): Node => both(b, ints(b, "shrU", x, b.i32(23)), word(b, 0xff))

/** Numbers of exponents and 8 bits behind a leading one. */
const estimated = (b: Builder, exponent: Node, estimate: Node): Node =>
  either(b, ints(b, "shl", exponent, b.i32(23)), ints(b, "shl", both(b, estimate, word(b, 0xff)), b.i32(15)))

/** Writes the result of an attempt if it is right; else computes it exactly. */
export function settle(
  b: Builder,
  { result, right, exact }: Attempt,
  put: (n: Node) => void,
  exactly: () => void,
): void {
  if (!exact) {
    b.if(right, () => put(result), exactly)
    return
  }
  const inexact = b.and(b.get(FPSCR), b.i32(FPSCR_BITS.inexact))
  const fine = b.variable(b.and(right, b.ne(inexact, b.i32(0))))
  b.if(b.and(right, b.eqz(inexact)), () => b.assign(fine, exact()))
  b.if(b.read(fine), () => put(result), exactly)
}
