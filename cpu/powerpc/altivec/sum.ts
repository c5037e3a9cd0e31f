// Vector sums across elements, saturating (ALTIVECPEM, 4.2.1.1 and chapter 6).

import type { Builder, Node } from "../../ir/index.ts"
import type { Instruction } from "../../isa/index.ts"
import { VR, VSCR } from "../state.ts"
import { formVx, twoSaturating } from "./encoding.ts"
import { addWordsSigned, addWordsUnsigned, VSCR_BITS } from "./vector.ts"

const pairs = (b: Builder, shape: "i16x8" | "i32x4", sign: "S" | "U", x: Node): Node =>
  b.op(`${shape}.extaddPairwise${sign}`, x)

/** vsum4ubs: adds up the unsigned bytes of each word. */
export const vsum4ubs = twoSaturating("vsum4ubs", 1544, (b, x, y) =>
  addWordsUnsigned(b, pairs(b, "i32x4", "U", pairs(b, "i16x8", "U", x)), y),
)
/** vsum4sbs: adds up the signed bytes of each word. */
export const vsum4sbs = twoSaturating("vsum4sbs", 1800, (b, x, y) =>
  addWordsSigned(b, pairs(b, "i32x4", "S", pairs(b, "i16x8", "S", x)), y),
)
/** vsum4shs: adds up the signed halfwords of each word. */
export const vsum4shs = twoSaturating("vsum4shs", 1608, (b, x, y) => addWordsSigned(b, pairs(b, "i32x4", "S", x), y))

const word = (b: Builder, x: Node, lane: number): Node => b.extendS(b.op(`i32x4.extractLane${lane}`, x))

/** A sum of words, its saturated value, and whether that differs. */
function saturatedSum(b: Builder, terms: readonly Node[]): { value: Node; saturated: Node } {
  const sum = terms.reduce((x, y) => b.add(x, y))
  const [least, greatest] = [b.i64(-(2 ** 31)), b.i64(2 ** 31 - 1)]
  const clamped = b.select(b.gtS(sum, greatest), greatest, b.select(b.ltS(sum, least), least, sum))
  return { value: b.wrap(clamped), saturated: b.ne(clamped, sum) }
}

/** Adds the words of the first vector in groups, and a word of the second one, which is in the lowest lane of the group. */
const acrossWords = (name: string, xo: number, groups: readonly (readonly number[])[]): Instruction =>
  formVx(name, xo, (b, f) => {
    const [x, y] = [b.reg(VR, f.vA), b.reg(VR, f.vB)]
    const sums = groups.map((lanes) => saturatedSum(b, [...lanes.map((n) => word(b, x, n)), word(b, y, lanes[0]!)]))
    const saturated = sums.map((sum) => sum.saturated).reduce((p, q) => b.or(p, q))
    b.set(VSCR, b.or(b.get(VSCR), b.mul(saturated, b.i32(VSCR_BITS.SAT))))
    const result = sums.reduce(
      (vector, { value }, n) => b.op(`i32x4.replaceLane${groups[n]![0]!}`, vector, value),
      b.v128(0n),
    )
    b.setReg(VR, f.vD, result)
  })

/** vsum2sws: adds up the two words of each half. */
export const vsum2sws = acrossWords("vsum2sws", 1672, [
  [0, 1],
  [2, 3],
])
/** vsumsws: adds up all words. */
export const vsumsws = acrossWords("vsumsws", 1928, [[0, 1, 2, 3]])
