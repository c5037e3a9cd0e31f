// Vector logical instructions and selection by bits (ALTIVECPEM, 4.2.1.3, 4.2.5.6 and chapter 6).

import { threeVectors, twoVectors } from "./encoding.ts"
import { and, choose, or, xor } from "./vector.ts"

/** vand: ands vectors. */
export const vand = twoVectors("vand", 1028, and)
/** vandc: ands a vector with the complement of another. */
export const vandc = twoVectors("vandc", 1092, (b, x, y) => b.op("v128.andnot", x, y))
/** vor: ors vectors. */
export const vor = twoVectors("vor", 1156, or)
/** vxor: exclusive-ors vectors. */
export const vxor = twoVectors("vxor", 1220, xor)
/** vnor: ors vectors, and complements the result. */
export const vnor = twoVectors("vnor", 1284, (b, x, y) => b.op("v128.not", or(b, x, y)))
/** vsel: takes each bit from one vector or another. */
export const vsel = threeVectors("vsel", 42, (b, x, y, mask) => choose(b, mask, y, x))
