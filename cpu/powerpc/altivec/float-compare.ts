// Vector floating-point comparisons (ALTIVECPEM, 4.2.2.4 and chapter 6). A comparison with a NaN is false.

import type { Builder, Node } from "../../ir/index.ts"
import type { Instruction } from "../../isa/index.ts"
import { VR } from "../state.ts"
import { comparison, recordCr6 } from "./compare.ts"
import { formVxr } from "./encoding.ts"
import { float, flushedUnlessJava } from "./float-vector.ts"
import { all, or } from "./vector.ts"

const numbers = (name: string, xo: number, test: "eq" | "ge" | "gt"): Instruction =>
  comparison(name, xo, (b, x, y) => float(b, test, ...flushedUnlessJava(b, x, y)))

/** vcmpeqfp: tests numbers for equality. */
export const vcmpeqfp = numbers("vcmpeqfp", 198, "eq")
/** vcmpgefp: tests which numbers are greater or equal. */
export const vcmpgefp = numbers("vcmpgefp", 454, "ge")
/** vcmpgtfp: tests which numbers are greater. */
export const vcmpgtfp = numbers("vcmpgtfp", 710, "gt")

/** The highest two bits of elements: whether a number is not below an upper bound, and not above its negative. */
function outOfBounds(b: Builder, x: Node, bound: Node): Node {
  const above = b.op("v128.andnot", all(b, 2, 0x8000_0000), float(b, "le", x, bound))
  const below = b.op("v128.andnot", all(b, 2, 0x4000_0000), float(b, "ge", x, float(b, "neg", bound)))
  return or(b, above, below)
}

/** vcmpbfp: tests numbers against bounds on both sides of 0. */
export const vcmpbfp = formVxr("vcmpbfp{Rc?.}", 966, (b, f) => {
  const [x, bound] = flushedUnlessJava(b, b.reg(VR, f.vA), b.reg(VR, f.vB)) as [Node, Node]
  const outside = outOfBounds(b, x, bound)
  if (f.Rc) recordCr6(b, b.i32(0), b.eqz(b.op("v128.anyTrue", outside)))
  b.setReg(VR, f.vD, outside)
})
