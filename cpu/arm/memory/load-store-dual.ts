// Loads and stores of doublewords (ARM DDI 0406C, A8.8.72 to A8.8.74, A8.8.210, A8.8.211; encodings A5.2.8, A6.3.6).

import type { FieldValues } from "../../isa/index.ts"
import { a32, t32 } from "../encoding.ts"
import { A32, exposePc, getR } from "../registers.ts"
import { badBase, isNotR15, loadPair, loadPairFrom, oddOf, signedOffset, storePair, thumbBase } from "./transfer.ts"

/** A pair of A32 registers begins with an even one. */
const isEven = { rt: (r: number) => (r & 1) === 0 }

const badPair = (v: FieldValues) => {
  const odd = v["rt"]! + 1
  return (
    odd === 15 ||
    v["rm"] === 15 ||
    v["rm"] === v["rt"] ||
    v["rm"] === odd ||
    badBase(v) ||
    (writesBack(v) && v["rn"] === odd)
  )
}
const writesBack = (v: FieldValues) => v["p"] === 0 || v["w"] === 1
const badThumbPair = (v: FieldValues) => {
  const pair = [v["rt"], v["rt2"]]
  return (
    pair.includes(13) || pair.includes(15) || v["rt"] === v["rt2"] || (v["p"] !== undefined && pair.includes(v["rn"]))
  )
}

export const ldrd = [
  a32({
    name: "ldrd{cond}",
    bits: "cond 000 p u 1 w 0 rn rt imm4h 1101 imm4l",
    args: "rt, any4h4l",
    where: isEven,
    unpredictable: badPair,
    semantics(b, f) {
      exposePc(b, f.p && !f.w ? f.pc : 0, A32)
      loadPair(b, f, { first: f.rt, second: oddOf(b, f.rt) }, b.imm(f.offset4h4l))
    },
  }),
  a32({
    name: "ldrd{cond}",
    bits: "cond 000 p u 0 w 0 rn rt (0000) 1101 rm",
    args: "rt, anyRegister",
    where: isEven,
    unpredictable: badPair,
    semantics(b, f) {
      exposePc(b, f.p && !f.w ? f.pc : 0, A32)
      loadPair(b, f, { first: f.rt, second: oddOf(b, f.rt) }, signedOffset(b, getR(b, f.rm), f.offsetSign))
    },
  }),
  t32({
    name: "ldrd{cond}",
    bits: "1110100 p u 11 1 rn rt rt2 imm8",
    args: "rt, rt2, indexed8x4",
    where: isNotR15,
    feature: "v6t2",
    unpredictable: badThumbPair,
    semantics: (b, f) => loadPair(b, { rn: f.rn, p: f.p, w: 1 }, { first: f.rt, second: f.rt2 }, b.imm(f.offset8x4)),
  }),
  t32({
    name: "ldrd{cond}",
    bits: "11101001 u 10 1 rn rt rt2 imm8",
    args: "rt, rt2, at8x4",
    where: isNotR15,
    feature: "v6t2",
    unpredictable: badThumbPair,
    semantics: (b, f) => loadPair(b, { rn: f.rn, p: 1, w: 0 }, { first: f.rt, second: f.rt2 }, b.imm(f.offset8x4)),
  }),
  t32({
    name: "ldrd{cond}",
    bits: "11101001 u 1011111 rt rt2 imm8",
    args: "rt, rt2, thumbPc8x4",
    feature: "v6t2",
    unpredictable: badThumbPair,
    semantics: (b, f) => loadPairFrom(b, { first: f.rt, second: f.rt2 }, b.add(thumbBase(b), b.imm(f.thumbLiteral8x4))),
  }),
]

export const strd = [
  a32({
    name: "strd{cond}",
    bits: "cond 000 p u 1 w 0 rn rt imm4h 1111 imm4l",
    args: "rt, any4h4l",
    where: isEven,
    unpredictable: badPair,
    restartable: true,
    semantics(b, f) {
      exposePc(b, f.p && !f.w ? f.pc : 0, A32)
      storePair(b, f, { first: f.rt, second: oddOf(b, f.rt) }, b.imm(f.offset4h4l))
    },
  }),
  a32({
    name: "strd{cond}",
    bits: "cond 000 p u 0 w 0 rn rt (0000) 1111 rm",
    args: "rt, anyRegister",
    where: isEven,
    unpredictable: badPair,
    restartable: true,
    semantics(b, f) {
      exposePc(b, f.p && !f.w ? f.pc : 0, A32)
      storePair(b, f, { first: f.rt, second: oddOf(b, f.rt) }, signedOffset(b, getR(b, f.rm), f.offsetSign))
    },
  }),
  t32({
    name: "strd{cond}",
    bits: "1110100 p u 11 0 rn rt rt2 imm8",
    args: "rt, rt2, indexed8x4",
    where: isNotR15,
    feature: "v6t2",
    unpredictable: badThumbPair,
    restartable: true,
    semantics: (b, f) => storePair(b, { rn: f.rn, p: f.p, w: 1 }, { first: f.rt, second: f.rt2 }, b.imm(f.offset8x4)),
  }),
  t32({
    name: "strd{cond}",
    bits: "11101001 u 10 0 rn rt rt2 imm8",
    args: "rt, rt2, at8x4",
    where: isNotR15,
    feature: "v6t2",
    unpredictable: badThumbPair,
    restartable: true,
    semantics: (b, f) => storePair(b, { rn: f.rn, p: 1, w: 0 }, { first: f.rt, second: f.rt2 }, b.imm(f.offset8x4)),
  }),
]
