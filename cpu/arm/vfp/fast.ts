// VFP arithmetic by the host's own: when its result is what ARM's would be, flags included.
//
// FP_FAST says that FPSCR asks for nothing unusual and has its inexact flag set already: then a result that shows by its
// exponent to be ordinary is right. Without the flag a result must show to be exact. A floating-point value of the IR
// never matters where it may be a NaN.

import { isSafeProduct, productOf } from "../../float/error-terms.ts"
import type { Builder, Node } from "../../ir/index.ts"
import { state } from "../state.ts"
import { FPSCR_BITS } from "./access.ts"
import { bitsOf, isOrdinary, isZeroNumber, numberOf, type Precision } from "./encoding.ts"
import type { OPERATION } from "./helpers.ts"

const { FPSCR } = state.files

export type Operation = keyof typeof OPERATION

/** Register contents that an operation of the host makes of others, and whether that is ordinary. */
export type Attempt = {
  readonly operation: Operation
  readonly x: Node
  readonly y: Node
  readonly result: Node
  readonly ordinary: Node
}

/** Tries an operation; a square root ignores `y`. */
export function attempt(b: Builder, p: Precision, operation: Operation, x: Node, y: Node): Attempt {
  const operands = operation === "sqrt" ? [x] : [x, y]
  const result = bitsOf(b, p, b.op(`${p.name}.${operation}`, ...operands.map((n) => numberOf(b, p, n))))
  return { operation, x, y, result, ordinary: isOrdinary(b, p, result) }
}

/** 1 if FPSCR asks to round to nearest, without flushing to zero, without short vectors. */
export function isPlainFpscr(b: Builder): Node {
  const unusual = FPSCR_BITS.flushToZero | FPSCR_BITS.roundingMode | FPSCR_BITS.vectors
  return b.eqz(b.and(b.get(FPSCR), b.i32(unusual)))
}

/** 1 if the attempt's result is right in a plain FPSCR; `fast` is FP_FAST. It may be 0 for a right result too. */
export function isRight(b: Builder, p: Precision, a: Attempt, fast: Node): Node {
  return b.or(isExactZero(b, p, a), b.and(a.ordinary, b.or(fast, isExact(b, p, a))))
}

/** 1 for a result of zero that is exact: other zeros are products and quotients too small for the format. */
function isExactZero(b: Builder, p: Precision, { operation, x, y, result }: Attempt): Node {
  const zero = isZeroNumber(b, p, result)
  if (operation === "mul") return b.and(zero, b.or(isZeroNumber(b, p, x), isZeroNumber(b, p, y)))
  if (operation === "div") return b.and(zero, isZeroNumber(b, p, x))
  return zero
}

/** 1 if an ordinary result is exact; for products and roots of very large or small doubles it may be 0 all the same. */
function isExact(b: Builder, p: Precision, a: Attempt): Node {
  const [x, y, result] = [a.x, a.y, a.result].map((bits) => numberOf(b, p, bits)) as [Node, Node, Node]
  switch (a.operation) {
    case "add":
      return isExactSum(b, p, result, x, y)
    case "sub":
      return isExactSum(b, p, result, x, b.op(`${p.name}.neg`, y))
    case "mul":
      return isProduct(b, p, a.result, a.x, a.y)
    case "div":
      return isProduct(b, p, a.x, a.result, a.y)
    case "sqrt":
      return isProduct(b, p, a.x, a.result, a.result)
  }
}

/** What rounding took from a sum is itself a number (Knuth, The Art of Computer Programming, 4.2.2, theorem B). */
function isExactSum(b: Builder, p: Precision, sum: Node, x: Node, y: Node): Node {
  const add = (m: Node, n: Node) => b.op(`${p.name}.add`, m, n)
  const sub = (m: Node, n: Node) => b.op(`${p.name}.sub`, m, n)
  const fromY = sub(sum, x)
  const error = add(sub(x, sub(sum, fromY)), sub(y, fromY))
  return b.op(`${p.name}.eq`, error, p.name === "f64" ? b.f64(0) : b.f32(0))
}

/** Whether `product` is exactly `x * y`, all register contents: every product of singles fits into a double. */
function isProduct(b: Builder, p: Precision, product: Node, x: Node, y: Node): Node {
  const whole = numberOf(b, p, product)
  if (p.name === "f32") {
    const wide = (narrow: Node) => b.op("f64.promote", narrow)
    return b.op("f64.eq", wide(whole), b.op("f64.mul", wide(numberOf(b, p, x)), wide(numberOf(b, p, y))))
  }
  const [rounded, error] = productOf(b, x, y)
  const exact = b.and(b.op("f64.eq", rounded, whole), b.op("f64.eq", error, b.f64(0)))
  return b.and(isSafeProduct(b, rounded), exact)
}
