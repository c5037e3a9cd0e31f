// Vector registers as vectors of the IR (ALTIVECPEM, 2.1.1 and 3.1), and what their instructions share.
//
// A register holds the vector as one number: element 0 has the most significant bits, and so stands in the highest lane.
// Most operations on elements are then single operations on lanes. Byte n of the manual is byte 15 - n of the register.

import type { Builder, Node } from "../../ir/index.ts"
import { VSCR } from "../state.ts"

/** Shapes of vectors by the size of their elements: bytes, halfwords, words. */
export const SHAPES = ["i8x16", "i16x8", "i32x4"] as const

/** The size of an element: bytes, halfwords, words. */
export type Size = 0 | 1 | 2

/** VSCR[SAT], and VSCR[NJ]. */
export const VSCR_BITS = { SAT: 1, NJ: 0x0001_0000 } as const

/** Sets VSCR[SAT] if the mask is not zero. The bit is the lowest one. */
export function noteSaturation(b: Builder, mask: Node): void {
  b.set(VSCR, b.or(b.get(VSCR), b.op("v128.anyTrue", mask)))
}

/** An operation on elements of a size. */
export const on = (b: Builder, size: Size, name: string, ...args: Node[]): Node =>
  b.op(`${SHAPES[size]}.${name}`, ...args)

/** A vector of the same element. */
export function all(b: Builder, size: Size, value: bigint | number): Node {
  const bits = 8 << size
  let vector = 0n
  for (let at = 0; at < 128; at += bits) vector |= BigInt.asUintN(bits, BigInt(value)) << BigInt(at)
  return b.v128(vector)
}

/** Shifts all elements by the same number of bits. */
export const shift = (b: Builder, size: Size, how: "shl" | "shrS" | "shrU", x: Node, by: number): Node =>
  on(b, size, how, x, b.i32(by))

export const and = (b: Builder, x: Node, y: Node): Node => b.op("v128.and", x, y)
export const or = (b: Builder, x: Node, y: Node): Node => b.op("v128.or", x, y)
export const xor = (b: Builder, x: Node, y: Node): Node => b.op("v128.xor", x, y)
/** The bits of x where the mask is set, those of y elsewhere. */
export const choose = (b: Builder, mask: Node, x: Node, y: Node): Node => b.op("v128.bitselect", x, y, mask)

/** A vector of bytes: of the numbers 0 to 15 as elements, and as lanes. */
export const ELEMENT_NUMBERS = 0x0001_0203_0405_0607_0809_0a0b_0c0d_0e0fn
export const LANE_NUMBERS = 0x0f0e_0d0c_0b0a_0908_0706_0504_0302_0100n

/** The number of its lane in each vector, for an element that the manual numbers from 0 to 31 in two vectors. */
const laneOf = (element: number): number => (element < 16 ? 15 - element : 47 - element)

/** Bytes of two vectors, by the manual's numbers: 0 to 15 in the first one, 16 to 31 in the second. */
export function bytesOf(b: Builder, x: Node, y: Node, elements: readonly number[]): Node {
  return b.shuffle(
    x,
    y,
    Array.from({ length: 16 }, (_, lane) => laneOf(elements[15 - lane]!)),
  )
}

/** Numbers of bytes for elements of a size: `place` gives the element for each place of the result. */
export function elementBytes(size: Size, place: (n: number) => number): number[] {
  const bytes = 1 << size
  return Array.from({ length: 16 }, (_, n) => place(n >> size) * bytes + (n & (bytes - 1)))
}

/** The bytes of the lanes that a vector of numbers names; 0 for numbers above 15. */
export function pick(b: Builder, x: Node, lanes: Node): Node {
  if (lanes.kind !== "const") return b.op("i8x16.swizzle", x, lanes)
  const numbers = Array.from({ length: 16 }, (_, n) => Number(BigInt.asUintN(8, BigInt(lanes.value) >> BigInt(8 * n))))
  return b.shuffle(
    x,
    b.v128(0n),
    numbers.map((n) => Math.min(n, 16)),
  )
}

/** The lowest word, halfword or byte lane as an i32. */
export const lowWord = (b: Builder, x: Node): Node => b.op("i32x4.extractLane0", x)

/** Unsigned sums of words that saturate, and a mask of those that do. */
export function addWordsUnsigned(b: Builder, x: Node, y: Node): { result: Node; saturated: Node } {
  const sum = on(b, 2, "add", x, y)
  const saturated = on(b, 2, "ltU", sum, x)
  return { result: or(b, sum, saturated), saturated }
}

/** What a signed word becomes when it saturates in the direction of its sign. */
const limitOf = (b: Builder, x: Node): Node => xor(b, shift(b, 2, "shrS", x, 31), all(b, 2, 0x7fff_ffff))

/** Signed sums of words that saturate, and a mask of those that do. */
export function addWordsSigned(b: Builder, x: Node, y: Node): { result: Node; saturated: Node } {
  const sum = on(b, 2, "add", x, y)
  const saturated = shift(b, 2, "shrS", and(b, xor(b, x, sum), xor(b, y, sum)), 31)
  return { result: choose(b, saturated, limitOf(b, y), sum), saturated }
}

/** Signed differences of words that saturate, and a mask of those that do. */
export function subWordsSigned(b: Builder, x: Node, y: Node): { result: Node; saturated: Node } {
  const difference = on(b, 2, "sub", x, y)
  const saturated = shift(b, 2, "shrS", and(b, xor(b, x, y), xor(b, x, difference)), 31)
  return { result: choose(b, saturated, limitOf(b, x), difference), saturated }
}

/** The odd elements of a size, in lanes of twice the size. */
export function oddElements(b: Builder, size: 0 | 1, signed: boolean, x: Node): Node {
  const wide = (size + 1) as Size
  const bits = 8 << size
  if (!signed) return and(b, x, all(b, wide, (1 << bits) - 1))
  return shift(b, wide, "shrS", shift(b, wide, "shl", x, bits), bits)
}

/** The even elements of a size, in lanes of twice the size. */
export const evenElements = (b: Builder, size: 0 | 1, signed: boolean, x: Node): Node =>
  shift(b, (size + 1) as Size, signed ? "shrS" : "shrU", x, 8 << size)
