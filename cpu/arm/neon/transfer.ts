// Transfers between core registers and elements of 8 and 16 bits, and from a core register to all elements (ARM DDI
// 0406C, A7.8; A8.8.314 VDUP, A8.8.341 and A8.8.342 VMOV).

import type { FieldValues, Instruction } from "../../isa/index.ts"
import { getR, setR } from "../registers.ts"
import { isThumb, vfp } from "../vfp/encoding.ts"
import { getElement, setElement } from "./load-store.ts"
import { areWhole } from "./text.ts"
import { SHAPES, setVector } from "./vector.ts"

/** r15 cannot be transferred, nor, in Thumb, r13. */
const badCore = (v: FieldValues) => v["rt"] === 15 || (v["rt"] === 13 && isThumb(v))
const feature = "neon"

const SIZES = [
  { size: 0, opc1: "1 lane1", opc2: "lane2", lane: "laneOfBytes" },
  { size: 1, opc1: "0 lane1", opc2: "laneLow 1", lane: "laneOfHalfwords" },
] as const

/** VMOV (ARM core register to scalar): writes an element of 8 or 16 bits. */
export const vmovToScalar = SIZES.flatMap(({ size, opc1, opc2, lane }) =>
  vfp({
    name: `vmov{cond}.${8 << size}`,
    section: "A8.8.341",
    encoding: "T1/A1",
    bits: `1110 0 ${opc1} 0 Vd rt 1011 D ${opc2} 1(0000)`,
    args: `Dd[${lane}], rt`,
    feature,
    unpredictable: badCore,
    semantics: (b, f) => setElement(b, size, b.imm(f.Dd), b.imm(f[lane]), getR(b, f.rt)),
  }),
)

const toCore = (u: "0" | "1", { size, opc1, opc2, lane }: (typeof SIZES)[number]): Instruction[] =>
  vfp({
    name: `vmov{cond}.${u === "1" ? "u" : "s"}${8 << size}`,
    section: "A8.8.342",
    encoding: "T1/A1",
    bits: `1110 ${u} ${opc1} 1 Vn rt 1011 N ${opc2} 1(0000)`,
    args: `rt, Dn[${lane}]`,
    feature,
    unpredictable: badCore,
    semantics(b, f) {
      const element = getElement(b, size, b.imm(f.Dn), b.imm(f[lane]))
      const signed = () => (size === 0 ? b.extend8S(element) : b.extend16S(element))
      setR(b, f.rt, u === "1" ? b.and(element, b.i32(size === 0 ? 0xff : 0xffff)) : signed())
    },
  })
/** VMOV (scalar to ARM core register): reads an element of 8 or 16 bits. */
export const vmovFromScalar = (["0", "1"] as const).flatMap((u) => SIZES.flatMap((size) => toCore(u, size)))

/** VDUP (ARM core register): copies a core register to all elements. */
export const vdupCore = (
  [
    { size: 0, b: "1", e: "0" },
    { size: 1, b: "0", e: "1" },
    { size: 2, b: "0", e: "0" },
  ] as const
).flatMap(({ size, b: high, e }) =>
  vfp({
    name: `vdup{cond}.${8 << size}`,
    section: "A8.8.314",
    encoding: "T1/A1",
    bits: `1110 1 ${high} Q 0 Vd rt 1011 D 0 ${e} 1(0000)`,
    args: "vd, rt",
    feature,
    defined: areWhole("Vd"),
    unpredictable: badCore,
    semantics: (b, f) => setVector(b, f.Q, f.Dd, b.op(`${SHAPES[size]}.splat`, getR(b, f.rt))),
  }),
)
