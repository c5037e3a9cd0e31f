// Moves from and to FPSCR (Programming Environments Manual, 4.2.2.5 and chapter 8: mcrfs, mffs, mtfsb0, mtfsb1, mtfsf,
// mtfsfi).

import type { Builder, Node } from "../../ir/index.ts"
import { CR, FPR, FPSCR, MSR, state } from "../state.ts"
import { MSR_BITS, SRR1 } from "../system/msr-bits.ts"
import { fp, recordCr1 } from "./access.ts"
import { EXCEPTIONS, FPSCR_BITS, IMPLEMENTED, INVALID, SUMMARIES } from "./fpscr-bits.ts"
import { fpMaterialise } from "./helpers.ts"
import { materialise, PENDING } from "./pending.ts"

const { FP_PENDING } = state.files

/** The upper half of what mffs reads, which the manual leaves undefined: what 750-family processors were observed to give. */
const UPPER = 0xfff8_0000_0000_0000n

/** FPSCR with its summaries made anew. */
function summarise(b: Builder, fpscr: Node): Node {
  const isInvalid = b.and(fpscr, b.i32(INVALID))
  const rest = b.and(fpscr, b.i32(~SUMMARIES))
  const withVx = b.or(rest, b.select(isInvalid, b.i32(FPSCR_BITS.VX), b.i32(0)))
  // VX, OX, UX, ZX and XX have their enable bits 22 bits below.
  const isEnabled = b.and(b.and(b.shrU(withVx, b.i32(22)), withVx), b.i32(0xf8))
  return b.or(withVx, b.select(isEnabled, b.i32(FPSCR_BITS.FEX), b.i32(0)))
}

/** Computes what is pending of FPSCR, if the test is not zero. */
function materialiseIf(b: Builder, test: Node): void {
  const isPending = b.ne(b.and(b.get(FP_PENDING), b.i32(PENDING.result)), b.i32(0))
  b.if(b.and(isPending, test), () => b.perform(fpMaterialise))
}

/** 1 if a field of FPSCR, by its number, has bits that may be pending: FR and FI, or FPRF. */
const mayPend = (b: Builder, field: Node): Node => b.eq(b.and(b.add(field, b.i32(5)), b.i32(-2)), b.i32(8))

/** Writes FPSCR, and takes the program exception if that enables one. */
function writeFpscr(b: Builder, rc: number, value: Node): void {
  const fpscr = summarise(b, b.and(value, b.i32(IMPLEMENTED)))
  b.set(FPSCR, fpscr)
  const isMode = b.and(b.get(MSR), b.i32(MSR_BITS.FE0 | MSR_BITS.FE1))
  const isTaken = b.and(b.ne(isMode, b.i32(0)), b.ne(b.and(fpscr, b.i32(FPSCR_BITS.FEX)), b.i32(0)))
  b.if(isTaken, () => {
    if (rc) recordCr1(b)
    b.raise("program", b.i32(SRR1.floatingPoint))
  })
}

/** mffs: reads FPSCR. */
export const mffs = fp({
  name: "mffs{Rc?.}",
  bits: "111111 frD (00000) (00000) 1001000111 Rc",
  args: "frD",
  semantics(b, f) {
    materialise(b)
    b.setReg(FPR, f.frD, b.or(b.extendU(b.get(FPSCR)), b.i64(UPPER)))
  },
})

/** mcrfs: copies a field of FPSCR to one of CR, and clears its exception bits. */
export const mcrfs = fp({
  name: "mcrfs",
  bits: "111111 crfD (00) crfS (00) (00000) 0001000000 (0)",
  args: "crfD, crfS",
  semantics(b, f) {
    materialiseIf(b, mayPend(b, b.imm(f.crfS)))
    const fpscr = b.get(FPSCR)
    const down = b.sub(b.i32(28), b.shl(b.imm(f.crfS), b.i32(2)))
    const field = b.shrU(fpscr, down)
    const first = b.shl(b.imm(f.crfD), b.i32(2))
    const cleared = b.and(b.shl(b.i32(0xf), down), b.i32(EXCEPTIONS | FPSCR_BITS.FX))
    b.set(FPSCR, summarise(b, b.and(fpscr, b.not(cleared))))
    for (const n of [0, 1, 2, 3]) {
      b.setReg(CR, b.or(first, b.i32(n)), b.and(b.shrU(field, b.i32(3 - n)), b.i32(1)))
    }
  },
})

/** The bit of FPSCR that an operand names; FEX and VX cannot be named. */
const namedBit = (b: Builder, bit: Node): Node => {
  return b.and(b.shrU(b.i32(0x8000_0000), bit), b.i32(~SUMMARIES))
}

/** mtfsb0: clears a bit. */
export const mtfsb0 = fp({
  name: "mtfsb0{Rc?.}",
  bits: "111111 crbD (00000) (00000) 0001000110 Rc",
  args: "fpscrBit",
  restartable: true,
  semantics(b, f) {
    materialiseIf(b, mayPend(b, b.shrU(b.imm(f.crbD), b.i32(2))))
    writeFpscr(b, f.Rc, b.and(b.get(FPSCR), b.not(namedBit(b, b.imm(f.crbD)))))
  },
})

/** mtfsb1: sets a bit, and FX if it is an exception that was not there. */
export const mtfsb1 = fp({
  name: "mtfsb1{Rc?.}",
  bits: "111111 crbD (00000) (00000) 0000100110 Rc",
  args: "fpscrBit",
  restartable: true,
  semantics(b, f) {
    materialiseIf(b, mayPend(b, b.shrU(b.imm(f.crbD), b.i32(2))))
    const fpscr = b.get(FPSCR)
    const bit = namedBit(b, b.imm(f.crbD))
    const isNew = b.and(b.and(bit, b.i32(EXCEPTIONS)), b.not(fpscr))
    const fx = b.select(isNew, b.i32(FPSCR_BITS.FX), b.i32(0))
    writeFpscr(b, f.Rc, b.or(b.or(fpscr, bit), fx))
  },
})

/** mtfsf: writes the fields of FPSCR that a mask selects. */
export const mtfsf = fp({
  name: "mtfsf{Rc?.}",
  bits: "111111 (0) FM (0) frB 1011000111 Rc",
  args: "FM, frB",
  restartable: true,
  semantics(b, f) {
    // Fields 3 and 4 have what may be pending. If the mask selects both, it is overwritten.
    const selected = b.and(b.imm(f.FM), b.i32(0x18))
    const isBoth = b.eq(selected, b.i32(0x18))
    materialiseIf(b, b.and(b.ne(selected, b.i32(0)), b.eqz(isBoth)))
    b.if(isBoth, () => b.set(FP_PENDING, b.i32(0)))
    // The eight bits of FM, four bits apart, then four times.
    const spread = (x: Node, by: number, mask: number) => b.and(b.or(x, b.shl(x, b.i32(by))), b.i32(mask))
    const bits = spread(spread(spread(b.imm(f.FM), 12, 0x000f_000f), 6, 0x0303_0303), 3, 0x1111_1111)
    const mask = b.and(b.mul(bits, b.i32(15)), b.i32(~SUMMARIES))
    const value = b.wrap(b.reg(FPR, f.frB))
    writeFpscr(b, f.Rc, b.or(b.and(b.get(FPSCR), b.not(mask)), b.and(value, mask)))
  },
})

/** mtfsfi: writes a field of FPSCR. */
export const mtfsfi = fp({
  name: "mtfsfi{Rc?.}",
  bits: "111111 crfD (00) (00000) IMM (0) 0010000110 Rc",
  args: "fpscrField, IMM",
  restartable: true,
  semantics(b, f) {
    materialiseIf(b, mayPend(b, b.imm(f.crfD)))
    const up = b.sub(b.i32(28), b.shl(b.imm(f.crfD), b.i32(2)))
    const mask = b.and(b.shl(b.i32(0xf), up), b.i32(~SUMMARIES))
    writeFpscr(b, f.Rc, b.or(b.and(b.get(FPSCR), b.not(mask)), b.and(b.shl(b.imm(f.IMM), up), mask)))
  },
})
