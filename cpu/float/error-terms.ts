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

/** A product and its error, by halves of 26 bits whose products are exact. */
export function productOf(b: Builder, x: Node, y: Node): Pair {
  const { sub, mul, add } = arithmetic(b)
  const halves = (n: Node) => {
    const scaled = mul(n, b.f64(2 ** 27 + 1))
    const high = sub(scaled, sub(scaled, n))
    return [high, sub(n, high)] as const
  }
  const [xHigh, xLow] = halves(x)
  const [yHigh, yLow] = halves(y)
  const product = mul(x, y)
  const inner = add(add(sub(mul(xHigh, yHigh), product), mul(xHigh, yLow)), mul(xLow, yHigh))
  return [product, add(inner, mul(xLow, yLow))]
}

/** 1 if neither the product of two such numbers nor its error leaves the range of normal numbers. */
export function isModerate(b: Builder, bits: Node): Node {
  const aboveLeast = b.sub(b.shl(bits, b.i64(1)), b.i64(BigInt(1023 - 400) << 53n))
  return b.ltU(aboveLeast, b.i64(BigInt.asIntN(64, 800n << 53n)))
}
