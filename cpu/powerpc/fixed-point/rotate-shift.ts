// Rotates and shifts (Programming Environments Manual, 4.2.1.4; chapter 8 for each instruction).

import type { Builder, Node } from "../../ir/index.ts"
import { ppc, withOpcode } from "../encoding.ts"
import { CA, GPR } from "../state.ts"
import { record } from "./result.ts"

/** rlwimi: rotates left, then inserts under a mask. */
export const rlwimi = ppc({
  name: "rlwimi{Rc?.}",
  bits: "010100 rS rA SH MB ME Rc",
  args: "rA, rS, SH, MB, ME",
  semantics(b, f) {
    const mask = b.imm(f.mask)
    const rotated = b.rotl(b.reg(GPR, f.rS), b.imm(f.SH))
    const result = b.or(b.and(rotated, mask), b.and(b.reg(GPR, f.rA), b.not(mask)))
    b.setReg(GPR, f.rA, result)
    record(b, f, result)
  },
})

/** rlwinm: rotates left by an immediate, then ands with a mask. */
export const rlwinm = ppc({
  name: "rlwinm{Rc?.}",
  bits: "010101 rS rA SH MB ME Rc",
  args: "rA, rS, SH, MB, ME",
  aliases: [
    { name: "rotlwi{Rc?.}", args: "rA, rS, SH", fields: { MB: 0, ME: 31 } },
    { name: "slwi{Rc?.}", args: "rA, rS, SH", fields: { MB: 0, ME: (v) => 31 - v["SH"]! } },
    { name: "srwi{Rc?.}", args: "rA, rS, MB", fields: { SH: (v) => -v["MB"]! & 31, ME: 31 } },
    { name: "clrlwi{Rc?.}", args: "rA, rS, MB", fields: { SH: 0, ME: 31 } },
    { name: "clrrwi{Rc?.}", args: "rA, rS, clearedRight", fields: { SH: 0, MB: 0 } },
  ],
  semantics(b, f) {
    const result = b.and(b.rotl(b.reg(GPR, f.rS), b.imm(f.SH)), b.imm(f.mask))
    b.setReg(GPR, f.rA, result)
    record(b, f, result)
  },
})

/** rlwnm: rotates left by a register, then ands with a mask. */
export const rlwnm = ppc({
  name: "rlwnm{Rc?.}",
  bits: "010111 rS rA rB MB ME Rc",
  args: "rA, rS, rB, MB, ME",
  aliases: [{ name: "rotlw{Rc?.}", args: "rA, rS, rB", fields: { MB: 0, ME: 31 } }],
  semantics(b, f) {
    const result = b.and(b.rotl(b.reg(GPR, f.rS), b.reg(GPR, f.rB)), b.imm(f.mask))
    b.setReg(GPR, f.rA, result)
    record(b, f, result)
  },
})

/** Shifts by the low 6 bits of a register. */
const shift = (name: string, opcode: string, operation: (b: Builder, rS: Node, rB: Node) => Node) =>
  ppc({
    name: `${name}{Rc?.}`,
    bits: withOpcode("011111 rS rA rB XO Rc", opcode),
    args: "rA, rS, rB",
    semantics(b, f) {
      const result = operation(b, b.reg(GPR, f.rS), b.reg(GPR, f.rB))
      b.setReg(GPR, f.rA, result)
      record(b, f, result)
    },
  })

/** Not zero if the amount is 32 or more. */
const isLong = (b: Builder, amount: Node): Node => b.and(amount, b.i32(32))

/** slw: shifts left. */
export const slw = shift("slw", "0000011000", (b, x, n) => b.select(isLong(b, n), b.i32(0), b.shl(x, n)))
/** srw: shifts right. */
export const srw = shift("srw", "1000011000", (b, x, n) => b.select(isLong(b, n), b.i32(0), b.shrU(x, n)))

/** CA is set if a negative number loses bits that are 1. */
function setLost(b: Builder, x: Node, lost: Node): void {
  b.set(CA, b.and(b.shrU(x, b.i32(31)), b.ne(lost, b.i32(0))))
}

/** The bits of x that a shift by 0 to 31 loses. */
const lostBits = (b: Builder, x: Node, amount: Node): Node => b.and(x, b.sub(b.shl(b.i32(1), amount), b.i32(1)))

/** sraw: shifts right algebraically. */
export const sraw = shift("sraw", "1100011000", (b, x, n) => {
  const long = isLong(b, n)
  setLost(b, x, b.select(long, x, lostBits(b, x, n)))
  return b.select(long, b.shrS(x, b.i32(31)), b.shrS(x, n))
})

/** srawi: shifts right algebraically by an immediate. */
export const srawi = ppc({
  name: "srawi{Rc?.}",
  bits: "011111 rS rA SH 1100111000 Rc",
  args: "rA, rS, SH",
  semantics(b, f) {
    const x = b.reg(GPR, f.rS)
    setLost(b, x, lostBits(b, x, b.imm(f.SH)))
    const result = b.shrS(x, b.imm(f.SH))
    b.setReg(GPR, f.rA, result)
    record(b, f, result)
  },
})
