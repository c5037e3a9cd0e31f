// Floating-point arithmetic (Programming Environments Manual, 4.2.2.1 to 4.2.2.3, and chapter 8: fadd to fsub).

import type { Builder, Node, Operand } from "../../ir/index.ts"
import type { Instruction } from "../../isa/index.ts"
import { FPR } from "../state.ts"
import { fp } from "./access.ts"
import { attempt, type HostOperation, isNearest, isSilent } from "./fast.ts"
import { fpCompute, HOW } from "./helpers.ts"
import { recordPending } from "./pending.ts"
import { OPERATION, type Operation } from "./soft-float.ts"

type Registers = { readonly a?: Operand; readonly b?: Operand; readonly c?: Operand }

/** Computes in a precision, and writes the target; all bit by bit. */
function exactly(
  b: Builder,
  operation: Operation,
  single: boolean,
  rc: number,
  target: Operand,
  from: Registers,
): void {
  const how = OPERATION[operation] | (single ? HOW.single : 0) | (rc ? HOW.record : 0)
  const read = (r: Operand | undefined) => (r ? b.reg(FPR, r) : b.i64(0))
  b.perform(fpCompute, b.i32(how), b.imm(target), read(from.a), read(from.b), read(from.c))
}

/** The same by the host's arithmetic where that is right. Instructions that record CR1 are too rare for that. */
function perform(
  b: Builder,
  operation: HostOperation,
  single: boolean,
  rc: number,
  target: Operand,
  from: Registers,
): void {
  if (rc) {
    exactly(b, operation, single, rc, target, from)
    return
  }
  const [frA, frB, frC] = [from.a, from.b, from.c].map((r) => r && b.reg(FPR, r))
  const none = b.i64(0)
  const operands = { a: frA ?? none, b: frB ?? none, c: frC ?? none }
  const tried = attempt(b, operation, single, operands)
  const put = (result: Node) => {
    b.setReg(FPR, target, result)
    recordPending(b, operation, operands, result)
  }
  const silent = isSilent(b)
  b.if(
    b.and(silent, tried.isRight),
    () => put(tried.result),
    () => {
      const { exact, slower = exact, isSlowerRight = b.i32(0) } = tried
      const isSlower = b.and(silent, isSlowerRight)
      b.if(
        b.or(isSlower, b.and(isNearest(b), tried.isExact)),
        () => put(b.select(isSlower, slower, exact)),
        () => exactly(b, operation, single, rc, target, from),
      )
    },
  )
}

const PRECISIONS = [
  { suffix: "", opcode: "111111", single: false },
  { suffix: "s", opcode: "111011", single: true },
] as const

/** Declares an instruction of frA and frB in both precisions. */
const ofAB = (name: string, operation: HostOperation, xo: "10101" | "10100" | "10010"): Instruction[] =>
  PRECISIONS.map(({ suffix, opcode, single }) =>
    fp({
      name: `${name}${suffix}{Rc?.}`,
      bits: `${opcode} frD frA frB (00000) ${xo} Rc`,
      args: "frD, frA, frB",
      semantics: (b, f) => perform(b, operation, single, f.Rc, f.frD, { a: f.frA, b: f.frB }),
    }),
  )

/** fadd, fadds: adds. */
export const fadd = ofAB("fadd", "add", "10101")
/** fsub, fsubs: subtracts. */
export const fsub = ofAB("fsub", "sub", "10100")
/** fdiv, fdivs: divides. */
export const fdiv = ofAB("fdiv", "div", "10010")

/** fmul, fmuls: multiplies. */
export const fmul = PRECISIONS.map(({ suffix, opcode, single }) =>
  fp({
    name: `fmul${suffix}{Rc?.}`,
    bits: `${opcode} frD frA (00000) frC 11001 Rc`,
    args: "frD, frA, frC",
    semantics: (b, f) => perform(b, "mul", single, f.Rc, f.frD, { a: f.frA, c: f.frC }),
  }),
)

/** Declares an instruction of frA, frC and frB in both precisions. */
const fused = (name: string, operation: HostOperation, xo: "11101" | "11100" | "11111" | "11110"): Instruction[] =>
  PRECISIONS.map(({ suffix, opcode, single }) =>
    fp({
      name: `${name}${suffix}{Rc?.}`,
      bits: `${opcode} frD frA frB frC ${xo} Rc`,
      args: "frD, frA, frC, frB",
      semantics: (b, f) => perform(b, operation, single, f.Rc, f.frD, { a: f.frA, b: f.frB, c: f.frC }),
    }),
  )

/** fmadd, fmadds: a product plus frB, rounded once. */
export const fmadd = fused("fmadd", "madd", "11101")
/** fmsub, fmsubs: a product minus frB, rounded once. */
export const fmsub = fused("fmsub", "msub", "11100")
/** fnmadd, fnmadds: the negated result of fmadd. */
export const fnmadd = fused("fnmadd", "nmadd", "11111")
/** fnmsub, fnmsubs: the negated result of fmsub. */
export const fnmsub = fused("fnmsub", "nmsub", "11110")

/** fres: estimates a reciprocal. */
export const fres = fp({
  name: "fres{Rc?.}",
  bits: "111011 frD (00000) frB (00000) 11000 Rc",
  args: "frD, frB",
  semantics: (b, f) => exactly(b, "reciprocal", true, f.Rc, f.frD, { b: f.frB }),
})

/** frsqrte: estimates the reciprocal of a square root. */
export const frsqrte = fp({
  name: "frsqrte{Rc?.}",
  bits: "111111 frD (00000) frB (00000) 11010 Rc",
  args: "frD, frB",
  semantics: (b, f) => exactly(b, "reciprocalRoot", false, f.Rc, f.frD, { b: f.frB }),
})

/** frsp: rounds to single precision. */
export const frsp = fp({
  name: "frsp{Rc?.}",
  bits: "111111 frD (00000) frB 0000001100 Rc",
  args: "frD, frB",
  semantics: (b, f) => perform(b, "round", true, f.Rc, f.frD, { b: f.frB }),
})
