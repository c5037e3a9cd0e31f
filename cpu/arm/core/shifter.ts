// Shifts of register operands, with their carry out (ARM DDI 0406C, A8.4; pseudocode Shift_C, LSL_C, LSR_C, ASR_C,
// ROR_C, RRX_C in A2.2.1).

import type { Builder, Node } from "../../ir/index.ts"
import { C } from "../state.ts"

/** A shifted operand. Its carry out is described only when asked for; undefined means that C stays as it is. */
export type Shifted = { readonly value: Node; carry(): Node | undefined }

/** Kinds of `shiftImmediate`: the values of the encodings' `shift` modifier. */
export const NONE = 0
export const LSL = 1
export const LSR = 2
export const ASR = 3
export const ROR = 4
export const RRX = 5

/** An operand that is not shifted. */
export function unshifted(value: Node): Shifted {
  return { value, carry: () => undefined }
}

const bit0 = (b: Builder, x: Node) => b.and(x, b.i32(1))
const bit31 = (b: Builder, x: Node) => b.shrU(x, b.i32(31))

/** An immediate operand; if expanding it has rotated it, its bit 31 is the carry out. */
export function expanded(b: Builder, value: Node, rotated: () => number): Shifted {
  return { value, carry: () => (rotated() ? bit31(b, value) : undefined) }
}

/** Shifts by an encoded amount of five bits, where 0 stands for 32 in LSR and ASR. */
export function shiftImmediate(b: Builder, kind: number, x: Node, amount: Node): Shifted {
  // One less than an amount of 1 to 32: 31 for the encoded 0, since shifts take their amount modulo 32.
  const lessOne = () => b.sub(amount, b.i32(1))
  switch (kind) {
    case LSL:
      return { value: b.shl(x, amount), carry: () => bit0(b, b.shrU(x, b.neg(amount))) }
    case LSR: {
      const value = isKnown(amount) ? b.shrU(x, amount) : b.shrU(b.shrU(x, b.i32(1)), lessOne())
      return { value, carry: () => bit0(b, b.shrU(x, lessOne())) }
    }
    case ASR: {
      const value = isKnown(amount) ? b.shrS(x, amount) : b.shrS(b.shrS(x, b.i32(1)), lessOne())
      return { value, carry: () => bit0(b, b.shrU(x, lessOne())) }
    }
    case ROR: {
      const value = b.rotr(x, amount)
      return { value, carry: () => bit31(b, value) }
    }
    case RRX:
      return {
        value: b.or(b.shl(b.get(C), b.i32(31)), b.shrU(x, b.i32(1))),
        carry: () => bit0(b, x),
      }
    default:
      return unshifted(x)
  }
}

// A constant of 1 to 31 needs no care for the encoded 0.
function isKnown(amount: Node): boolean {
  return amount.kind === "const" && amount.value !== 0
}

/** The same where the type (0 lsl, 1 lsr, 2 asr, 3 ror) is a node too: for what is too rare to have variants. No carry. */
export function shiftAny(b: Builder, type: Node, x: Node, amount: Node): Shifted {
  const by = (kind: number) => shiftImmediate(b, kind, x, amount).value
  const rotated = b.select(amount, by(ROR), by(RRX))
  const right = b.select(b.eq(type, b.i32(1)), by(LSR), b.select(b.eq(type, b.i32(2)), by(ASR), rotated))
  return unshifted(b.select(type, right, by(LSL)))
}

/** Shifts by the low byte of a register; `type` is 0 lsl, 1 lsr, 2 asr, 3 ror. */
export function shiftRegister(b: Builder, type: number, x: Node, register: Node): Shifted {
  const amount = b.and(register, b.i32(0xff))
  const inRange = () => b.ltU(amount, b.i32(32))
  const lessOne = () => b.sub(amount, b.i32(1))
  /** C unless the amount is 0. */
  const unlessZero = (carry: Node) => b.select(amount, carry, b.get(C))
  const upTo32 = (carry: Node) => unlessZero(b.select(b.leU(amount, b.i32(32)), carry, b.i32(0)))
  switch (type) {
    case 0:
      return {
        value: b.select(inRange(), b.shl(x, amount), b.i32(0)),
        carry: () => upTo32(bit0(b, b.shrU(x, b.neg(amount)))),
      }
    case 1:
      return {
        value: b.select(inRange(), b.shrU(x, amount), b.i32(0)),
        carry: () => upTo32(bit0(b, b.shrU(x, lessOne()))),
      }
    case 2:
      return {
        value: b.shrS(x, b.select(inRange(), amount, b.i32(31))),
        carry: () => unlessZero(bit0(b, b.shrS(x, b.select(inRange(), lessOne(), b.i32(31))))),
      }
    default: {
      const value = b.rotr(x, amount)
      return { value, carry: () => unlessZero(bit31(b, value)) }
    }
  }
}
