// The addressing forms of loads and stores of one register, in all instruction sets (ARM DDI 0406C, A5.2.8, A5.2.9, A5.3,
// A6.2.4, A6.3.7 to A6.3.10). An operation says its opcode bits and sections; its declarations follow.

import type { Builder, Node, Operand } from "../../ir/index.ts"
import type { Instruction, Where } from "../../isa/index.ts"
import { a32, t16, t32 } from "../encoding.ts"
import { A32, exposePc, getR } from "../registers.ts"
import {
  asUser,
  badByte,
  badOffset,
  badThumbPart,
  badThumbUser,
  badThumbWord,
  badUser,
  type Indexing,
  isNotR15,
  load,
  loadIndexed,
  registerOffset,
  signedOffset,
  store,
  storeIndexed,
  type Transfer,
  thumbBase,
} from "./transfer.ts"

/** Opcode bits of a load or store. */
type Opcodes = {
  /** A32: bit 22 of words and unsigned bytes; bits 7 to 4 of the others, the "extra" loads and stores. */
  readonly a32: "0" | "1" | "1011" | "1101" | "1111"
  /** T32: bit 24, which is 1 for signed loads, and bits 22 to 21, the size. */
  readonly t32: readonly [signed: "0" | "1", size: "00" | "01" | "10"]
}

/** A load or store of one register. */
export type Access = Opcodes & {
  readonly name: string
  readonly isLoad: boolean
  readonly transfer: Transfer
}

/** One with all addressing forms, and where the manual has them. */
export type LoadStore = Access & {
  /** T16: bits 15 to 12 of the form with an immediate, if there is one, and bits 11 to 9 of that with a register. */
  readonly t16: readonly [immediate: "0110" | "0111" | "1000" | undefined, register: string]
  /** Section of the A32 form with an immediate. */
  readonly immediate: string
  /** The same in Thumb, and its 32-bit encodings: with an offset of 12 bits, and with one of 8. */
  readonly thumbImmediate: readonly [section: string, imm12: "T1" | "T2" | "T3", imm8: "T2" | "T3" | "T4"]
  /** Section of the forms with a register; Thumb may have one of its own. */
  readonly register: string
  readonly thumbRegister?: string
  /** Sections of POP or PUSH of one register, which is LDR (A2 and T3 there) or STR with the stack pointer. */
  readonly stack?: { readonly a32: string; readonly thumb: string }
  /** Section of the form with a literal, and its 32-bit Thumb encoding. Stores have none. */
  readonly literal?: readonly [section: string, t32: "T1" | "T2"]
}

/** In 32-bit Thumb, a byte or halfword loaded to r15 is a memory hint instead. */
const isTransfer = { rt: (r: number) => r !== 15 }

const isWord = ({ transfer }: Access) => transfer.bytes === 4
const bitL = ({ isLoad }: Access) => (isLoad ? "1" : "0")

// Meanings

/** Fields that tell whether r15 takes part. */
type PcFields = { readonly pc: number; readonly p: number; readonly w: number }

/** Fills r15's slot. Of parts of words, r15 can only be the base, and only without write-back. */
function expose(b: Builder, o: Access, f: PcFields): void {
  exposePc(b, isWord(o) ? f.pc : f.p && !f.w ? f.pc : 0, A32)
}

/** A transfer with write-back. */
function transferIndexed(b: Builder, o: Access, f: Indexing & { rt: Operand; pc: number }, offset: Node): void {
  if (o.isLoad) loadIndexed(b, f, offset, o.transfer, isWord(o) ? f.pc : 0)
  else storeIndexed(b, f, offset, o.transfer)
}

/** A transfer at an address; only a word may be loaded to r15. */
function transferAt(b: Builder, o: Access, f: { rt: Operand; pc: number }, address: Node): void {
  if (o.isLoad) load(b, f.rt, address, o.transfer, isWord(o) ? f.pc : 0)
  else store(b, f.rt, address, o.transfer)
}

/** A transfer of a low register. */
function transferLow(b: Builder, o: Access, lt: Operand, address: Node): void {
  if (o.isLoad) load(b, lt, address, o.transfer)
  else store(b, lt, address, o.transfer)
}

/** A post-indexed transfer with the permissions of user mode. */
function transferAsUser(b: Builder, o: Access, { rn, rt }: { rn: Operand; rt: Operand }, offset: Node): void {
  const f = { rn, rt, p: 0, w: 1 }
  if (o.isLoad) loadIndexed(b, f, offset, asUser(o.transfer))
  else storeIndexed(b, f, offset, asUser(o.transfer))
}

// A32

/** Loads and stores of words and unsigned bytes (A5.3). */
function a32WordOrByte(o: LoadStore, bit: "0" | "1"): Instruction[] {
  const name = `${o.name}{cond}`
  const unpredictable = isWord(o) ? badOffset : badByte
  const immediate = a32({
    encoding: o.stack ? "A1/A2" : "A1",
    section: o.stack ? `${o.immediate}, ${o.stack.a32}` : o.immediate,
    name,
    bits: `cond 010 p u ${bit} w ${bitL(o)} rn rt imm12`,
    args: "rt, any12",
    unpredictable,
    semantics(b, f) {
      if (!o.isLoad) expose(b, o, f)
      transferIndexed(b, o, f, b.imm(f.offset12))
    },
  })
  const register = a32({
    encoding: "A1",
    section: o.register,
    name,
    bits: `cond 011 p u ${bit} w ${bitL(o)} rn rt imm5 type 0 rm`,
    args: "rt, anyShifted",
    unpredictable,
    semantics(b, f) {
      expose(b, o, f)
      transferIndexed(b, o, f, registerOffset(b, f))
    },
  })
  if (!o.literal) return [immediate, register]
  const literal = a32({
    encoding: "A1",
    section: o.literal[0],
    name,
    bits: `cond 0101 u ${bit} 0 1 1111 rt imm12`,
    args: "rt, pc12",
    unpredictable,
    semantics: (b, f) => transferAt(b, o, f, b.add(b.pc(), b.imm(f.literal12))),
  })
  return [immediate, literal, register]
}

/** Extra loads and stores: of halfwords and signed bytes (A5.2.8). */
function a32Extra(o: LoadStore, op: "1011" | "1101" | "1111"): Instruction[] {
  const name = `${o.name}{cond}`
  const immediate = a32({
    encoding: "A1",
    section: o.immediate,
    name,
    bits: `cond 000 p u 1 w ${bitL(o)} rn rt imm4h ${op} imm4l`,
    args: "rt, any4h4l",
    unpredictable: badByte,
    semantics(b, f) {
      if (!o.isLoad) expose(b, o, f)
      transferIndexed(b, o, f, b.imm(f.offset4h4l))
    },
  })
  const register = a32({
    encoding: "A1",
    section: o.register,
    name,
    bits: `cond 000 p u 0 w ${bitL(o)} rn rt (0000) ${op} rm`,
    args: "rt, anyRegister",
    unpredictable: badByte,
    semantics(b, f) {
      expose(b, o, f)
      transferIndexed(b, o, f, signedOffset(b, getR(b, f.rm), f.offsetSign))
    },
  })
  if (!o.literal) return [immediate, register]
  const literal = a32({
    encoding: "A1",
    section: o.literal[0],
    name,
    bits: `cond 0001 u 1 0 1 1111 rt imm4h ${op} imm4l`,
    args: "rt, pc4h4l",
    unpredictable: badByte,
    semantics: (b, f) => transferAt(b, o, f, b.add(b.pc(), b.imm(f.literal4h4l))),
  })
  return [immediate, literal, register]
}

// T16

/** How the form with an immediate writes its offset, by the bytes of the access. */
const LOW_OFFSETS = { 1: "low5", 2: "low5x2", 4: "low5x4" } as const

function t16Immediate(o: LoadStore, opcode: "0110" | "0111" | "1000"): Instruction {
  const { bytes } = o.transfer
  return t16({
    encoding: "T1",
    section: o.thumbImmediate[0],
    name: `${o.name}{cond}`,
    bits: `${opcode}${bitL(o)} imm5 ln lt`,
    args: `lt, ${LOW_OFFSETS[bytes]}`,
    semantics(b, f) {
      const offset = bytes === 4 ? f.imm5x4 : bytes === 2 ? f.imm5x2 : f.imm5
      transferLow(b, o, f.lt, b.add(getR(b, f.ln), b.imm(offset)))
    },
  })
}

function t16Register(o: LoadStore, opcode: string): Instruction {
  return t16({
    encoding: "T1",
    section: o.thumbRegister ?? o.register,
    name: `${o.name}{cond}`,
    bits: `0101${opcode} lm ln lt`,
    args: "lt, lowRegister",
    semantics: (b, f) => transferLow(b, o, f.lt, b.add(getR(b, f.ln), getR(b, f.lm))),
  })
}

/** LDR and STR at an offset from the stack pointer. */
export function t16AtSp(o: LoadStore): Instruction {
  return t16({
    encoding: "T2",
    section: o.thumbImmediate[0],
    name: `${o.name}{cond}`,
    bits: `1001${bitL(o)} lt imm8`,
    args: "lt, sp8x4",
    semantics: (b, f) => transferLow(b, o, f.lt, b.add(getR(b, 13), b.imm(f.imm8x4))),
  })
}

// T32

function t32Forms(o: LoadStore): Instruction[] {
  const [section, imm12, imm8] = o.thumbImmediate
  const [signed, size] = o.t32
  const name = `${o.name}{cond}.w`
  const isHintTo15 = o.isLoad && !isWord(o)
  const where: Where = isHintTo15 ? { ...isNotR15, ...isTransfer } : isNotR15
  const feature = "v6t2"
  const unpredictable = o.isLoad && isWord(o) ? badThumbWord : badThumbPart
  const forms = [
    t32({
      encoding: imm12,
      section,
      name,
      bits: `1111100${signed}1${size}${bitL(o)} rn rt imm12`,
      args: "rt, up12",
      where,
      feature,
      unpredictable,
      semantics: (b, f) => transferAt(b, o, f, b.add(getR(b, f.rn), b.imm(f.imm12))),
    }),
    t32({
      encoding: o.stack ? `${imm8}/T3, with write-back` : `${imm8}, with write-back`,
      section: o.stack ? `${section}, ${o.stack.thumb}` : section,
      name,
      bits: `1111100${signed}0${size}${bitL(o)} rn rt 1 p u 1 imm8`,
      args: "rt, indexed8",
      where: isNotR15,
      feature,
      unpredictable,
      semantics(b, f) {
        const { rn, rt, p } = f
        const offset = b.imm(f.offset8)
        if (o.isLoad) loadIndexed(b, { rn, rt, p, w: 1 }, offset, o.transfer, isWord(o) ? f.pc : 0)
        else storeIndexed(b, { rn, rt, p, w: 1 }, offset, o.transfer)
      },
    }),
    t32({
      encoding: `${imm8}, with a negative offset`,
      section,
      name,
      bits: `1111100${signed}0${size}${bitL(o)} rn rt 1100 imm8`,
      args: "rt, down8",
      where,
      feature,
      unpredictable,
      semantics: (b, f) => transferAt(b, o, f, b.sub(getR(b, f.rn), b.imm(f.imm8))),
    }),
    t32({
      encoding: "T2",
      section: o.thumbRegister ?? o.register,
      name,
      bits: `1111100${signed}0${size}${bitL(o)} rn rt 000000 imm2 rm`,
      args: "rt, scaledRegister",
      where,
      feature,
      unpredictable,
      semantics: (b, f) => transferAt(b, o, f, b.add(getR(b, f.rn), b.shl(getR(b, f.rm), b.imm(f.imm2)))),
    }),
  ]
  if (!o.literal) return forms
  const literal = t32({
    encoding: o.literal[1],
    section: o.literal[0],
    name,
    bits: `1111100${signed} u ${size}11111 rt imm12`,
    args: "rt, thumbPc12",
    ...(isHintTo15 && { where: isTransfer }),
    feature,
    unpredictable,
    semantics: (b, f) => transferAt(b, o, f, b.add(thumbBase(b), b.imm(f.thumbLiteral12))),
  })
  return [...forms, literal]
}

/** Declares all addressing forms of a load or store. */
export function loadStore(o: LoadStore): Instruction[] {
  const [immediate, register] = o.t16
  return [
    ...(o.a32 === "0" || o.a32 === "1" ? a32WordOrByte(o, o.a32) : a32Extra(o, o.a32)),
    ...(immediate ? [t16Immediate(o, immediate)] : []),
    t16Register(o, register),
    ...t32Forms(o),
  ]
}

/** Declares the unprivileged form of a load or store, LDRT and its like. */
export function unprivileged(o: Access, section: string): Instruction[] {
  const { a32: op } = o
  const [signed, size] = o.t32
  const name = `${o.name}{cond}`
  const thumb = t32({
    encoding: "T1",
    section,
    name,
    bits: `1111100${signed}0${size}${bitL(o)} rn rt 1110 imm8`,
    args: "rt, up8",
    where: isNotR15,
    feature: "v6t2",
    unpredictable: badThumbUser,
    semantics(b, f) {
      const address = b.add(getR(b, f.rn), b.imm(f.imm8))
      if (o.isLoad) load(b, f.rt, address, asUser(o.transfer))
      else store(b, f.rt, address, asUser(o.transfer))
    },
  })
  if (op === "0" || op === "1") return [...unprivilegedWordOrByte(o, section, op), thumb]
  return [...unprivilegedExtra(o, section, op), thumb]
}

function unprivilegedWordOrByte(o: Access, section: string, bit: "0" | "1"): Instruction[] {
  return [
    a32({
      encoding: "A1",
      section,
      name: `${o.name}{cond}`,
      bits: `cond 0100 u ${bit} 1 ${bitL(o)} rn rt imm12`,
      args: "rt, post12",
      unpredictable: badUser,
      semantics: (b, f) => transferAsUser(b, o, f, b.imm(f.offset12)),
    }),
    a32({
      encoding: "A2",
      section,
      name: `${o.name}{cond}`,
      bits: `cond 0110 u ${bit} 1 ${bitL(o)} rn rt imm5 type 0 rm`,
      args: "rt, postShifted",
      unpredictable: badUser,
      semantics: (b, f) => transferAsUser(b, o, f, registerOffset(b, f)),
    }),
  ]
}

function unprivilegedExtra(o: Access, section: string, op: "1011" | "1101" | "1111"): Instruction[] {
  return [
    a32({
      encoding: "A1",
      section,
      name: `${o.name}{cond}`,
      bits: `cond 0000 u 11 ${bitL(o)} rn rt imm4h ${op} imm4l`,
      args: "rt, post4h4l",
      feature: "v6t2",
      unpredictable: badUser,
      semantics: (b, f) => transferAsUser(b, o, f, b.imm(f.offset4h4l)),
    }),
    a32({
      encoding: "A2",
      section,
      name: `${o.name}{cond}`,
      bits: `cond 0000 u 01 ${bitL(o)} rn rt (0000) ${op} rm`,
      args: "rt, postRegister",
      feature: "v6t2",
      unpredictable: badUser,
      semantics: (b, f) => transferAsUser(b, o, f, signedOffset(b, getR(b, f.rm), f.offsetSign)),
    }),
  ]
}
