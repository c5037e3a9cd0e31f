// Transfers between core registers and VFP registers (ARM DDI 0406C, A7.8, A7.9; A8.8.341 to A8.8.345 VMOV).

import type { FieldValues } from "../../isa/index.ts"
import { getR, setR } from "../registers.ts"
import { D, S } from "../state.ts"
import { isThumb, vfp } from "./encoding.ts"

/** r15 cannot be transferred, nor, in Thumb, r13. */
const isBad = (v: FieldValues, r: number | undefined) => r === 15 || (r === 13 && isThumb(v))
const badCore = (v: FieldValues) => isBad(v, v["rt"])
const badPair = (v: FieldValues) => isBad(v, v["rt"]) || isBad(v, v["rt2"])

/** VMOV: copies a single-precision register from or to a core register. */
export const vmovSingle = [
  vfp({
    name: "vmov{cond}",
    section: "A8.8.343",
    encoding: "T1/A1",
    part: "from a core register",
    bits: "1110 0000 Vn rt 1010 N (00)1(0000)",
    args: "Sn, rt",
    unpredictable: badCore,
    semantics: (b, f) => b.setReg(S, f.Sn, getR(b, f.rt)),
  }),
  vfp({
    name: "vmov{cond}",
    section: "A8.8.343",
    encoding: "T1/A1",
    part: "to a core register",
    bits: "1110 0001 Vn rt 1010 N (00)1(0000)",
    args: "rt, Sn",
    unpredictable: badCore,
    semantics: (b, f) => setR(b, f.rt, b.reg(S, f.Sn)),
  }),
].flat()

/** VMOV: copies half of a D register from or to a core register; Advanced SIMD has the other sizes of scalars. */
export const vmovScalar = [
  vfp({
    name: "vmov{cond}.32",
    section: "A8.8.341",
    encoding: "T1/A1",
    bits: "1110 00 x 0 Vd rt 1011 D 001(0000)",
    args: "Dd[x], rt",
    unpredictable: badCore,
    semantics: (b, f) => b.setReg(S, f.halfOfDd, getR(b, f.rt)),
  }),
  vfp({
    name: "vmov{cond}.32",
    section: "A8.8.342",
    encoding: "T1/A1",
    bits: "1110 00 x 1 Vn rt 1011 N 001(0000)",
    args: "rt, Dn[x]",
    unpredictable: badCore,
    semantics: (b, f) => setR(b, f.rt, b.reg(S, f.halfOfDn)),
  }),
].flat()

/** VMOV: copies a D register from or to two core registers. */
export const vmovDouble = [
  vfp({
    name: "vmov{cond}",
    section: "A8.8.345",
    encoding: "T1/A1",
    part: "from core registers",
    bits: "1100 0100 rt2 rt 1011 00 M 1 Vm",
    args: "Dm, rt, rt2",
    unpredictable: badPair,
    semantics(b, f) {
      const high = b.shl(b.extendU(getR(b, f.rt2)), b.i64(32))
      b.setReg(D, f.Dm, b.or(high, b.extendU(getR(b, f.rt))))
    },
  }),
  vfp({
    name: "vmov{cond}",
    section: "A8.8.345",
    encoding: "T1/A1",
    part: "to core registers",
    bits: "1100 0101 rt2 rt 1011 00 M 1 Vm",
    args: "rt, rt2, Dm",
    unpredictable: (v) => badPair(v) || v["rt"] === v["rt2"],
    semantics(b, f) {
      const bits = b.reg(D, f.Dm)
      setR(b, f.rt, b.wrap(bits))
      setR(b, f.rt2, b.wrap(b.shrU(bits, b.i64(32))))
    },
  }),
].flat()

const noNext = (v: FieldValues) => v["Vm"] === 15 && v["M"] === 1

/** VMOV: copies two consecutive S registers from or to two core registers. */
export const vmovSingles = [
  vfp({
    name: "vmov{cond}",
    section: "A8.8.344",
    encoding: "T1/A1",
    part: "from core registers",
    bits: "1100 0100 rt2 rt 1010 00 M 1 Vm",
    args: "singlePair, rt, rt2",
    unpredictable: (v) => badPair(v) || noNext(v),
    semantics(b, f) {
      b.setReg(S, f.Sm, getR(b, f.rt))
      b.setReg(S, b.add(b.imm(f.Sm), b.i32(1)), getR(b, f.rt2))
    },
  }),
  vfp({
    name: "vmov{cond}",
    section: "A8.8.344",
    encoding: "T1/A1",
    part: "to core registers",
    bits: "1100 0101 rt2 rt 1010 00 M 1 Vm",
    args: "rt, rt2, singlePair",
    unpredictable: (v) => badPair(v) || noNext(v) || v["rt"] === v["rt2"],
    semantics(b, f) {
      const low = b.reg(S, f.Sm)
      const high = b.reg(S, b.add(b.imm(f.Sm), b.i32(1)))
      setR(b, f.rt, low)
      setR(b, f.rt2, high)
    },
  }),
].flat()
