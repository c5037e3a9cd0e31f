// Declaring AltiVec instructions: the forms of their encodings (ALTIVECPEM, appendix A), and MSR[VEC] (MPC7400UM, 4.6.14).

import type { Builder, Node } from "../../ir/index.ts"
import type { Instruction } from "../../isa/index.ts"
import { ppc } from "../encoding.ts"
import { VR } from "../state.ts"
import { msrBit } from "../system/msr.ts"
import { noteSaturation } from "./vector.ts"

type Declaration<B extends string> = Omit<Parameters<typeof ppc<B>>[0], "feature">

/** The bits of a number, as diagrams have them. */
const binary = (number: number, width: number): string => number.toString(2).padStart(width, "0")

/** Declares an instruction that needs MSR[VEC]: without it, the AltiVec unavailable exception is taken. */
export function altivec<const B extends string>(d: Declaration<B>): Instruction {
  return ppc<B>({
    ...(d as Parameters<typeof ppc<B>>[0]),
    feature: "altivec",
    semantics(b, f) {
      b.if(b.eqz(msrBit(b, "VEC")), () => b.raise("altivecUnavailable"))
      d.semantics(b, f)
    },
  })
}

/** A form of encoding: its diagram, and the operands as text. `xo` stands for the extended opcode. */
type Form<B extends string> = { readonly bits: B; readonly xoWidth: number; readonly args: string }

const form =
  <const B extends string>({ bits, xoWidth, args }: Form<B>) =>
  (name: string, xo: number, semantics: Declaration<B>["semantics"], options: { args?: string } = {}): Instruction =>
    // The diagram has the names of B, and the extended opcode.
    altivec<B>({ name, bits: bits.replace("xo", binary(xo, xoWidth)) as B, args, semantics, ...options })

/** vD, vA, vB. */
export const formVx = form({ bits: "000100 vD vA vB xo", xoWidth: 11, args: "vD, vA, vB" })
/** vD, vB. */
export const formVxUnary = form({ bits: "000100 vD (00000) vB xo", xoWidth: 11, args: "vD, vB" })
/** vD, vB, and a 5-bit number in the place of vA. */
export const formVxNumber = form({ bits: "000100 vD UIMM5 vB xo", xoWidth: 11, args: "vD, vB, UIMM5" })
/** vD, and a signed number in the place of vA. */
export const formVxSigned = form({ bits: "000100 vD SIMM5 (00000) xo", xoWidth: 11, args: "vD, SIMM5" })
/** vD, vA, vB; Rc records a summary in CR6. */
export const formVxr = form({ bits: "000100 vD vA vB Rc xo", xoWidth: 10, args: "vD, vA, vB" })
/** vD, vA, vB, vC. */
export const formVa = form({ bits: "000100 vD vA vB vC xo", xoWidth: 6, args: "vD, vA, vB, vC" })
/** A vector register and an address. */
export const formLoad = form({ bits: "011111 vD rA rB xo (0)", xoWidth: 10, args: "vD, rA0, rB" })
/** A vector register and an address, for stores. */
export const formStore = form({ bits: "011111 vS rA rB xo (0)", xoWidth: 10, args: "vS, rA0, rB" })

/** Computes a vector from others. */
export type Meaning = (b: Builder, ...operands: Node[]) => Node

/** A result, and a mask that is not zero where an element has saturated. */
export type Saturated = { readonly result: Node; readonly saturated: Node }

/** Computes a vector that may saturate. */
export type SaturatingMeaning = (b: Builder, ...operands: Node[]) => Saturated

/** Declares an instruction of two vectors. */
export const twoVectors = (name: string, xo: number, meaning: (b: Builder, x: Node, y: Node) => Node): Instruction =>
  formVx(name, xo, (b, f) => b.setReg(VR, f.vD, meaning(b, b.reg(VR, f.vA), b.reg(VR, f.vB))))

/** Declares an instruction of two vectors that sets VSCR[SAT] if an element saturates. */
export const twoSaturating = (
  name: string,
  xo: number,
  meaning: (b: Builder, x: Node, y: Node) => Saturated,
): Instruction =>
  formVx(name, xo, (b, f) => {
    const { result, saturated } = meaning(b, b.reg(VR, f.vA), b.reg(VR, f.vB))
    noteSaturation(b, saturated)
    b.setReg(VR, f.vD, result)
  })

/** Declares an instruction of one vector. */
export const oneVector = (name: string, xo: number, meaning: (b: Builder, x: Node) => Node): Instruction =>
  formVxUnary(name, xo, (b, f) => b.setReg(VR, f.vD, meaning(b, b.reg(VR, f.vB))))

/** Declares an instruction of three vectors. */
export const threeVectors = (
  name: string,
  xo: number,
  meaning: (b: Builder, x: Node, y: Node, z: Node) => Node,
): Instruction =>
  formVa(name, xo, (b, f) => b.setReg(VR, f.vD, meaning(b, b.reg(VR, f.vA), b.reg(VR, f.vB), b.reg(VR, f.vC))))

/** Declares an instruction of three vectors that sets VSCR[SAT] if an element saturates. */
export const threeSaturating = (
  name: string,
  xo: number,
  meaning: (b: Builder, x: Node, y: Node, z: Node) => Saturated,
): Instruction =>
  formVa(name, xo, (b, f) => {
    const { result, saturated } = meaning(b, b.reg(VR, f.vA), b.reg(VR, f.vB), b.reg(VR, f.vC))
    noteSaturation(b, saturated)
    b.setReg(VR, f.vD, result)
  })
