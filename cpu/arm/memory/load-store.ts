// Loads and stores of words and unsigned bytes (ARM DDI 0406C, A8.8.62 to A8.8.71, A8.8.92, A8.8.203 to A8.8.210,
// A8.8.219; encodings A5.3, A6.2.4, A6.3.7, A6.3.9, A6.3.10).

import { a32, t16, t32 } from "../encoding.ts"
import { A32, exposePc, getR } from "../registers.ts"
import {
  asUser,
  BYTE,
  badBase,
  badByte,
  badOffset,
  badThumbBase,
  badThumbIndex,
  badThumbPart,
  badThumbUser,
  badUser,
  isNotR15,
  load,
  loadIndexed,
  registerOffset,
  store,
  storeIndexed,
  thumbBase,
  WORD,
} from "./transfer.ts"

/** In 32-bit Thumb, a byte or halfword loaded to r15 is a memory hint instead. */
const isTransfer = { rt: (r: number) => r !== 15 }

export const ldr = [
  a32({
    name: "ldr{cond}",
    bits: "cond 010 p u 0 w 1 rn rt imm12",
    args: "rt, any12",
    unpredictable: badBase,
    semantics: (b, f) => loadIndexed(b, f, b.imm(f.offset12), WORD, f.pc),
  }),
  a32({
    name: "ldr{cond}",
    bits: "cond 0101 u 0 0 1 1111 rt imm12",
    args: "rt, pc12",
    semantics: (b, f) => load(b, f.rt, b.add(b.pc(), b.imm(f.literal12)), WORD, f.pc),
  }),
  a32({
    name: "ldr{cond}",
    bits: "cond 011 p u 0 w 1 rn rt imm5 type 0 rm",
    args: "rt, anyShifted",
    unpredictable: badOffset,
    semantics(b, f) {
      exposePc(b, f.pc, A32)
      loadIndexed(b, f, registerOffset(b, f), WORD, f.pc)
    },
  }),
  t16({
    name: "ldr{cond}",
    bits: "01101 imm5 ln lt",
    args: "lt, low5x4",
    semantics: (b, f) => load(b, f.lt, b.add(getR(b, f.ln), b.imm(f.imm5x4)), WORD),
  }),
  t16({
    name: "ldr{cond}",
    bits: "0101100 lm ln lt",
    args: "lt, lowRegister",
    semantics: (b, f) => load(b, f.lt, b.add(getR(b, f.ln), getR(b, f.lm)), WORD),
  }),
  t16({
    name: "ldr{cond}",
    bits: "10011 lt imm8",
    args: "lt, sp8x4",
    semantics: (b, f) => load(b, f.lt, b.add(getR(b, 13), b.imm(f.imm8x4)), WORD),
  }),
  t16({
    name: "ldr{cond}",
    bits: "01001 lt imm8",
    args: "lt, pc8x4",
    semantics: (b, f) => load(b, f.lt, b.add(thumbBase(b), b.imm(f.literal8x4)), WORD),
  }),
  t32({
    name: "ldr{cond}.w",
    bits: "111110001101 rn rt imm12",
    args: "rt, up12",
    where: isNotR15,
    feature: "v6t2",
    semantics: (b, f) => load(b, f.rt, b.add(getR(b, f.rn), b.imm(f.imm12)), WORD, f.pc),
  }),
  t32({
    name: "ldr{cond}.w",
    bits: "111110000101 rn rt 1 p u 1 imm8",
    args: "rt, indexed8",
    where: isNotR15,
    feature: "v6t2",
    unpredictable: badThumbBase,
    semantics: (b, f) => loadIndexed(b, { rn: f.rn, rt: f.rt, p: f.p, w: 1 }, b.imm(f.offset8), WORD, f.pc),
  }),
  t32({
    name: "ldr{cond}.w",
    bits: "111110000101 rn rt 1100 imm8",
    args: "rt, down8",
    where: isNotR15,
    feature: "v6t2",
    semantics: (b, f) => load(b, f.rt, b.sub(getR(b, f.rn), b.imm(f.imm8)), WORD, f.pc),
  }),
  t32({
    name: "ldr{cond}.w",
    bits: "111110000101 rn rt 000000 imm2 rm",
    args: "rt, scaledRegister",
    where: isNotR15,
    feature: "v6t2",
    unpredictable: badThumbIndex,
    semantics: (b, f) => load(b, f.rt, b.add(getR(b, f.rn), b.shl(getR(b, f.rm), b.imm(f.imm2))), WORD, f.pc),
  }),
  t32({
    name: "ldr{cond}.w",
    bits: "11111000 u 1011111 rt imm12",
    args: "rt, thumbPc12",
    feature: "v6t2",
    semantics: (b, f) => load(b, f.rt, b.add(thumbBase(b), b.imm(f.thumbLiteral12)), WORD, f.pc),
  }),
]

export const ldrt = [
  a32({
    name: "ldrt{cond}",
    bits: "cond 0100 u 0 1 1 rn rt imm12",
    args: "rt, post12",
    unpredictable: badUser,
    semantics: (b, f) => loadIndexed(b, { rn: f.rn, rt: f.rt, p: 0, w: 1 }, b.imm(f.offset12), asUser(WORD)),
  }),
  a32({
    name: "ldrt{cond}",
    bits: "cond 0110 u 0 1 1 rn rt imm5 type 0 rm",
    args: "rt, postShifted",
    unpredictable: badUser,
    semantics: (b, f) => loadIndexed(b, { rn: f.rn, rt: f.rt, p: 0, w: 1 }, registerOffset(b, f), asUser(WORD)),
  }),
  t32({
    name: "ldrt{cond}",
    bits: "111110000101 rn rt 1110 imm8",
    args: "rt, up8",
    where: isNotR15,
    feature: "v6t2",
    unpredictable: badThumbUser,
    semantics: (b, f) => load(b, f.rt, b.add(getR(b, f.rn), b.imm(f.imm8)), asUser(WORD)),
  }),
]

export const str = [
  a32({
    name: "str{cond}",
    bits: "cond 010 p u 0 w 0 rn rt imm12",
    args: "rt, any12",
    unpredictable: badBase,
    semantics(b, f) {
      exposePc(b, f.pc, A32)
      storeIndexed(b, f, b.imm(f.offset12), WORD)
    },
  }),
  a32({
    name: "str{cond}",
    bits: "cond 011 p u 0 w 0 rn rt imm5 type 0 rm",
    args: "rt, anyShifted",
    unpredictable: badOffset,
    semantics(b, f) {
      exposePc(b, f.pc, A32)
      storeIndexed(b, f, registerOffset(b, f), WORD)
    },
  }),
  t16({
    name: "str{cond}",
    bits: "01100 imm5 ln lt",
    args: "lt, low5x4",
    semantics: (b, f) => store(b, f.lt, b.add(getR(b, f.ln), b.imm(f.imm5x4)), WORD),
  }),
  t16({
    name: "str{cond}",
    bits: "0101000 lm ln lt",
    args: "lt, lowRegister",
    semantics: (b, f) => store(b, f.lt, b.add(getR(b, f.ln), getR(b, f.lm)), WORD),
  }),
  t16({
    name: "str{cond}",
    bits: "10010 lt imm8",
    args: "lt, sp8x4",
    semantics: (b, f) => store(b, f.lt, b.add(getR(b, 13), b.imm(f.imm8x4)), WORD),
  }),
  t32({
    name: "str{cond}.w",
    bits: "111110001100 rn rt imm12",
    args: "rt, up12",
    where: isNotR15,
    feature: "v6t2",
    unpredictable: badThumbPart,
    semantics: (b, f) => store(b, f.rt, b.add(getR(b, f.rn), b.imm(f.imm12)), WORD),
  }),
  t32({
    name: "str{cond}.w",
    bits: "111110000100 rn rt 1 p u 1 imm8",
    args: "rt, indexed8",
    where: isNotR15,
    feature: "v6t2",
    unpredictable: badThumbPart,
    semantics: (b, f) => storeIndexed(b, { rn: f.rn, rt: f.rt, p: f.p, w: 1 }, b.imm(f.offset8), WORD),
  }),
  t32({
    name: "str{cond}.w",
    bits: "111110000100 rn rt 1100 imm8",
    args: "rt, down8",
    where: isNotR15,
    feature: "v6t2",
    unpredictable: badThumbPart,
    semantics: (b, f) => store(b, f.rt, b.sub(getR(b, f.rn), b.imm(f.imm8)), WORD),
  }),
  t32({
    name: "str{cond}.w",
    bits: "111110000100 rn rt 000000 imm2 rm",
    args: "rt, scaledRegister",
    where: isNotR15,
    feature: "v6t2",
    unpredictable: badThumbPart,
    semantics: (b, f) => store(b, f.rt, b.add(getR(b, f.rn), b.shl(getR(b, f.rm), b.imm(f.imm2))), WORD),
  }),
]

export const strt = [
  a32({
    name: "strt{cond}",
    bits: "cond 0100 u 0 1 0 rn rt imm12",
    args: "rt, post12",
    unpredictable: badUser,
    semantics: (b, f) => storeIndexed(b, { rn: f.rn, rt: f.rt, p: 0, w: 1 }, b.imm(f.offset12), asUser(WORD)),
  }),
  a32({
    name: "strt{cond}",
    bits: "cond 0110 u 0 1 0 rn rt imm5 type 0 rm",
    args: "rt, postShifted",
    unpredictable: badUser,
    semantics: (b, f) => storeIndexed(b, { rn: f.rn, rt: f.rt, p: 0, w: 1 }, registerOffset(b, f), asUser(WORD)),
  }),
  t32({
    name: "strt{cond}",
    bits: "111110000100 rn rt 1110 imm8",
    args: "rt, up8",
    where: isNotR15,
    feature: "v6t2",
    unpredictable: badThumbUser,
    semantics: (b, f) => store(b, f.rt, b.add(getR(b, f.rn), b.imm(f.imm8)), asUser(WORD)),
  }),
]

export const ldrb = [
  a32({
    name: "ldrb{cond}",
    bits: "cond 010 p u 1 w 1 rn rt imm12",
    args: "rt, any12",
    unpredictable: badByte,
    semantics: (b, f) => loadIndexed(b, f, b.imm(f.offset12), BYTE),
  }),
  a32({
    name: "ldrb{cond}",
    bits: "cond 0101 u 1 0 1 1111 rt imm12",
    args: "rt, pc12",
    unpredictable: badByte,
    semantics: (b, f) => load(b, f.rt, b.add(b.pc(), b.imm(f.literal12)), BYTE),
  }),
  a32({
    name: "ldrb{cond}",
    bits: "cond 011 p u 1 w 1 rn rt imm5 type 0 rm",
    args: "rt, anyShifted",
    unpredictable: badByte,
    semantics(b, f) {
      exposePc(b, f.p && !f.w ? f.pc : 0, A32)
      loadIndexed(b, f, registerOffset(b, f), BYTE)
    },
  }),
  t16({
    name: "ldrb{cond}",
    bits: "01111 imm5 ln lt",
    args: "lt, low5",
    semantics: (b, f) => load(b, f.lt, b.add(getR(b, f.ln), b.imm(f.imm5)), BYTE),
  }),
  t16({
    name: "ldrb{cond}",
    bits: "0101110 lm ln lt",
    args: "lt, lowRegister",
    semantics: (b, f) => load(b, f.lt, b.add(getR(b, f.ln), getR(b, f.lm)), BYTE),
  }),
  t32({
    name: "ldrb{cond}.w",
    bits: "111110001001 rn rt imm12",
    args: "rt, up12",
    where: { ...isNotR15, ...isTransfer },
    feature: "v6t2",
    unpredictable: badThumbPart,
    semantics: (b, f) => load(b, f.rt, b.add(getR(b, f.rn), b.imm(f.imm12)), BYTE),
  }),
  t32({
    name: "ldrb{cond}.w",
    bits: "111110000001 rn rt 1 p u 1 imm8",
    args: "rt, indexed8",
    where: isNotR15,
    feature: "v6t2",
    unpredictable: badThumbPart,
    semantics: (b, f) => loadIndexed(b, { rn: f.rn, rt: f.rt, p: f.p, w: 1 }, b.imm(f.offset8), BYTE),
  }),
  t32({
    name: "ldrb{cond}.w",
    bits: "111110000001 rn rt 1100 imm8",
    args: "rt, down8",
    where: { ...isNotR15, ...isTransfer },
    feature: "v6t2",
    unpredictable: badThumbPart,
    semantics: (b, f) => load(b, f.rt, b.sub(getR(b, f.rn), b.imm(f.imm8)), BYTE),
  }),
  t32({
    name: "ldrb{cond}.w",
    bits: "111110000001 rn rt 000000 imm2 rm",
    args: "rt, scaledRegister",
    where: { ...isNotR15, ...isTransfer },
    feature: "v6t2",
    unpredictable: badThumbPart,
    semantics: (b, f) => load(b, f.rt, b.add(getR(b, f.rn), b.shl(getR(b, f.rm), b.imm(f.imm2))), BYTE),
  }),
  t32({
    name: "ldrb{cond}.w",
    bits: "11111000 u 0011111 rt imm12",
    args: "rt, thumbPc12",
    where: isTransfer,
    feature: "v6t2",
    unpredictable: badThumbPart,
    semantics: (b, f) => load(b, f.rt, b.add(thumbBase(b), b.imm(f.thumbLiteral12)), BYTE),
  }),
]

export const ldrbt = [
  a32({
    name: "ldrbt{cond}",
    bits: "cond 0100 u 1 1 1 rn rt imm12",
    args: "rt, post12",
    unpredictable: badUser,
    semantics: (b, f) => loadIndexed(b, { rn: f.rn, rt: f.rt, p: 0, w: 1 }, b.imm(f.offset12), asUser(BYTE)),
  }),
  a32({
    name: "ldrbt{cond}",
    bits: "cond 0110 u 1 1 1 rn rt imm5 type 0 rm",
    args: "rt, postShifted",
    unpredictable: badUser,
    semantics: (b, f) => loadIndexed(b, { rn: f.rn, rt: f.rt, p: 0, w: 1 }, registerOffset(b, f), asUser(BYTE)),
  }),
  t32({
    name: "ldrbt{cond}",
    bits: "111110000001 rn rt 1110 imm8",
    args: "rt, up8",
    where: isNotR15,
    feature: "v6t2",
    unpredictable: badThumbUser,
    semantics: (b, f) => load(b, f.rt, b.add(getR(b, f.rn), b.imm(f.imm8)), asUser(BYTE)),
  }),
]

export const strb = [
  a32({
    name: "strb{cond}",
    bits: "cond 010 p u 1 w 0 rn rt imm12",
    args: "rt, any12",
    unpredictable: badByte,
    semantics(b, f) {
      exposePc(b, f.p && !f.w ? f.pc : 0, A32)
      storeIndexed(b, f, b.imm(f.offset12), BYTE)
    },
  }),
  a32({
    name: "strb{cond}",
    bits: "cond 011 p u 1 w 0 rn rt imm5 type 0 rm",
    args: "rt, anyShifted",
    unpredictable: badByte,
    semantics(b, f) {
      exposePc(b, f.p && !f.w ? f.pc : 0, A32)
      storeIndexed(b, f, registerOffset(b, f), BYTE)
    },
  }),
  t16({
    name: "strb{cond}",
    bits: "01110 imm5 ln lt",
    args: "lt, low5",
    semantics: (b, f) => store(b, f.lt, b.add(getR(b, f.ln), b.imm(f.imm5)), BYTE),
  }),
  t16({
    name: "strb{cond}",
    bits: "0101010 lm ln lt",
    args: "lt, lowRegister",
    semantics: (b, f) => store(b, f.lt, b.add(getR(b, f.ln), getR(b, f.lm)), BYTE),
  }),
  t32({
    name: "strb{cond}.w",
    bits: "111110001000 rn rt imm12",
    args: "rt, up12",
    where: isNotR15,
    feature: "v6t2",
    unpredictable: badThumbPart,
    semantics: (b, f) => store(b, f.rt, b.add(getR(b, f.rn), b.imm(f.imm12)), BYTE),
  }),
  t32({
    name: "strb{cond}.w",
    bits: "111110000000 rn rt 1 p u 1 imm8",
    args: "rt, indexed8",
    where: isNotR15,
    feature: "v6t2",
    unpredictable: badThumbPart,
    semantics: (b, f) => storeIndexed(b, { rn: f.rn, rt: f.rt, p: f.p, w: 1 }, b.imm(f.offset8), BYTE),
  }),
  t32({
    name: "strb{cond}.w",
    bits: "111110000000 rn rt 1100 imm8",
    args: "rt, down8",
    where: isNotR15,
    feature: "v6t2",
    unpredictable: badThumbPart,
    semantics: (b, f) => store(b, f.rt, b.sub(getR(b, f.rn), b.imm(f.imm8)), BYTE),
  }),
  t32({
    name: "strb{cond}.w",
    bits: "111110000000 rn rt 000000 imm2 rm",
    args: "rt, scaledRegister",
    where: isNotR15,
    feature: "v6t2",
    unpredictable: badThumbPart,
    semantics: (b, f) => store(b, f.rt, b.add(getR(b, f.rn), b.shl(getR(b, f.rm), b.imm(f.imm2))), BYTE),
  }),
]

export const strbt = [
  a32({
    name: "strbt{cond}",
    bits: "cond 0100 u 1 1 0 rn rt imm12",
    args: "rt, post12",
    unpredictable: badUser,
    semantics: (b, f) => storeIndexed(b, { rn: f.rn, rt: f.rt, p: 0, w: 1 }, b.imm(f.offset12), asUser(BYTE)),
  }),
  a32({
    name: "strbt{cond}",
    bits: "cond 0110 u 1 1 0 rn rt imm5 type 0 rm",
    args: "rt, postShifted",
    unpredictable: badUser,
    semantics: (b, f) => storeIndexed(b, { rn: f.rn, rt: f.rt, p: 0, w: 1 }, registerOffset(b, f), asUser(BYTE)),
  }),
  t32({
    name: "strbt{cond}",
    bits: "111110000000 rn rt 1110 imm8",
    args: "rt, up8",
    where: isNotR15,
    feature: "v6t2",
    unpredictable: badThumbUser,
    semantics: (b, f) => store(b, f.rt, b.add(getR(b, f.rn), b.imm(f.imm8)), asUser(BYTE)),
  }),
]
