// Integers of 128 and 192 bits as IR, for floating-point significands: three i64 words, most significant first.

import type { Builder, Node } from "../ir/index.ts"

/** A 192-bit number. */
export type Wide = readonly [high: Node, middle: Node, low: Node]

/** The 128-bit unsigned product of two i64, from four products of halves. */
export function multiply(b: Builder, x: Node, y: Node): readonly [high: Node, low: Node] {
  const by32 = b.i64(32)
  const half = b.i64(0xffff_ffff)
  const [x1, x0, y1, y0] = [b.shrU(x, by32), b.and(x, half), b.shrU(y, by32), b.and(y, half)]
  const [p00, p01, p10, p11] = [b.mul(x0, y0), b.mul(x0, y1), b.mul(x1, y0), b.mul(x1, y1)]
  const middle = b.add(b.add(b.shrU(p00, by32), b.and(p01, half)), b.and(p10, half))
  const high = b.add(b.add(p11, b.shrU(p01, by32)), b.add(b.shrU(p10, by32), b.shrU(middle, by32)))
  return [high, b.or(b.and(p00, half), b.shl(middle, by32))]
}

// The bits of `x` that a shift of both words to the right brings into the lower one, for amounts 0 to 63.
const carriedDown = (b: Builder, x: Node, by: Node) => b.shl(b.shl(x, b.i64(1)), b.sub(b.i64(63), by))
const carriedUp = (b: Builder, x: Node, by: Node) => b.shrU(b.shrU(x, b.i64(1)), b.sub(b.i64(63), by))

/** Shifts right by an i32 of at least 0; bit 0 of the result also stands for every bit shifted out. */
export function shiftRightSticky(b: Builder, w: Wide, count: Node): Wide {
  const zero = b.i64(0)
  const words = b.shrU(count, b.i32(6))
  const by = b.extendU(b.and(count, b.i32(63)))
  const [none, one, two] = [b.eqz(words), b.eq(words, b.i32(1)), b.eq(words, b.i32(2))]
  const choose = (x0: Node, x1: Node, x2: Node) => b.select(none, x0, b.select(one, x1, b.select(two, x2, zero)))
  const high = choose(w[0], zero, zero)
  const middle = choose(w[1], w[0], zero)
  const low = choose(w[2], w[1], w[0])
  const out1 = b.select(none, zero, b.or(w[2], b.select(one, zero, b.or(w[1], b.select(two, zero, w[0])))))
  const out2 = carriedDown(b, low, by)
  const sticky = b.extendU(b.ne(b.or(out1, out2), zero))
  return [
    b.shrU(high, by),
    b.or(b.shrU(middle, by), carriedDown(b, high, by)),
    b.or(b.or(b.shrU(low, by), carriedDown(b, middle, by)), sticky),
  ]
}

/** Shifts left until bit 191 is set: the shifted number, and by how many bits (i32; 192 for 0). */
export function normalise(b: Builder, w: Wide): { readonly value: Wide; readonly count: Node } {
  const zero = b.i64(0)
  const first = b.ne(w[0], zero)
  const second = b.ne(w[1], zero)
  const high = b.select(first, w[0], b.select(second, w[1], w[2]))
  const middle = b.select(first, w[1], b.select(second, w[2], zero))
  const low = b.select(first, w[2], zero)
  const zeros = b.clz(high)
  const by = b.and(zeros, b.i64(63))
  const value: Wide = [
    b.or(b.shl(high, by), carriedUp(b, middle, by)),
    b.or(b.shl(middle, by), carriedUp(b, low, by)),
    b.shl(low, by),
  ]
  const words = b.select(first, b.i32(0), b.select(second, b.i32(64), b.i32(128)))
  return { value, count: b.add(words, b.wrap(zeros)) }
}

/** The sum modulo 2^192, and the carry (i32). */
export function add(b: Builder, x: Wide, y: Wide): { readonly sum: Wide; readonly carry: Node } {
  const low = b.add(x[2], y[2])
  const [middle, carry1] = addWithCarry(b, x[1], y[1], b.ltU(low, x[2]))
  const [high, carry] = addWithCarry(b, x[0], y[0], carry1)
  return { sum: [high, middle, low], carry }
}

function addWithCarry(b: Builder, x: Node, y: Node, carry: Node): readonly [sum: Node, carry: Node] {
  const partial = b.add(x, y)
  const sum = b.add(partial, b.extendU(carry))
  return [sum, b.or(b.ltU(partial, x), b.ltU(sum, partial))]
}

/** The difference modulo 2^192, and whether it is below 0 (i32). */
export function subtract(b: Builder, x: Wide, y: Wide): { readonly difference: Wide; readonly borrow: Node } {
  const low = b.sub(x[2], y[2])
  const [middle, borrow1] = subWithBorrow(b, x[1], y[1], b.ltU(x[2], y[2]))
  const [high, borrow] = subWithBorrow(b, x[0], y[0], borrow1)
  return { difference: [high, middle, low], borrow }
}

function subWithBorrow(b: Builder, x: Node, y: Node, borrow: Node): readonly [difference: Node, borrow: Node] {
  const partial = b.sub(x, y)
  const taken = b.extendU(borrow)
  return [b.sub(partial, taken), b.or(b.ltU(x, y), b.ltU(partial, taken))]
}

/** Word by word, the first number if the test is not zero. */
export function choose(b: Builder, test: Node, x: Wide, y: Wide): Wide {
  return [b.select(test, x[0], y[0]), b.select(test, x[1], y[1]), b.select(test, x[2], y[2])]
}
