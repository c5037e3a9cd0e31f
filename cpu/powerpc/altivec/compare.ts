// Vector integer comparisons (ALTIVECPEM, 4.2.1.2 and chapter 6). The instructions with a dot record in CR6 whether all
// elements pass, or none.

import type { Builder, Node } from "../../ir/index.ts"
import type { Instruction } from "../../isa/index.ts"
import { CR, EQ, GT, LT, SO, VR } from "../state.ts"
import { formVxr } from "./encoding.ts"
import { on, type Size } from "./vector.ts"

const CR6 = 24

/** Writes CR6: LT if all elements pass, EQ if none does; a comparison of bounds has only the latter. */
export function recordCr6(b: Builder, all: Node, none: Node): void {
  b.setReg(CR, CR6 + LT, all)
  b.setReg(CR, CR6 + GT, b.i32(0))
  b.setReg(CR, CR6 + EQ, none)
  b.setReg(CR, CR6 + SO, b.i32(0))
}

/** Declares a comparison that makes a mask. */
export const comparison = (name: string, xo: number, test: (b: Builder, x: Node, y: Node) => Node): Instruction =>
  formVxr(`${name}{Rc?.}`, xo, (b, f) => {
    const mask = test(b, b.reg(VR, f.vA), b.reg(VR, f.vB))
    if (f.Rc) recordCr6(b, b.op("i8x16.allTrue", mask), b.eqz(b.op("v128.anyTrue", mask)))
    b.setReg(VR, f.vD, mask)
  })

const integers = (name: string, xo: number, size: Size, test: string): Instruction =>
  comparison(name, xo, (b, x, y) => on(b, size, test, x, y))

/** vcmpequb: tests bytes for equality. */
export const vcmpequb = integers("vcmpequb", 6, 0, "eq")
/** vcmpequh: tests halfwords for equality. */
export const vcmpequh = integers("vcmpequh", 70, 1, "eq")
/** vcmpequw: tests words for equality. */
export const vcmpequw = integers("vcmpequw", 134, 2, "eq")
/** vcmpgtub: tests which unsigned bytes are greater. */
export const vcmpgtub = integers("vcmpgtub", 518, 0, "gtU")
/** vcmpgtuh: tests which unsigned halfwords are greater. */
export const vcmpgtuh = integers("vcmpgtuh", 582, 1, "gtU")
/** vcmpgtuw: tests which unsigned words are greater. */
export const vcmpgtuw = integers("vcmpgtuw", 646, 2, "gtU")
/** vcmpgtsb: tests which signed bytes are greater. */
export const vcmpgtsb = integers("vcmpgtsb", 774, 0, "gtS")
/** vcmpgtsh: tests which signed halfwords are greater. */
export const vcmpgtsh = integers("vcmpgtsh", 838, 1, "gtS")
/** vcmpgtsw: tests which signed words are greater. */
export const vcmpgtsw = integers("vcmpgtsw", 902, 2, "gtS")
