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

/** What LDRD and STRD differ in. */
type Dual = {
  readonly name: "ldrd" | "strd"
  readonly transferPair: typeof loadPair
  /** Bits 7 to 4 of the A32 encodings, and bit 20 of the T32 ones. */
  readonly op: "1101" | "1111"
  readonly l: "1" | "0"
  /** Sections of the forms with an immediate and with a register, in A32, and with an immediate in T32. */
  readonly immediate: string
  readonly register: string
  readonly t32Immediate: string
  /** Memory is written by two accesses, of which the second can fault. */
  readonly restartable: boolean
}

function dual({ name, transferPair, op, l, immediate, register, t32Immediate, restartable }: Dual) {
  const common = { name: `${name}{cond}`, restartable }
  const inA32 = { ...common, where: isEven, unpredictable: badPair }
  const inT32 = { ...common, where: isNotR15, feature: "v6t2", unpredictable: badThumbPair }
  return [
    a32({
      ...inA32,
      encoding: "A1",
      section: immediate,
      bits: `cond 000 p u 1 w 0 rn rt imm4h ${op} imm4l`,
      args: "rt, any4h4l",
      semantics(b, f) {
        exposePc(b, f.p && !f.w ? f.pc : 0, A32)
        transferPair(b, f, { first: f.rt, second: oddOf(b, f.rt) }, b.imm(f.offset4h4l))
      },
    }),
    a32({
      ...inA32,
      encoding: "A1",
      section: register,
      bits: `cond 000 p u 0 w 0 rn rt (0000) ${op} rm`,
      args: "rt, anyRegister",
      semantics(b, f) {
        exposePc(b, f.p && !f.w ? f.pc : 0, A32)
        transferPair(b, f, { first: f.rt, second: oddOf(b, f.rt) }, signedOffset(b, getR(b, f.rm), f.offsetSign))
      },
    }),
    t32({
      ...inT32,
      encoding: "T1, with write-back",
      section: t32Immediate,
      bits: `1110100 p u 11 ${l} rn rt rt2 imm8`,
      args: "rt, rt2, indexed8x4",
      semantics: (b, f) =>
        transferPair(b, { rn: f.rn, p: f.p, w: 1 }, { first: f.rt, second: f.rt2 }, b.imm(f.offset8x4)),
    }),
    t32({
      ...inT32,
      encoding: "T1, without write-back",
      section: t32Immediate,
      bits: `11101001 u 10 ${l} rn rt rt2 imm8`,
      args: "rt, rt2, at8x4",
      semantics: (b, f) =>
        transferPair(b, { rn: f.rn, p: 1, w: 0 }, { first: f.rt, second: f.rt2 }, b.imm(f.offset8x4)),
    }),
  ]
}

/** LDRD: loads two words to two registers, in A32 an even one and the next. A8.8.72 to A8.8.74 */
export const ldrd = [
  ...dual({
    name: "ldrd",
    transferPair: loadPair,
    op: "1101",
    l: "1",
    immediate: "A8.8.72, A8.8.73",
    register: "A8.8.74",
    t32Immediate: "A8.8.72",
    restartable: false,
  }),
  t32({
    encoding: "T1",
    section: "A8.8.73",
    name: "ldrd{cond}",
    bits: "11101001 u 1011111 rt rt2 imm8",
    args: "rt, rt2, thumbPc8x4",
    feature: "v6t2",
    unpredictable: badThumbPair,
    semantics: (b, f) => loadPairFrom(b, { first: f.rt, second: f.rt2 }, b.add(thumbBase(b), b.imm(f.thumbLiteral8x4))),
  }),
]

/** STRD: stores two registers to two words. A8.8.210, A8.8.211 */
export const strd = dual({
  name: "strd",
  transferPair: storePair,
  op: "1111",
  l: "0",
  immediate: "A8.8.210",
  register: "A8.8.211",
  t32Immediate: "A8.8.210",
  restartable: true,
})
