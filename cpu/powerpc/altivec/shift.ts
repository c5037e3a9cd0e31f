// Vector rotates and shifts: of each element by its own number, and of the whole vector (ALTIVECPEM, 4.2.1.4, 4.2.5.7 and
// chapter 6).
//
// WebAssembly shifts all lanes by one number. So a narrow element is multiplied by a power of 2 in a lane of twice its
// width, where the product has all bits of a shift left, and above them, those of a shift right. Words are shifted one by
// one.

import type { Builder, Node } from "../../ir/index.ts"
import type { Instruction } from "../../isa/index.ts"
import { twoVectors } from "./encoding.ts"
import {
  all,
  and,
  evenElements,
  LANE_NUMBERS,
  lowWord,
  oddElements,
  on,
  or,
  pick,
  type Size,
  shift,
  xor,
} from "./vector.ts"

/** Bytes: the powers of 2 up to 128 by exponent, then zeros. */
const POWERS = 0x8040_2010_0804_0201n

/** 2 to the power of each element, modulo the element's width. */
function powers(b: Builder, size: 0 | 1, exponents: Node): Node {
  if (size === 0) return b.op("i8x16.swizzle", b.v128(POWERS), and(b, exponents, all(b, 0, 7)))
  // The low byte is that power up to an exponent of 7, the high byte from 8 on.
  const low = and(b, exponents, all(b, 1, 15))
  const both = or(b, low, shift(b, 1, "shl", low, 8))
  return b.op("i8x16.swizzle", b.v128(POWERS), on(b, 0, "sub", both, all(b, 1, 0x0800)))
}

type Half = (b: Builder, wide: Size, product: Node) => Node

/** Multiplies elements by factors in lanes of twice the width; `take` finds the result in the low bits of a product. */
function byProducts(b: Builder, size: 0 | 1, signed: boolean, x: Node, factors: Node, take: Half): Node {
  const wide = (size + 1) as Size
  const bits = 8 << size
  const product = (half: typeof oddElements) =>
    take(b, wide, on(b, wide, "mul", half(b, size, signed, x), half(b, size, false, factors)))
  const odd = and(b, product(oddElements), all(b, wide, (1 << bits) - 1))
  return or(b, odd, shift(b, wide, "shl", product(evenElements), bits))
}

/** One shift of each kind for elements of each size. */
const narrow: Readonly<Record<Kind, (b: Builder, size: 0 | 1, x: Node, by: Node) => Node>> = {
  rotl: (b, size, x, by) =>
    byProducts(b, size, false, x, powers(b, size, by), (_, wide, product) =>
      or(b, product, shift(b, wide, "shrU", product, 8 << size)),
    ),
  shl: (b, size, x, by) =>
    size === 1
      ? on(b, 1, "mul", x, powers(b, 1, by))
      : byProducts(b, 0, false, x, powers(b, 0, by), (_, __, product) => product),
  shrU: (b, size, x, by) => shiftRight(b, size, false, x, by),
  shrS: (b, size, x, by) => shiftRight(b, size, true, x, by),
}

/** x >> n is x * 2 ** (w - 1 - n) >> (w - 1). */
function shiftRight(b: Builder, size: 0 | 1, signed: boolean, x: Node, by: Node): Node {
  const top = (8 << size) - 1
  const factors = powers(b, size, xor(b, by, all(b, size, top)))
  return byProducts(b, size, signed, x, factors, (_, wide, product) =>
    shift(b, wide, signed ? "shrS" : "shrU", product, top),
  )
}

type Kind = "rotl" | "shl" | "shrU" | "shrS"

const word = (b: Builder, x: Node, n: number): Node => b.op(`i32x4.extractLane${n}`, x)

function eachWord(b: Builder, kind: Kind, x: Node, by: Node): Node {
  const lane = (n: number) => b[kind](word(b, x, n), word(b, by, n))
  const first = b.op("i32x4.splat", lane(0))
  return [1, 2, 3].reduce((vector, n) => b.op(`i32x4.replaceLane${n}`, vector, lane(n)), first)
}

const elements = (name: string, xo: number, size: Size, kind: Kind): Instruction =>
  twoVectors(name, xo, (b, x, y) => (size === 2 ? eachWord(b, kind, x, y) : narrow[kind](b, size, x, y)))

/** vrlb: rotates bytes left. */
export const vrlb = elements("vrlb", 4, 0, "rotl")
/** vrlh: rotates halfwords left. */
export const vrlh = elements("vrlh", 68, 1, "rotl")
/** vrlw: rotates words left. */
export const vrlw = elements("vrlw", 132, 2, "rotl")
/** vslb: shifts bytes left. */
export const vslb = elements("vslb", 260, 0, "shl")
/** vslh: shifts halfwords left. */
export const vslh = elements("vslh", 324, 1, "shl")
/** vslw: shifts words left. */
export const vslw = elements("vslw", 388, 2, "shl")
/** vsrb: shifts bytes right. */
export const vsrb = elements("vsrb", 516, 0, "shrU")
/** vsrh: shifts halfwords right. */
export const vsrh = elements("vsrh", 580, 1, "shrU")
/** vsrw: shifts words right. */
export const vsrw = elements("vsrw", 644, 2, "shrU")
/** vsrab: shifts signed bytes right. */
export const vsrab = elements("vsrab", 772, 0, "shrS")
/** vsrah: shifts signed halfwords right. */
export const vsrah = elements("vsrah", 836, 1, "shrS")
/** vsraw: shifts signed words right. */
export const vsraw = elements("vsraw", 900, 2, "shrS")

/**
 * Shifts the vector by the number of bits in the lowest three bits of the other one. The manual leaves the result open
 * if not all bytes of that vector have the same number there.
 */
function wholeShift(b: Builder, x: Node, by: Node, [out, back]: ["shl", "shrU"] | ["shrU", "shl"]): Node {
  const count = b.and(lowWord(b, by), b.i32(7))
  // What moves from one half to the other: in two steps, as the second one would otherwise be by 64.
  const moved = b.op(`i64x2.${back}`, b.op(`i64x2.${back}`, x, b.i32(1)), b.xor(count, b.i32(63)))
  const zero = Array.from({ length: 8 }, () => 16)
  const half = (from: number) => Array.from({ length: 8 }, (_, n) => from + n)
  const placed = b.shuffle(moved, b.v128(0n), out === "shl" ? [...zero, ...half(0)] : [...half(8), ...zero])
  return or(b, b.op(`i64x2.${out}`, x, count), placed)
}

/** vsl: shifts the vector left by up to 7 bits. */
export const vsl = twoVectors("vsl", 452, (b, x, y) => wholeShift(b, x, y, ["shl", "shrU"]))
/** vsr: shifts the vector right by up to 7 bits. */
export const vsr = twoVectors("vsr", 708, (b, x, y) => wholeShift(b, x, y, ["shrU", "shl"]))

/** The bytes of lanes that are so many bytes away. */
const byOctets = (name: string, xo: number, direction: "add" | "sub"): Instruction =>
  twoVectors(name, xo, (b, x, y) => {
    const count = b.and(b.shrU(lowWord(b, y), b.i32(3)), b.i32(15))
    return pick(b, x, on(b, 0, direction, b.v128(LANE_NUMBERS), on(b, 0, "splat", count)))
  })

/** vslo: shifts the vector left by a number of bytes. */
export const vslo = byOctets("vslo", 1036, "sub")
/** vsro: shifts the vector right by a number of bytes. */
export const vsro = byOctets("vsro", 1100, "add")
