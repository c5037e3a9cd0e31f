// Vector integer sums, differences, averages, minima and maxima (ALTIVECPEM, 4.2.1.1 and chapter 6).

import type { Builder, Node } from "../../ir/index.ts"
import type { Instruction } from "../../isa/index.ts"
import { type Saturated, twoSaturating, twoVectors } from "./encoding.ts"
import { addWordsSigned, addWordsUnsigned, all, on, or, type Size, shift, subWordsSigned, xor } from "./vector.ts"

const elementwise = (name: string, xo: number, size: Size, operation: string): Instruction =>
  twoVectors(name, xo, (b, x, y) => on(b, size, operation, x, y))

/** vaddubm: adds bytes, modulo. */
export const vaddubm = elementwise("vaddubm", 0, 0, "add")
/** vadduhm: adds halfwords, modulo. */
export const vadduhm = elementwise("vadduhm", 64, 1, "add")
/** vadduwm: adds words, modulo. */
export const vadduwm = elementwise("vadduwm", 128, 2, "add")
/** vsububm: subtracts bytes, modulo. */
export const vsububm = elementwise("vsububm", 1024, 0, "sub")
/** vsubuhm: subtracts halfwords, modulo. */
export const vsubuhm = elementwise("vsubuhm", 1088, 1, "sub")
/** vsubuwm: subtracts words, modulo. */
export const vsubuwm = elementwise("vsubuwm", 1152, 2, "sub")

/** vaddcuw: takes the carries of sums of words. */
export const vaddcuw = twoVectors("vaddcuw", 384, (b, x, y) =>
  shift(b, 2, "shrU", on(b, 2, "ltU", on(b, 2, "add", x, y), x), 31),
)
/** vsubcuw: takes the carries of differences of words: 1 where nothing is borrowed. */
export const vsubcuw = twoVectors("vsubcuw", 1408, (b, x, y) => shift(b, 2, "shrU", on(b, 2, "geU", x, y), 31))

/** A sum or difference of narrow elements has saturated where it differs from the result modulo. */
const narrow = (name: string, xo: number, size: 0 | 1, operation: "add" | "sub", sign: "S" | "U"): Instruction =>
  twoSaturating(name, xo, (b, x, y) => {
    const result = on(b, size, `${operation}Sat${sign}`, x, y)
    return { result, saturated: xor(b, result, on(b, size, operation, x, y)) }
  })

/** vaddubs: adds unsigned bytes, saturating. */
export const vaddubs = narrow("vaddubs", 512, 0, "add", "U")
/** vadduhs: adds unsigned halfwords, saturating. */
export const vadduhs = narrow("vadduhs", 576, 1, "add", "U")
/** vadduws: adds unsigned words, saturating. */
export const vadduws = twoSaturating("vadduws", 640, addWordsUnsigned)
/** vaddsbs: adds signed bytes, saturating. */
export const vaddsbs = narrow("vaddsbs", 768, 0, "add", "S")
/** vaddshs: adds signed halfwords, saturating. */
export const vaddshs = narrow("vaddshs", 832, 1, "add", "S")
/** vaddsws: adds signed words, saturating. */
export const vaddsws = twoSaturating("vaddsws", 896, addWordsSigned)

/** vsububs: subtracts unsigned bytes, saturating. */
export const vsububs = narrow("vsububs", 1536, 0, "sub", "U")
/** vsubuhs: subtracts unsigned halfwords, saturating. */
export const vsubuhs = narrow("vsubuhs", 1600, 1, "sub", "U")
/** vsubuws: subtracts unsigned words, saturating. */
export const vsubuws = twoSaturating("vsubuws", 1664, (b, x, y): Saturated => {
  const saturated = on(b, 2, "ltU", x, y)
  return { result: b.op("v128.andnot", on(b, 2, "sub", x, y), saturated), saturated }
})
/** vsubsbs: subtracts signed bytes, saturating. */
export const vsubsbs = narrow("vsubsbs", 1792, 0, "sub", "S")
/** vsubshs: subtracts signed halfwords, saturating. */
export const vsubshs = narrow("vsubshs", 1856, 1, "sub", "S")
/** vsubsws: subtracts signed words, saturating. */
export const vsubsws = twoSaturating("vsubsws", 1920, subWordsSigned)

/** With its highest bit inverted, a signed element is in the order of unsigned ones. */
const signedAverage = (name: string, xo: number, size: 0 | 1): Instruction =>
  twoVectors(name, xo, (b, x, y) => {
    const flip = all(b, size, 1 << ((8 << size) - 1))
    return xor(b, on(b, size, "avgrU", xor(b, x, flip), xor(b, y, flip)), flip)
  })

/** (x + y + 1) >> 1 without a carry: what both have, and half of what one has, rounded up. */
const wordAverage = (b: Builder, how: "shrS" | "shrU", x: Node, y: Node): Node =>
  on(b, 2, "sub", or(b, x, y), shift(b, 2, how, xor(b, x, y), 1))

/** vavgub: averages unsigned bytes, rounding up. */
export const vavgub = elementwise("vavgub", 1026, 0, "avgrU")
/** vavguh: averages unsigned halfwords, rounding up. */
export const vavguh = elementwise("vavguh", 1090, 1, "avgrU")
/** vavguw: averages unsigned words, rounding up. */
export const vavguw = twoVectors("vavguw", 1154, (b, x, y) => wordAverage(b, "shrU", x, y))
/** vavgsb: averages signed bytes, rounding up. */
export const vavgsb = signedAverage("vavgsb", 1282, 0)
/** vavgsh: averages signed halfwords, rounding up. */
export const vavgsh = signedAverage("vavgsh", 1346, 1)
/** vavgsw: averages signed words, rounding up. */
export const vavgsw = twoVectors("vavgsw", 1410, (b, x, y) => wordAverage(b, "shrS", x, y))

/** vmaxub: takes the greater of unsigned bytes. */
export const vmaxub = elementwise("vmaxub", 2, 0, "maxU")
/** vmaxuh: takes the greater of unsigned halfwords. */
export const vmaxuh = elementwise("vmaxuh", 66, 1, "maxU")
/** vmaxuw: takes the greater of unsigned words. */
export const vmaxuw = elementwise("vmaxuw", 130, 2, "maxU")
/** vmaxsb: takes the greater of signed bytes. */
export const vmaxsb = elementwise("vmaxsb", 258, 0, "maxS")
/** vmaxsh: takes the greater of signed halfwords. */
export const vmaxsh = elementwise("vmaxsh", 322, 1, "maxS")
/** vmaxsw: takes the greater of signed words. */
export const vmaxsw = elementwise("vmaxsw", 386, 2, "maxS")
/** vminub: takes the smaller of unsigned bytes. */
export const vminub = elementwise("vminub", 514, 0, "minU")
/** vminuh: takes the smaller of unsigned halfwords. */
export const vminuh = elementwise("vminuh", 578, 1, "minU")
/** vminuw: takes the smaller of unsigned words. */
export const vminuw = elementwise("vminuw", 642, 2, "minU")
/** vminsb: takes the smaller of signed bytes. */
export const vminsb = elementwise("vminsb", 770, 0, "minS")
/** vminsh: takes the smaller of signed halfwords. */
export const vminsh = elementwise("vminsh", 834, 1, "minS")
/** vminsw: takes the smaller of signed words. */
export const vminsw = elementwise("vminsw", 898, 2, "minS")
