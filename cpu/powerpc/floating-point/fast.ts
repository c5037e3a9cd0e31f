// Floating-point arithmetic by the host's own, where it is right: results that show by their exponents to be normal,
// rounded to nearest. Such a result raises no exception but inexact. If FPSCR[XX] is set, that changes nothing. Otherwise
// the result must show to be exact. A floating-point value of the IR never matters where it may be a NaN.

import { fusedDouble, fusedSingle, haveShortFractions, isSafeProduct, sumOf } from "../../float/error-terms.ts"
import type { Builder, Node } from "../../ir/index.ts"
import { FPSCR } from "../state.ts"
import { FPSCR_BITS, RN } from "./fpscr-bits.ts"

/** Bits of doubles as numbers, and numbers as bits. */
export const numberOf = (b: Builder, bits: Node): Node => b.op("f64.reinterpret", bits)
export const bitsOf = (b: Builder, x: Node): Node => b.op("i64.reinterpret", x)

const isZero = (b: Builder, bits: Node): Node => b.eqz(b.shl(bits, b.i64(1)))

/** Biased exponents of double precision, from the second one of normal numbers on and up to the end of a format. */
const RANGES = { double: [2, 2047], single: [1023 - 125, 1023 + 128] } as const

/** 1 if a result is normal, and further from the denormal numbers than a rounding error. */
function isOrdinary(b: Builder, single: boolean, bits: Node): Node {
  const [least, end] = RANGES[single ? "single" : "double"]
  const aboveLeast = b.sub(b.shl(bits, b.i64(1)), b.i64(BigInt(least) << 53n))
  return b.ltU(aboveLeast, b.i64(BigInt.asIntN(64, BigInt(end - least) << 53n)))
}

/** 1 if rounding to nearest adds nothing to FPSCR: XX is set, XE is not. */
export function isSilent(b: Builder): Node {
  const { XX, XE } = FPSCR_BITS
  return b.eq(b.and(b.get(FPSCR), b.i32(RN | XE | XX)), b.i32(XX))
}

/** 1 if FPSCR asks to round to nearest. */
export const isNearest = (b: Builder): Node => b.eqz(b.and(b.get(FPSCR), b.i32(RN)))

/** A result of the host's arithmetic, as bits of a double. */
export type Attempt = {
  readonly result: Node
  /** 1 if the result is right where FPSCR is silent. */
  readonly isRight: Node
  /** A result that takes longer, and the same of it: for what the first test refuses. */
  readonly slower?: Node
  readonly isSlowerRight?: Node
  /** 1 if the result `exact` is right and nothing was rounded away. Both tests may be 0 for a right result. */
  readonly isExact: Node
  readonly exact: Node
}

/** The operations that the host has, and the operands that they read. */
export type HostOperation = "add" | "sub" | "mul" | "div" | "madd" | "msub" | "nmadd" | "nmsub" | "round"

/** frA, frB and frC as bits. */
export type Operands = { readonly a: Node; readonly b: Node; readonly c: Node }

/** Tries an operation. */
export function attempt(b: Builder, operation: HostOperation, single: boolean, operands: Operands): Attempt {
  switch (operation) {
    case "add":
      return trySum(b, single, operands.a, operands.b)
    case "sub":
      return trySum(b, single, operands.a, negated(b, operands.b))
    case "mul":
      return tryProduct(b, single, operands.a, operands.c)
    case "div":
      return tryQuotient(b, single, operands.a, operands.b)
    case "round":
      return toSingle(b, numberOf(b, operands.b), { isExact: b.i32(1), isExactZero: isZero(b, operands.b) })
    default: {
      const addend = operation === "msub" || operation === "nmsub" ? negated(b, operands.b) : operands.b
      const tried = single ? tryFusedSingle(b, operands, addend) : tryFusedDouble(b, operands, addend)
      const isNegated = operation === "nmadd" || operation === "nmsub"
      if (!isNegated) return tried
      const [result, slower, exact] = [tried.result, tried.slower, tried.exact].map((bits) => negated(b, bits))
      return { ...tried, result: result!, slower: slower!, exact: exact! }
    }
  }
}

const negated = (b: Builder, bits: Node): Node => b.xor(bits, b.i64(1n << 63n))

type Tests = {
  /** Beside that the result is ordinary. */
  readonly isRight?: Node
  /** Whether the number is exact if it is ordinary, and if it is zero. */
  readonly isExact: Node
  readonly isExactZero: Node
}

function toDouble(b: Builder, x: Node, { isRight = b.i32(1), isExact, isExactZero }: Tests): Attempt {
  const result = bitsOf(b, x)
  const ordinary = isOrdinary(b, false, result)
  return {
    result,
    isRight: b.and(ordinary, isRight),
    isExact: b.or(b.and(isZero(b, result), isExactZero), b.and(ordinary, isExact)),
    exact: result,
  }
}

/**
 * Rounds a number of double precision. If that was a sum, product or quotient of singles, it may have been rounded before:
 * double precision has more than twice as many bits and two (Figueroa 1995).
 */
function toSingle(b: Builder, x: Node, { isRight = b.i32(1), isExact, isExactZero }: Tests): Attempt {
  const narrowed = b.op("f64.promote", b.op("f32.demote", x))
  const result = bitsOf(b, narrowed)
  const ordinary = isOrdinary(b, true, result)
  const isWhole = b.op("f64.eq", narrowed, x)
  return {
    result,
    isRight: b.and(ordinary, isRight),
    isExact: b.and(isWhole, b.or(b.and(isZero(b, result), isExactZero), b.and(ordinary, isExact))),
    exact: result,
  }
}

function trySum(b: Builder, single: boolean, x: Node, y: Node): Attempt {
  const [sum, error] = sumOf(b, numberOf(b, x), numberOf(b, y))
  // A sum is never too small for double precision.
  const tests = { isExact: b.op("f64.eq", error, b.f64(0)), isExactZero: b.i32(1) }
  return single ? toSingle(b, sum, { ...tests, isRight: haveShortFractions(b, x, y) }) : toDouble(b, sum, tests)
}

/** 1 if the fractions of two numbers have so few bits together that double precision has room for their product. */
function haveFewBits(b: Builder, x: Node, y: Node): Node {
  const zeros = (bits: Node) => b.ctz(b.or(bits, b.i64(1n << 52n)))
  return b.gtU(b.add(zeros(x), zeros(y)), b.i64(52))
}

function tryProduct(b: Builder, single: boolean, x: Node, y: Node): Attempt {
  const product = b.op("f64.mul", numberOf(b, x), numberOf(b, y))
  const isExactZero = b.or(isZero(b, x), isZero(b, y))
  if (!single) return toDouble(b, product, { isExact: haveFewBits(b, x, y), isExactZero })
  const isShort = haveShortFractions(b, x, y)
  return toSingle(b, product, { isRight: isShort, isExact: isShort, isExactZero })
}

function tryQuotient(b: Builder, single: boolean, x: Node, y: Node): Attempt {
  const quotient = b.op("f64.div", numberOf(b, x), numberOf(b, y))
  // Nothing is left of x if the quotient times y gives it back, without rounding.
  const product = b.op("f64.mul", quotient, numberOf(b, y))
  const isWhole = b.and(isSafeProduct(b, product), b.op("f64.eq", product, numberOf(b, x)))
  const isShort = haveShortFractions(b, x, y)
  const isExact = b.and(isWhole, single ? isShort : haveFewBits(b, bitsOf(b, quotient), y))
  const tests = { isExact, isExactZero: isZero(b, x) }
  return single ? toSingle(b, quotient, { ...tests, isRight: isShort }) : toDouble(b, quotient, tests)
}

function tryFusedDouble(b: Builder, { a, c }: Operands, addend: Node): Required<Attempt> {
  const fused = fusedDouble(b, addend, a, c)
  const [result, exact] = [bitsOf(b, fused.result), bitsOf(b, fused.exact)]
  const ordinary = isOrdinary(b, false, result)
  return {
    result,
    isRight: b.and(ordinary, fused.isRight),
    slower: result,
    isSlowerRight: b.and(ordinary, fused.isSlowerRight),
    isExact: b.and(fused.isExact, b.or(isZero(b, exact), isOrdinary(b, false, exact))),
    exact,
  }
}

function tryFusedSingle(b: Builder, { a, c }: Operands, addend: Node): Required<Attempt> {
  const isShort = haveShortFractions(b, a, c)
  const fused = fusedSingle(b, numberOf(b, addend), numberOf(b, a), numberOf(b, c))
  const result = bitsOf(b, b.op("f64.promote", fused.result))
  const slower = bitsOf(b, b.op("f64.promote", fused.slower))
  const usual = b.and(isShort, isOrdinary(b, true, result))
  return {
    result,
    isRight: b.and(usual, fused.isRight),
    slower,
    isSlowerRight: b.and(b.and(isShort, isOrdinary(b, true, slower)), fused.isSlowerRight),
    isExact: b.and(b.or(usual, b.and(isShort, isZero(b, result))), fused.isExact),
    exact: result,
  }
}
