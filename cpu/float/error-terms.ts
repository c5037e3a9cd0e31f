// What double-precision arithmetic rounds away, computed by the host's own (Dekker 1971; Knuth, The Art of Computer
// Programming, 4.2.2): itself a number, zero if the result is exact.

import type { Builder, Node } from "../ir/index.ts"

/** A number and what was rounded away from it. */
export type Pair = readonly [rounded: Node, error: Node]

const arithmetic = (b: Builder) => ({
  add: (x: Node, y: Node) => b.op("f64.add", x, y),
  sub: (x: Node, y: Node) => b.op("f64.sub", x, y),
  mul: (x: Node, y: Node) => b.op("f64.mul", x, y),
})

/** A sum and its error (Knuth, The Art of Computer Programming, 4.2.2). */
export function sumOf(b: Builder, x: Node, y: Node): Pair {
  const { add, sub } = arithmetic(b)
  const sum = add(x, y)
  const fromY = sub(sum, x)
  return [sum, add(sub(x, sub(sum, fromY)), sub(y, fromY))]
}

/** A product and its error, of bits of doubles, by halves of 26 bits whose products are exact. */
export function productOf(b: Builder, x: Node, y: Node): Pair {
  const { sub, mul, add } = arithmetic(b)
  const number = (bits: Node) => b.op("f64.reinterpret", bits)
  const halves = (bits: Node) => {
    // The upper half is rounded to nearest, so the lower one needs a sign and one bit less.
    const high = number(b.and(b.add(bits, b.i64(1n << 26n)), b.i64(-(1n << 27n))))
    return [high, sub(number(bits), high)] as const
  }
  const [xHigh, xLow] = halves(x)
  const [yHigh, yLow] = halves(y)
  const product = mul(number(x), number(y))
  const inner = add(add(sub(mul(xHigh, yHigh), product), mul(xHigh, yLow)), mul(xLow, yHigh))
  return [product, add(inner, mul(xLow, yLow))]
}

/** The bits of a number. */
const bitsOf = (b: Builder, x: Node): Node => b.op("i64.reinterpret", x)

/** 1 if a product is so far from the ends of the range that its error is a number too. */
export function isSafeProduct(b: Builder, product: Node): Node {
  const [least, most] = [1023 - 900, 1023 + 1000]
  const aboveLeast = b.sub(b.shl(bitsOf(b, product), b.i64(1)), b.i64(BigInt(least) << 53n))
  return b.ltU(aboveLeast, b.i64(BigInt.asIntN(64, BigInt(most - least) << 53n)))
}

/** A sum of a product, rounded once where `isRight` is 1 and the result is a normal number. */
export type Fused = {
  readonly result: Node
  /** It may be 0 for a right result too. */
  readonly isRight: Node
  /** A result that takes longer, and whether it is right: for the rest. */
  readonly slower: Node
  readonly isSlowerRight: Node
  /** 1 if nothing was rounded away; it may be 0 all the same. */
  readonly isExact: Node
  /** The result where it is exact; it has the right sign if it is zero. */
  readonly exact: Node
}

/**
 * `addend + x * y` in double precision, of bits. The host rounds what is left of product and sum, then the result. Numbers
 * and the points half-way between them are few-bit distances from the sum. So the result is right unless what is left was
 * rounded to such a distance.
 */
export function fusedDouble(b: Builder, addend: Node, x: Node, y: Node): Fused {
  const [product, productError] = productOf(b, x, y)
  const [sum, sumError] = sumOf(b, product, b.op("f64.reinterpret", addend))
  const isWholeProduct = b.op("f64.eq", productError, b.f64(0))
  const isWholeSum = b.op("f64.eq", sumError, b.f64(0))
  const [left, lost] = sumOf(b, sumError, productError)
  const isFewBits = b.eqz(b.and(bitsOf(b, left), b.i64(0xffff_ffff_ffffn)))
  const isZero = (bits: Node) => b.eqz(b.shl(bits, b.i64(1)))
  const isSafe = isSafeProduct(b, product)
  const result = b.op("f64.add", sum, left)
  return {
    result,
    isRight: b.and(isSafe, b.or(b.eqz(isFewBits), b.or(isWholeProduct, isWholeSum))),
    slower: result,
    isSlowerRight: b.and(isSafe, b.op("f64.eq", lost, b.f64(0))),
    isExact: b.and(b.or(isSafe, b.or(isZero(x), isZero(y))), b.and(isWholeProduct, isWholeSum)),
    exact: sum,
  }
}

/**
 * `addend + x * y` in single precision, of doubles, if the product is exact. The sum has been rounded once: rounding it
 * again goes wrong only half-way between singles.
 */
export function fusedSingle(b: Builder, addend: Node, x: Node, y: Node): Fused {
  const product = b.op("f64.mul", x, y)
  const [sum, error] = sumOf(b, product, addend)
  const result = b.op("f32.demote", sum)
  // Half-way, what the sum lacks decides: one unit of double precision towards it does as well.
  const isApart = b.ltS(b.xor(bitsOf(b, sum), bitsOf(b, error)), b.i64(0))
  const moved = b.add(bitsOf(b, sum), b.select(isApart, b.i64(-1), b.i64(1)))
  const isWhole = b.op("f64.eq", error, b.f64(0))
  const isZero = (n: Node) => b.op("f64.eq", n, b.f64(0))
  // A product that is too small for double precision could be zero by rounding.
  const isProduct = b.or(b.eqz(isZero(product)), b.or(isZero(x), isZero(y)))
  return {
    result,
    isRight: b.eqz(isBetweenSingles(b, sum)),
    slower: b.op("f32.demote", b.select(isWhole, sum, b.op("f64.reinterpret", moved))),
    isSlowerRight: isProduct,
    isExact: b.and(b.and(isProduct, isWhole), b.op("f64.eq", b.op("f64.promote", result), sum)),
    exact: result,
  }
}

/** 1 if a double lies half-way between two singles. */
function isBetweenSingles(b: Builder, x: Node): Node {
  return b.eq(b.and(bitsOf(b, x), b.i64(0x1fff_ffff)), b.i64(0x1000_0000))
}

/** 1 if the fractions of these doubles, given as bits, fit into single precision: then their products are exact. */
export function haveShortFractions(b: Builder, ...bits: readonly Node[]): Node {
  const all = bits.reduce((x, y) => b.or(x, y))
  return b.eqz(b.and(all, b.i64(0x1fff_ffff)))
}
