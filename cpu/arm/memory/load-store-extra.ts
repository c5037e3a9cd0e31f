// Loads and stores of halfwords and signed bytes (ARM DDI 0406C, A8.8.79 to A8.8.91, A8.8.216 to A8.8.218;
// encodings A5.2.8, A5.2.9, A6.2.4, A6.3.8, A6.3.9).

import { a32, t16, t32 } from "../encoding.ts"
import { A32, exposePc, getR } from "../registers.ts"
import {
  asUser,
  badByte,
  badThumbPart,
  badThumbUser,
  badUser,
  HALFWORD,
  isNotR15,
  load,
  loadIndexed,
  SIGNED_BYTE,
  SIGNED_HALFWORD,
  signedOffset,
  store,
  storeIndexed,
  thumbBase,
} from "./transfer.ts"

/** In 32-bit Thumb, a byte or halfword loaded to r15 is a memory hint instead. */
const isTransfer = { rt: (r: number) => r !== 15 }

export const ldrh = [
  a32({
    name: "ldrh{cond}",
    bits: "cond 000 p u 1 w 1 rn rt imm4h 1011 imm4l",
    args: "rt, any4h4l",
    unpredictable: badByte,
    semantics: (b, f) => loadIndexed(b, f, b.imm(f.offset4h4l), HALFWORD),
  }),
  a32({
    name: "ldrh{cond}",
    bits: "cond 0001 u 1 0 1 1111 rt imm4h 1011 imm4l",
    args: "rt, pc4h4l",
    unpredictable: badByte,
    semantics: (b, f) => load(b, f.rt, b.add(b.pc(), b.imm(f.literal4h4l)), HALFWORD),
  }),
  a32({
    name: "ldrh{cond}",
    bits: "cond 000 p u 0 w 1 rn rt (0000) 1011 rm",
    args: "rt, anyRegister",
    unpredictable: badByte,
    semantics(b, f) {
      exposePc(b, f.p && !f.w ? f.pc : 0, A32)
      loadIndexed(b, f, signedOffset(b, getR(b, f.rm), f.offsetSign), HALFWORD)
    },
  }),
  t16({
    name: "ldrh{cond}",
    bits: "10001 imm5 ln lt",
    args: "lt, low5x2",
    semantics: (b, f) => load(b, f.lt, b.add(getR(b, f.ln), b.imm(f.imm5x2)), HALFWORD),
  }),
  t16({
    name: "ldrh{cond}",
    bits: "0101101 lm ln lt",
    args: "lt, lowRegister",
    semantics: (b, f) => load(b, f.lt, b.add(getR(b, f.ln), getR(b, f.lm)), HALFWORD),
  }),
  t32({
    name: "ldrh{cond}.w",
    bits: "111110001011 rn rt imm12",
    args: "rt, up12",
    where: { ...isNotR15, ...isTransfer },
    feature: "v6t2",
    unpredictable: badThumbPart,
    semantics: (b, f) => load(b, f.rt, b.add(getR(b, f.rn), b.imm(f.imm12)), HALFWORD),
  }),
  t32({
    name: "ldrh{cond}.w",
    bits: "111110000011 rn rt 1 p u 1 imm8",
    args: "rt, indexed8",
    where: isNotR15,
    feature: "v6t2",
    unpredictable: badThumbPart,
    semantics: (b, f) => loadIndexed(b, { rn: f.rn, rt: f.rt, p: f.p, w: 1 }, b.imm(f.offset8), HALFWORD),
  }),
  t32({
    name: "ldrh{cond}.w",
    bits: "111110000011 rn rt 1100 imm8",
    args: "rt, down8",
    where: { ...isNotR15, ...isTransfer },
    feature: "v6t2",
    unpredictable: badThumbPart,
    semantics: (b, f) => load(b, f.rt, b.sub(getR(b, f.rn), b.imm(f.imm8)), HALFWORD),
  }),
  t32({
    name: "ldrh{cond}.w",
    bits: "111110000011 rn rt 000000 imm2 rm",
    args: "rt, scaledRegister",
    where: { ...isNotR15, ...isTransfer },
    feature: "v6t2",
    unpredictable: badThumbPart,
    semantics: (b, f) => load(b, f.rt, b.add(getR(b, f.rn), b.shl(getR(b, f.rm), b.imm(f.imm2))), HALFWORD),
  }),
  t32({
    name: "ldrh{cond}.w",
    bits: "11111000 u 0111111 rt imm12",
    args: "rt, thumbPc12",
    where: isTransfer,
    feature: "v6t2",
    unpredictable: badThumbPart,
    semantics: (b, f) => load(b, f.rt, b.add(thumbBase(b), b.imm(f.thumbLiteral12)), HALFWORD),
  }),
]

export const ldrht = [
  a32({
    name: "ldrht{cond}",
    bits: "cond 0000 u 11 1 rn rt imm4h 1011 imm4l",
    args: "rt, post4h4l",
    feature: "v6t2",
    unpredictable: badUser,
    semantics: (b, f) => loadIndexed(b, { rn: f.rn, rt: f.rt, p: 0, w: 1 }, b.imm(f.offset4h4l), asUser(HALFWORD)),
  }),
  a32({
    name: "ldrht{cond}",
    bits: "cond 0000 u 01 1 rn rt (0000) 1011 rm",
    args: "rt, postRegister",
    feature: "v6t2",
    unpredictable: badUser,
    semantics: (b, f) =>
      loadIndexed(
        b,
        { rn: f.rn, rt: f.rt, p: 0, w: 1 },
        signedOffset(b, getR(b, f.rm), f.offsetSign),
        asUser(HALFWORD),
      ),
  }),
  t32({
    name: "ldrht{cond}",
    bits: "111110000011 rn rt 1110 imm8",
    args: "rt, up8",
    where: isNotR15,
    feature: "v6t2",
    unpredictable: badThumbUser,
    semantics: (b, f) => load(b, f.rt, b.add(getR(b, f.rn), b.imm(f.imm8)), asUser(HALFWORD)),
  }),
]

export const strh = [
  a32({
    name: "strh{cond}",
    bits: "cond 000 p u 1 w 0 rn rt imm4h 1011 imm4l",
    args: "rt, any4h4l",
    unpredictable: badByte,
    semantics(b, f) {
      exposePc(b, f.p && !f.w ? f.pc : 0, A32)
      storeIndexed(b, f, b.imm(f.offset4h4l), HALFWORD)
    },
  }),
  a32({
    name: "strh{cond}",
    bits: "cond 000 p u 0 w 0 rn rt (0000) 1011 rm",
    args: "rt, anyRegister",
    unpredictable: badByte,
    semantics(b, f) {
      exposePc(b, f.p && !f.w ? f.pc : 0, A32)
      storeIndexed(b, f, signedOffset(b, getR(b, f.rm), f.offsetSign), HALFWORD)
    },
  }),
  t16({
    name: "strh{cond}",
    bits: "10000 imm5 ln lt",
    args: "lt, low5x2",
    semantics: (b, f) => store(b, f.lt, b.add(getR(b, f.ln), b.imm(f.imm5x2)), HALFWORD),
  }),
  t16({
    name: "strh{cond}",
    bits: "0101001 lm ln lt",
    args: "lt, lowRegister",
    semantics: (b, f) => store(b, f.lt, b.add(getR(b, f.ln), getR(b, f.lm)), HALFWORD),
  }),
  t32({
    name: "strh{cond}.w",
    bits: "111110001010 rn rt imm12",
    args: "rt, up12",
    where: isNotR15,
    feature: "v6t2",
    unpredictable: badThumbPart,
    semantics: (b, f) => store(b, f.rt, b.add(getR(b, f.rn), b.imm(f.imm12)), HALFWORD),
  }),
  t32({
    name: "strh{cond}.w",
    bits: "111110000010 rn rt 1 p u 1 imm8",
    args: "rt, indexed8",
    where: isNotR15,
    feature: "v6t2",
    unpredictable: badThumbPart,
    semantics: (b, f) => storeIndexed(b, { rn: f.rn, rt: f.rt, p: f.p, w: 1 }, b.imm(f.offset8), HALFWORD),
  }),
  t32({
    name: "strh{cond}.w",
    bits: "111110000010 rn rt 1100 imm8",
    args: "rt, down8",
    where: isNotR15,
    feature: "v6t2",
    unpredictable: badThumbPart,
    semantics: (b, f) => store(b, f.rt, b.sub(getR(b, f.rn), b.imm(f.imm8)), HALFWORD),
  }),
  t32({
    name: "strh{cond}.w",
    bits: "111110000010 rn rt 000000 imm2 rm",
    args: "rt, scaledRegister",
    where: isNotR15,
    feature: "v6t2",
    unpredictable: badThumbPart,
    semantics: (b, f) => store(b, f.rt, b.add(getR(b, f.rn), b.shl(getR(b, f.rm), b.imm(f.imm2))), HALFWORD),
  }),
]

export const strht = [
  a32({
    name: "strht{cond}",
    bits: "cond 0000 u 11 0 rn rt imm4h 1011 imm4l",
    args: "rt, post4h4l",
    feature: "v6t2",
    unpredictable: badUser,
    semantics: (b, f) => storeIndexed(b, { rn: f.rn, rt: f.rt, p: 0, w: 1 }, b.imm(f.offset4h4l), asUser(HALFWORD)),
  }),
  a32({
    name: "strht{cond}",
    bits: "cond 0000 u 01 0 rn rt (0000) 1011 rm",
    args: "rt, postRegister",
    feature: "v6t2",
    unpredictable: badUser,
    semantics: (b, f) =>
      storeIndexed(
        b,
        { rn: f.rn, rt: f.rt, p: 0, w: 1 },
        signedOffset(b, getR(b, f.rm), f.offsetSign),
        asUser(HALFWORD),
      ),
  }),
  t32({
    name: "strht{cond}",
    bits: "111110000010 rn rt 1110 imm8",
    args: "rt, up8",
    where: isNotR15,
    feature: "v6t2",
    unpredictable: badThumbUser,
    semantics: (b, f) => store(b, f.rt, b.add(getR(b, f.rn), b.imm(f.imm8)), asUser(HALFWORD)),
  }),
]

export const ldrsb = [
  a32({
    name: "ldrsb{cond}",
    bits: "cond 000 p u 1 w 1 rn rt imm4h 1101 imm4l",
    args: "rt, any4h4l",
    unpredictable: badByte,
    semantics: (b, f) => loadIndexed(b, f, b.imm(f.offset4h4l), SIGNED_BYTE),
  }),
  a32({
    name: "ldrsb{cond}",
    bits: "cond 0001 u 1 0 1 1111 rt imm4h 1101 imm4l",
    args: "rt, pc4h4l",
    unpredictable: badByte,
    semantics: (b, f) => load(b, f.rt, b.add(b.pc(), b.imm(f.literal4h4l)), SIGNED_BYTE),
  }),
  a32({
    name: "ldrsb{cond}",
    bits: "cond 000 p u 0 w 1 rn rt (0000) 1101 rm",
    args: "rt, anyRegister",
    unpredictable: badByte,
    semantics(b, f) {
      exposePc(b, f.p && !f.w ? f.pc : 0, A32)
      loadIndexed(b, f, signedOffset(b, getR(b, f.rm), f.offsetSign), SIGNED_BYTE)
    },
  }),
  t16({
    name: "ldrsb{cond}",
    bits: "0101011 lm ln lt",
    args: "lt, lowRegister",
    semantics: (b, f) => load(b, f.lt, b.add(getR(b, f.ln), getR(b, f.lm)), SIGNED_BYTE),
  }),
  t32({
    name: "ldrsb{cond}.w",
    bits: "111110011001 rn rt imm12",
    args: "rt, up12",
    where: { ...isNotR15, ...isTransfer },
    feature: "v6t2",
    unpredictable: badThumbPart,
    semantics: (b, f) => load(b, f.rt, b.add(getR(b, f.rn), b.imm(f.imm12)), SIGNED_BYTE),
  }),
  t32({
    name: "ldrsb{cond}.w",
    bits: "111110010001 rn rt 1 p u 1 imm8",
    args: "rt, indexed8",
    where: isNotR15,
    feature: "v6t2",
    unpredictable: badThumbPart,
    semantics: (b, f) => loadIndexed(b, { rn: f.rn, rt: f.rt, p: f.p, w: 1 }, b.imm(f.offset8), SIGNED_BYTE),
  }),
  t32({
    name: "ldrsb{cond}.w",
    bits: "111110010001 rn rt 1100 imm8",
    args: "rt, down8",
    where: { ...isNotR15, ...isTransfer },
    feature: "v6t2",
    unpredictable: badThumbPart,
    semantics: (b, f) => load(b, f.rt, b.sub(getR(b, f.rn), b.imm(f.imm8)), SIGNED_BYTE),
  }),
  t32({
    name: "ldrsb{cond}.w",
    bits: "111110010001 rn rt 000000 imm2 rm",
    args: "rt, scaledRegister",
    where: { ...isNotR15, ...isTransfer },
    feature: "v6t2",
    unpredictable: badThumbPart,
    semantics: (b, f) => load(b, f.rt, b.add(getR(b, f.rn), b.shl(getR(b, f.rm), b.imm(f.imm2))), SIGNED_BYTE),
  }),
  t32({
    name: "ldrsb{cond}.w",
    bits: "11111001 u 0011111 rt imm12",
    args: "rt, thumbPc12",
    where: isTransfer,
    feature: "v6t2",
    unpredictable: badThumbPart,
    semantics: (b, f) => load(b, f.rt, b.add(thumbBase(b), b.imm(f.thumbLiteral12)), SIGNED_BYTE),
  }),
]

export const ldrsbt = [
  a32({
    name: "ldrsbt{cond}",
    bits: "cond 0000 u 11 1 rn rt imm4h 1101 imm4l",
    args: "rt, post4h4l",
    feature: "v6t2",
    unpredictable: badUser,
    semantics: (b, f) => loadIndexed(b, { rn: f.rn, rt: f.rt, p: 0, w: 1 }, b.imm(f.offset4h4l), asUser(SIGNED_BYTE)),
  }),
  a32({
    name: "ldrsbt{cond}",
    bits: "cond 0000 u 01 1 rn rt (0000) 1101 rm",
    args: "rt, postRegister",
    feature: "v6t2",
    unpredictable: badUser,
    semantics: (b, f) =>
      loadIndexed(
        b,
        { rn: f.rn, rt: f.rt, p: 0, w: 1 },
        signedOffset(b, getR(b, f.rm), f.offsetSign),
        asUser(SIGNED_BYTE),
      ),
  }),
  t32({
    name: "ldrsbt{cond}",
    bits: "111110010001 rn rt 1110 imm8",
    args: "rt, up8",
    where: isNotR15,
    feature: "v6t2",
    unpredictable: badThumbUser,
    semantics: (b, f) => load(b, f.rt, b.add(getR(b, f.rn), b.imm(f.imm8)), asUser(SIGNED_BYTE)),
  }),
]

export const ldrsh = [
  a32({
    name: "ldrsh{cond}",
    bits: "cond 000 p u 1 w 1 rn rt imm4h 1111 imm4l",
    args: "rt, any4h4l",
    unpredictable: badByte,
    semantics: (b, f) => loadIndexed(b, f, b.imm(f.offset4h4l), SIGNED_HALFWORD),
  }),
  a32({
    name: "ldrsh{cond}",
    bits: "cond 0001 u 1 0 1 1111 rt imm4h 1111 imm4l",
    args: "rt, pc4h4l",
    unpredictable: badByte,
    semantics: (b, f) => load(b, f.rt, b.add(b.pc(), b.imm(f.literal4h4l)), SIGNED_HALFWORD),
  }),
  a32({
    name: "ldrsh{cond}",
    bits: "cond 000 p u 0 w 1 rn rt (0000) 1111 rm",
    args: "rt, anyRegister",
    unpredictable: badByte,
    semantics(b, f) {
      exposePc(b, f.p && !f.w ? f.pc : 0, A32)
      loadIndexed(b, f, signedOffset(b, getR(b, f.rm), f.offsetSign), SIGNED_HALFWORD)
    },
  }),
  t16({
    name: "ldrsh{cond}",
    bits: "0101111 lm ln lt",
    args: "lt, lowRegister",
    semantics: (b, f) => load(b, f.lt, b.add(getR(b, f.ln), getR(b, f.lm)), SIGNED_HALFWORD),
  }),
  t32({
    name: "ldrsh{cond}.w",
    bits: "111110011011 rn rt imm12",
    args: "rt, up12",
    where: { ...isNotR15, ...isTransfer },
    feature: "v6t2",
    unpredictable: badThumbPart,
    semantics: (b, f) => load(b, f.rt, b.add(getR(b, f.rn), b.imm(f.imm12)), SIGNED_HALFWORD),
  }),
  t32({
    name: "ldrsh{cond}.w",
    bits: "111110010011 rn rt 1 p u 1 imm8",
    args: "rt, indexed8",
    where: isNotR15,
    feature: "v6t2",
    unpredictable: badThumbPart,
    semantics: (b, f) => loadIndexed(b, { rn: f.rn, rt: f.rt, p: f.p, w: 1 }, b.imm(f.offset8), SIGNED_HALFWORD),
  }),
  t32({
    name: "ldrsh{cond}.w",
    bits: "111110010011 rn rt 1100 imm8",
    args: "rt, down8",
    where: { ...isNotR15, ...isTransfer },
    feature: "v6t2",
    unpredictable: badThumbPart,
    semantics: (b, f) => load(b, f.rt, b.sub(getR(b, f.rn), b.imm(f.imm8)), SIGNED_HALFWORD),
  }),
  t32({
    name: "ldrsh{cond}.w",
    bits: "111110010011 rn rt 000000 imm2 rm",
    args: "rt, scaledRegister",
    where: { ...isNotR15, ...isTransfer },
    feature: "v6t2",
    unpredictable: badThumbPart,
    semantics: (b, f) => load(b, f.rt, b.add(getR(b, f.rn), b.shl(getR(b, f.rm), b.imm(f.imm2))), SIGNED_HALFWORD),
  }),
  t32({
    name: "ldrsh{cond}.w",
    bits: "11111001 u 0111111 rt imm12",
    args: "rt, thumbPc12",
    where: isTransfer,
    feature: "v6t2",
    unpredictable: badThumbPart,
    semantics: (b, f) => load(b, f.rt, b.add(thumbBase(b), b.imm(f.thumbLiteral12)), SIGNED_HALFWORD),
  }),
]

export const ldrsht = [
  a32({
    name: "ldrsht{cond}",
    bits: "cond 0000 u 11 1 rn rt imm4h 1111 imm4l",
    args: "rt, post4h4l",
    feature: "v6t2",
    unpredictable: badUser,
    semantics: (b, f) =>
      loadIndexed(b, { rn: f.rn, rt: f.rt, p: 0, w: 1 }, b.imm(f.offset4h4l), asUser(SIGNED_HALFWORD)),
  }),
  a32({
    name: "ldrsht{cond}",
    bits: "cond 0000 u 01 1 rn rt (0000) 1111 rm",
    args: "rt, postRegister",
    feature: "v6t2",
    unpredictable: badUser,
    semantics: (b, f) =>
      loadIndexed(
        b,
        { rn: f.rn, rt: f.rt, p: 0, w: 1 },
        signedOffset(b, getR(b, f.rm), f.offsetSign),
        asUser(SIGNED_HALFWORD),
      ),
  }),
  t32({
    name: "ldrsht{cond}",
    bits: "111110010011 rn rt 1110 imm8",
    args: "rt, up8",
    where: isNotR15,
    feature: "v6t2",
    unpredictable: badThumbUser,
    semantics: (b, f) => load(b, f.rt, b.add(getR(b, f.rn), b.imm(f.imm8)), asUser(SIGNED_HALFWORD)),
  }),
]
