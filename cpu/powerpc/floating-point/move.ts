// Floating-point moves and selection, which raise no exceptions and leave FPSCR alone (Programming Environments Manual,
// 4.2.2.6; fsel in 4.2.2.1).

import type { Builder, Node } from "../../ir/index.ts"
import type { Instruction } from "../../isa/index.ts"
import { FPR } from "../state.ts"
import { fp } from "./access.ts"

const SIGN = 1n << 63n

type Extended = "0001001000" | "0000101000" | "0100001000" | "0010001000"

const move = (name: string, xo: Extended, meaning: (b: Builder, bits: Node) => Node): Instruction =>
  fp({
    name: `${name}{Rc?.}`,
    bits: `111111 frD (00000) frB ${xo} Rc`,
    args: "frD, frB",
    semantics: (b, f) => b.setReg(FPR, f.frD, meaning(b, b.reg(FPR, f.frB))),
  })

/** fmr: copies a register. */
export const fmr = move("fmr", "0001001000", (_, bits) => bits)
/** fneg: copies a register with its sign inverted. */
export const fneg = move("fneg", "0000101000", (b, bits) => b.xor(bits, b.i64(SIGN)))
/** fabs: copies a register with its sign cleared. */
export const fabs = move("fabs", "0100001000", (b, bits) => b.and(bits, b.i64(SIGN - 1n)))
/** fnabs: copies a register with its sign set. */
export const fnabs = move("fnabs", "0010001000", (b, bits) => b.or(bits, b.i64(SIGN)))

/** fsel: frC if frA is zero or greater, else frB. */
export const fsel = fp({
  name: "fsel{Rc?.}",
  bits: "111111 frD frA frB frC 10111 Rc",
  args: "frD, frA, frC, frB",
  semantics(b, f) {
    const isAtLeastZero = b.op("f64.ge", b.op("f64.reinterpret", b.reg(FPR, f.frA)), b.f64(0))
    b.setReg(FPR, f.frD, b.select(isAtLeastZero, b.reg(FPR, f.frC), b.reg(FPR, f.frB)))
  },
})
