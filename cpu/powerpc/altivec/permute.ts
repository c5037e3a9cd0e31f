// Vector merges, splats, permutation, and shifts by a number of bytes that the instruction gives (ALTIVECPEM, 4.2.5 and
// chapter 6).

import type { Builder, Node } from "../../ir/index.ts"
import type { Instruction } from "../../isa/index.ts"
import { VR } from "../state.ts"
import { altivec, formVxSigned, threeVectors, twoVectors } from "./encoding.ts"
import { all, bytesOf, elementBytes, LANE_NUMBERS, on, or, pick, type Size } from "./vector.ts"

/** Alternates elements of two vectors, from the first one on or from the middle on. */
const merge = (name: string, xo: number, size: Size, half: "high" | "low"): Instruction =>
  twoVectors(name, xo, (b, x, y) => {
    const count = 16 >> size
    const first = half === "high" ? 0 : count / 2
    return bytesOf(
      b,
      x,
      y,
      elementBytes(size, (n) => first + (n >> 1) + count * (n & 1)),
    )
  })

/** vmrghb: merges the high bytes of two vectors. */
export const vmrghb = merge("vmrghb", 12, 0, "high")
/** vmrghh: merges the high halfwords of two vectors. */
export const vmrghh = merge("vmrghh", 76, 1, "high")
/** vmrghw: merges the high words of two vectors. */
export const vmrghw = merge("vmrghw", 140, 2, "high")
/** vmrglb: merges the low bytes of two vectors. */
export const vmrglb = merge("vmrglb", 268, 0, "low")
/** vmrglh: merges the low halfwords of two vectors. */
export const vmrglh = merge("vmrglh", 332, 1, "low")
/** vmrglw: merges the low words of two vectors. */
export const vmrglw = merge("vmrglw", 396, 2, "low")

/** The numbers of the lanes of an element, in each element. */
function lanesOfElement(b: Builder, size: Size, element: Node): Node {
  const first = b.shl(b.sub(b.i32((16 >> size) - 1), element), b.i32(size))
  // In each byte of an i32, the number of the first lane; then its distance.
  const everywhere = b.mul(first, b.i32(0x0101_0101))
  return b.op("i32x4.splat", b.add(everywhere, b.i32([0, 0x0100_0100, 0x0302_0100][size]!)))
}

/** `number` is the diagram of the element's number: its highest bits do not count. */
const splat = (name: string, xo: string, size: Size, number: "(0) UIMM4" | "(00) UIMM3" | "(000) UIMM2"): Instruction =>
  altivec({
    name,
    bits: `000100 vD ${number} vB ${xo}` as "vD UIMM4 UIMM3 UIMM2 vB",
    args: `vD, vB, ${number.split(" ")[1]}`,
    semantics(b, f) {
      const element = b.imm(size === 0 ? f.UIMM4 : size === 1 ? f.UIMM3 : f.UIMM2)
      b.setReg(VR, f.vD, pick(b, b.reg(VR, f.vB), lanesOfElement(b, size, element)))
    },
  })

/** vspltb: copies a byte to all elements. */
export const vspltb = splat("vspltb", "01000001100", 0, "(0) UIMM4")
/** vsplth: copies a halfword to all elements. */
export const vsplth = splat("vsplth", "01001001100", 1, "(00) UIMM3")
/** vspltw: copies a word to all elements. */
export const vspltw = splat("vspltw", "01010001100", 2, "(000) UIMM2")

const splatImmediate = (name: string, xo: number, size: Size): Instruction =>
  formVxSigned(name, xo, (b, f) => b.setReg(VR, f.vD, on(b, size, "splat", b.imm(f.SIMM5))))

/** vspltisb: writes a signed number to all bytes. */
export const vspltisb = splatImmediate("vspltisb", 780, 0)
/** vspltish: writes a signed number to all halfwords. */
export const vspltish = splatImmediate("vspltish", 844, 1)
/** vspltisw: writes a signed number to all words. */
export const vspltisw = splatImmediate("vspltisw", 908, 2)

/** vperm: picks each byte of two vectors by its number, 0 to 31. */
export const vperm = threeVectors("vperm", 43, (b, x, y, control) => {
  // 31 - n: the lane of byte n in the second vector, and 16 more than its lane in the first one.
  const lanes = b.op("v128.andnot", all(b, 0, 31), control)
  return or(b, pick(b, x, on(b, 0, "sub", lanes, all(b, 0, 16))), pick(b, y, lanes))
})

/** vsldoi: shifts two vectors left by a number of bytes. */
export const vsldoi = altivec({
  name: "vsldoi",
  bits: "000100 vD vA vB (0) UIMM4 101100",
  args: "vD, vA, vB, UIMM4",
  semantics(b, f) {
    const lanes = on(b, 0, "sub", b.v128(LANE_NUMBERS), on(b, 0, "splat", b.imm(f.UIMM4)))
    const upper = pick(b, b.reg(VR, f.vA), lanes)
    b.setReg(VR, f.vD, or(b, upper, pick(b, b.reg(VR, f.vB), on(b, 0, "add", lanes, all(b, 0, 16)))))
  },
})
