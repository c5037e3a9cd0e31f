// Vector multiplication (ALTIVECPEM, 4.2.1.1 and chapter 6): products of even or odd elements, multiplication with
// addition, and sums of products.

import type { Builder, Node } from "../../ir/index.ts"
import type { Instruction } from "../../isa/index.ts"
import { type Saturated, threeSaturating, threeVectors, twoVectors } from "./encoding.ts"
import {
  addWordsUnsigned,
  all,
  and,
  choose,
  evenElements,
  oddElements,
  on,
  or,
  type Size,
  shift,
  xor,
} from "./vector.ts"

/** Products of the even or of the odd elements, twice as wide. */
function products(
  b: Builder,
  half: "even" | "odd",
  size: 0 | 1,
  signed: readonly [boolean, boolean],
  x: Node,
  y: Node,
) {
  const part = half === "even" ? evenElements : oddElements
  return on(b, (size + 1) as Size, "mul", part(b, size, signed[0], x), part(b, size, signed[1], y))
}

const multiply = (name: string, xo: number, half: "even" | "odd", size: 0 | 1, signed: boolean): Instruction =>
  twoVectors(name, xo, (b, x, y) => products(b, half, size, [signed, signed], x, y))

/** vmuleub: multiplies even unsigned bytes. */
export const vmuleub = multiply("vmuleub", 520, "even", 0, false)
/** vmuleuh: multiplies even unsigned halfwords. */
export const vmuleuh = multiply("vmuleuh", 584, "even", 1, false)
/** vmulesb: multiplies even signed bytes. */
export const vmulesb = multiply("vmulesb", 776, "even", 0, true)
/** vmulesh: multiplies even signed halfwords. */
export const vmulesh = multiply("vmulesh", 840, "even", 1, true)
/** vmuloub: multiplies odd unsigned bytes. */
export const vmuloub = multiply("vmuloub", 8, "odd", 0, false)
/** vmulouh: multiplies odd unsigned halfwords. */
export const vmulouh = multiply("vmulouh", 72, "odd", 1, false)
/** vmulosb: multiplies odd signed bytes. */
export const vmulosb = multiply("vmulosb", 264, "odd", 0, true)
/** vmulosh: multiplies odd signed halfwords. */
export const vmulosh = multiply("vmulosh", 328, "odd", 1, true)

/** The high 17 bits of products of halfwords, plus other halfwords, saturating. */
const multiplyHigh = (name: string, xo: number, rounding: number): Instruction =>
  threeSaturating(name, xo, (b, x, y, z) => {
    const sum = (half: "Low" | "High") => {
      const product = b.op(`i32x4.extmul${half}S`, x, y)
      const rounded = rounding === 0 ? product : on(b, 2, "add", product, all(b, 2, rounding))
      return on(b, 2, "add", shift(b, 2, "shrS", rounded, 15), b.op(`i32x4.extend${half}S`, z))
    }
    const [low, high] = [sum("Low"), sum("High")]
    const result = b.op("i16x8.narrowS", low, high)
    const changed = (half: "Low" | "High", of: Node) => xor(b, of, b.op(`i32x4.extend${half}S`, result))
    return { result, saturated: or(b, changed("Low", low), changed("High", high)) }
  })

/** vmhaddshs: multiplies halfwords as fractions and adds, saturating. */
export const vmhaddshs = multiplyHigh("vmhaddshs", 32, 0)
/** vmhraddshs: multiplies halfwords as fractions, rounds and adds, saturating. */
export const vmhraddshs = multiplyHigh("vmhraddshs", 33, 0x4000)
/** vmladduhm: multiplies halfwords and adds, modulo. */
export const vmladduhm = threeVectors("vmladduhm", 34, (b, x, y, z) => on(b, 1, "add", on(b, 1, "mul", x, y), z))

const sumOfBytes = (name: string, xo: number, sign: "S" | "U"): Instruction =>
  threeVectors(name, xo, (b, x, y, z) => {
    const pairs = (half: "even" | "odd") =>
      b.op(`i32x4.extaddPairwise${sign}`, products(b, half, 0, [sign === "S", false], x, y))
    return on(b, 2, "add", on(b, 2, "add", pairs("even"), pairs("odd")), z)
  })

/** vmsumubm: adds up products of unsigned bytes, modulo. */
export const vmsumubm = sumOfBytes("vmsumubm", 36, "U")
/** vmsummbm: adds up products of signed with unsigned bytes, modulo. */
export const vmsummbm = sumOfBytes("vmsummbm", 37, "S")

const unsignedProducts = (b: Builder, x: Node, y: Node): [Node, Node] => [
  products(b, "even", 1, [false, false], x, y),
  products(b, "odd", 1, [false, false], x, y),
]

/** vmsumuhm: adds up products of unsigned halfwords, modulo. */
export const vmsumuhm = threeVectors("vmsumuhm", 38, (b, x, y, z) => {
  const [even, odd] = unsignedProducts(b, x, y)
  return on(b, 2, "add", on(b, 2, "add", even, odd), z)
})
/** vmsumuhs: adds up products of unsigned halfwords, saturating. */
export const vmsumuhs = threeSaturating("vmsumuhs", 39, (b, x, y, z) => {
  const [even, odd] = unsignedProducts(b, x, y)
  const first = addWordsUnsigned(b, even, odd)
  const second = addWordsUnsigned(b, first.result, z)
  return { result: second.result, saturated: or(b, first.saturated, second.saturated) }
})
/** vmsumshm: adds up products of signed halfwords, modulo. */
export const vmsumshm = threeVectors("vmsumshm", 40, (b, x, y, z) => on(b, 2, "add", b.op("i32x4.dotS", x, y), z))
/** vmsumshs: adds up products of signed halfwords, saturating. */
export const vmsumshs = threeSaturating("vmsumshs", 41, (b, x, y, z): Saturated => {
  const pair = b.op("i32x4.dotS", x, y)
  const sum = on(b, 2, "add", pair, z)
  const overflow = shift(b, 2, "shrS", and(b, xor(b, pair, sum), xor(b, z, sum)), 31)
  // Only 2 ** 31 is no signed word: no two products have a sum of - 2 ** 31. With it, only a negative number stays below.
  const isGreatest = on(b, 2, "eq", pair, all(b, 2, 0x8000_0000))
  const isNegative = shift(b, 2, "shrS", z, 31)
  const saturated = choose(b, isGreatest, b.op("v128.not", isNegative), overflow)
  return { result: choose(b, saturated, xor(b, isNegative, all(b, 2, 0x7fff_ffff)), sum), saturated }
})
