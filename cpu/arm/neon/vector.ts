// Vectors of elements: registers as vectors, arithmetic of one size of element, saturation (ARM DDI 0406C, A2.6, A7.3).
//
// A doubleword stands in both halves of a vector, so that whatever is done to all elements raises no flag that the
// doubleword alone would not; the lower half of a result is written.

import type { Builder, Index, Node, Operand } from "../../ir/index.ts"
import { D, QUAD, state } from "../state.ts"

const { FPSCR } = state.files

/** Shapes of vectors by the size of their elements, 8 << size bits. */
export const SHAPES = ["i8x16", "i16x8", "i32x4", "i64x2"] as const

/** A doubleword register as a vector, in both halves. */
export const getDouble = (b: Builder, r: Index): Node => b.op("i64x2.splat", b.reg(D, r))

/** Writes the lower half of a vector to a doubleword register. */
export const setDouble = (b: Builder, r: Index, value: Node): void => b.setReg(D, r, low(b, value))

/** The lower half of a vector. */
export const low = (b: Builder, vector: Node): Node => b.op("i64x2.extractLane0", vector)
export const high = (b: Builder, vector: Node): Node => b.op("i64x2.extractLane1", vector)

/** A vector of two halves. */
export const joinHalves = (b: Builder, lower: Node, upper: Node): Node =>
  b.op("i64x2.replaceLane1", b.op("i64x2.splat", lower), upper)

/** The number of a register so many after another, as many bits as there are. */
export function numberedFrom(b: Builder, first: Operand, offset: Node): Node {
  const number = b.add(b.imm(first), offset)
  return number.kind === "const" ? b.and(number, b.i32(31)) : number
}

/** Numbers of bytes, one after the other. */
export const BYTES = Array.from({ length: 16 }, (_, n) => BigInt(n) << BigInt(8 * n)).reduce((x, y) => x | y)

const quadNumber = (b: Builder, r: Operand): Node => b.shrU(b.imm(r), b.i32(1))

/** A quadword register, by the number of its lower half. */
export const getQuad = (b: Builder, r: Operand): Node => b.reg(QUAD, quadNumber(b, r))
export const setQuad = (b: Builder, r: Operand, value: Node): void => b.setReg(QUAD, quadNumber(b, r), value)

/** A register that is a quadword if Q is set, else a doubleword. */
export function getVector(b: Builder, isQuad: Operand, r: Operand): Node {
  const q = b.imm(isQuad)
  if (q.kind === "const") return q.value ? getQuad(b, r) : getDouble(b, r)
  return b.select(q, getQuad(b, r), getDouble(b, r))
}

/** Writes it. */
export function setVector(b: Builder, isQuad: Operand, r: Operand, value: Node): void {
  b.if(
    b.imm(isQuad),
    () => setQuad(b, r, value),
    () => setDouble(b, r, value),
  )
}

/** A vector with the same element everywhere. */
export function all(b: Builder, size: number, value: bigint): Node {
  const bits = 8 << size
  let vector = 0n
  for (let at = 0; at < 128; at += bits) vector |= BigInt.asUintN(bits, value) << BigInt(at)
  return b.v128(vector)
}

/** Sets FPSCR.QC if the flag is 1. */
export function noteSaturated(b: Builder, flag: Node): void {
  b.set(FPSCR, b.or(b.get(FPSCR), b.shl(flag, b.i32(27))))
}

/** Sets FPSCR.QC where some element of the mask is not zero. */
const noteSaturation = (b: Builder, mask: Node): void => noteSaturated(b, b.op("v128.anyTrue", mask))

/** Bytes of the lower halves of all elements of two vectors, and of the upper ones. */
export const halves = (size: number, upper: 0 | 1): number[] => {
  const bytes = 1 << size
  return Array.from({ length: 16 }, (_, n) => 2 * bytes * Math.floor(n / bytes) + (n % bytes) + bytes * upper)
}

/** Operations on elements of 8 << size bits. */
export class Elements {
  readonly #b: Builder
  readonly size: number
  readonly bits: number

  constructor(b: Builder, size: number) {
    this.#b = b
    this.size = size
    this.bits = 8 << size
  }

  op(name: string, ...args: Node[]): Node {
    return this.#b.op(`${SHAPES[this.size]}.${name}`, ...args)
  }

  /** The same element everywhere. */
  all(value: bigint): Node {
    return all(this.#b, this.size, value)
  }

  get ones(): Node {
    return this.all(-1n)
  }

  /** The most negative element, and the greatest signed one. */
  get least(): Node {
    return this.all(1n << BigInt(this.bits - 1))
  }
  get greatest(): Node {
    return this.all((1n << BigInt(this.bits - 1)) - 1n)
  }

  add(x: Node, y: Node): Node {
    return this.op("add", x, y)
  }

  sub(x: Node, y: Node): Node {
    return this.op("sub", x, y)
  }

  /** Sets FPSCR.QC where some element of the mask is not zero. */
  noteSaturation(mask: Node): void {
    noteSaturation(this.#b, mask)
  }

  /** Two doublewords in a row; and its elements of even and odd number, in both halves. */
  rowOf(lower: Node, upper: Node): Node {
    return joinHalves(this.#b, low(this.#b, lower), low(this.#b, upper))
  }

  even(row: Node): Node {
    return this.#b.shuffle(row, row, halves(this.size, 0))
  }

  odd(row: Node): Node {
    return this.#b.shuffle(row, row, halves(this.size, 1))
  }

  /** Bytes have no multiplication of their own. */
  mul(x: Node, y: Node): Node {
    if (this.size > 0) return this.op("mul", x, y)
    const wide = (half: string) => this.#b.op(`i16x8.extmul${half}U`, x, y)
    return this.#b.shuffle(wide("Low"), wide("High"), halves(0, 0))
  }

  eq(x: Node, y: Node): Node {
    return this.op("eq", x, y)
  }

  ne(x: Node, y: Node): Node {
    return this.#b.op("v128.not", this.eq(x, y))
  }

  less(signed: boolean, x: Node, y: Node): Node {
    if (signed) return this.op("ltS", x, y)
    if (this.size < 3) return this.op("ltU", x, y)
    const flipped = (n: Node) => this.#b.op("v128.xor", n, this.least)
    return this.op("ltS", flipped(x), flipped(y))
  }

  /** Shifts by less than the element's width. */
  shl(x: Node, by: number | Node): Node {
    return this.op("shl", x, typeof by === "number" ? this.#b.i32(by) : by)
  }

  shr(signed: boolean, x: Node, by: number | Node): Node {
    return this.op(signed ? "shrS" : "shrU", x, typeof by === "number" ? this.#b.i32(by) : by)
  }

  /** Copies of the sign bit. */
  sign(x: Node): Node {
    return this.shr(true, x, this.bits - 1)
  }

  /** What a signed element becomes when it saturates: the end of the range that its sign tells. */
  limitOf(x: Node): Node {
    return this.#b.op("v128.xor", this.sign(x), this.greatest)
  }

  /** A sum that saturates; where it does, FPSCR.QC is set. */
  addSaturating(signed: boolean, x: Node, y: Node): Node {
    const b = this.#b
    const sum = this.add(x, y)
    if (this.size < 2) {
      const result = this.op(signed ? "addSatS" : "addSatU", x, y)
      noteSaturation(b, b.op("v128.xor", sum, result))
      return result
    }
    if (!signed) {
      const mask = this.less(false, sum, x)
      noteSaturation(b, mask)
      return b.op("v128.or", sum, mask)
    }
    const mask = this.sign(b.op("v128.and", b.op("v128.xor", x, sum), b.op("v128.xor", y, sum)))
    noteSaturation(b, mask)
    return b.op("v128.bitselect", this.limitOf(x), sum, mask)
  }

  /** A difference that saturates. */
  subSaturating(signed: boolean, x: Node, y: Node): Node {
    const b = this.#b
    const difference = this.sub(x, y)
    if (this.size < 2) {
      const result = this.op(signed ? "subSatS" : "subSatU", x, y)
      noteSaturation(b, b.op("v128.xor", difference, result))
      return result
    }
    if (!signed) {
      const mask = this.less(false, x, y)
      noteSaturation(b, mask)
      return b.op("v128.andnot", difference, mask)
    }
    const mask = this.sign(b.op("v128.and", b.op("v128.xor", x, y), b.op("v128.xor", x, difference)))
    noteSaturation(b, mask)
    return b.op("v128.bitselect", this.limitOf(x), difference, mask)
  }

  /** `x >> by` for 1 up to the element's width; a rounding one adds the last bit that falls off. */
  shiftRight(signed: boolean, x: Node, by: Node, rounding: boolean): Node {
    const but1 = this.shr(signed, x, this.#b.sub(by, this.#b.i32(1)))
    const shifted = this.shr(signed, but1, 1)
    return rounding ? this.add(shifted, this.#b.op("v128.and", but1, this.all(1n))) : shifted
  }

  /** The elements of a doubleword, twice as wide. */
  widen(signed: boolean, x: Node): Node {
    return this.#b.op(`${SHAPES[this.size + 1]}.extendLow${signed ? "S" : "U"}`, x)
  }

  /** Products of the elements of two doublewords, twice as wide. */
  product(signed: boolean, x: Node, y: Node, half: "Low" | "High" = "Low"): Node {
    return this.#b.op(`${SHAPES[this.size + 1]}.extmul${half}${signed ? "S" : "U"}`, x, y)
  }

  /** Lower halves, or upper ones, of the elements of two vectors of elements twice as wide. */
  narrow(x: Node, y: Node = x, upper: 0 | 1 = 0): Node {
    return this.#b.shuffle(x, y, halves(this.size, upper))
  }

  /** Wide elements made narrow ones that saturate. `from` and `to` tell which are signed. */
  narrowSaturating(from: boolean, to: boolean, x: Node): Node {
    const b = this.#b
    const wide = new Elements(b, this.size + 1)
    const mask = wide.all((1n << BigInt(this.bits)) - 1n)
    let beyond: Node
    let limit: Node
    if (to) {
      beyond = wide.ne(x, wide.shr(true, wide.shl(x, this.bits), this.bits))
      limit = b.op("v128.xor", wide.sign(x), wide.all((1n << BigInt(this.bits - 1)) - 1n))
    } else {
      beyond = wide.ne(b.op("v128.and", x, mask), x)
      limit = from ? b.op("v128.andnot", mask, wide.sign(x)) : mask
    }
    noteSaturation(b, beyond)
    return this.narrow(b.op("v128.bitselect", limit, x, beyond))
  }
}
