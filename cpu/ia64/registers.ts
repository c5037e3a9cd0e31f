// Registers as IA-64 instructions name them: stacked, rotating, with NaT bits (Software Developer's Manual, volume 1,
// 3.1 Application Register State, 4.1 Register Stack; volume 2, 6.1).

import type { Builder, Index, Node, Operand } from "../ir/index.ts"
import { BOF, FR_EXP, FR_SIG, GR, GRNAT, PR, RRB_FR, RRB_GR, RRB_PR, SOR, STACKED } from "./state.ts"

/** A general register's value (i64) and NaT bit (i32). */
export type General = { readonly value: Node; readonly nat: Node }

/** A floating-point register: significand (i64), sign in bit 17 over the exponent (i32). */
export type Float = { readonly sig: Node; readonly exp: Node }

const number = (b: Builder, r: Operand | number): Node => (typeof r === "number" ? b.i32(r) : b.imm(r))

// Adds to a number below the modulus another; one subtraction brings it back.
function addModulo(b: Builder, x: Node, y: Node, modulus: Node): Node {
  const sum = b.add(x, y)
  return b.select(b.geU(sum, modulus), b.sub(sum, modulus), sum)
}

// A register below the limit stands in its place; known at translation, this saves reading the frame.
const isStatic = (n: Node, limit: number) => n.kind === "const" && Number(n.value) < limit

/** Physical number of a general register. */
export function grIndex(b: Builder, r: Operand | number): Index {
  const n = number(b, r)
  if (isStatic(n, 32)) return n
  const inFrame = b.sub(n, b.i32(32))
  const rotating = b.get(SOR)
  const turned = addModulo(b, inFrame, b.get(RRB_GR), rotating)
  const renamed = b.select(b.ltU(inFrame, rotating), turned, inFrame)
  const stacked = b.add(addModulo(b, renamed, b.get(BOF), b.i32(STACKED)), b.i32(32))
  return b.select(b.ltU(n, b.i32(32)), n, stacked)
}

/** Reads a general register. */
export function gr(b: Builder, r: Operand | number): General {
  const index = grIndex(b, r)
  return { value: b.reg(GR, index), nat: b.reg(GRNAT, index) }
}

/** Writes a general register other than r0. */
export function setGr(b: Builder, r: Operand | number, value: Node, nat: Node): void {
  const index = grIndex(b, r)
  b.setReg(GR, index, value)
  b.setReg(GRNAT, index, nat)
}

function frIndex(b: Builder, r: Operand | number): Index {
  const n = number(b, r)
  if (isStatic(n, 32)) return n
  const turned = b.add(addModulo(b, b.sub(n, b.i32(32)), b.get(RRB_FR), b.i32(96)), b.i32(32))
  return b.select(b.ltU(n, b.i32(32)), n, turned)
}

/** Reads a floating-point register. */
export function fr(b: Builder, r: Operand | number): Float {
  const index = frIndex(b, r)
  return { sig: b.reg(FR_SIG, index), exp: b.reg(FR_EXP, index) }
}

/** Writes a floating-point register other than f0 and f1. */
export function setFr(b: Builder, r: Operand | number, { sig, exp }: Float): void {
  const index = frIndex(b, r)
  b.setReg(FR_SIG, index, sig)
  b.setReg(FR_EXP, index, exp)
}

function prIndex(b: Builder, p: Operand | number): Index {
  const n = number(b, p)
  if (isStatic(n, 16)) return n
  const turned = b.add(addModulo(b, b.sub(n, b.i32(16)), b.get(RRB_PR), b.i32(48)), b.i32(16))
  return b.select(b.ltU(n, b.i32(16)), n, turned)
}

/** The predicate that guards an instruction: never p0, which is no guard. */
export function testPredicate(b: Builder, qp: Operand): Node {
  return b.reg(PR, prIndex(b, qp))
}

/** Reads a predicate: 0 or 1; p0 is 1. */
export function pr(b: Builder, p: Operand): Node {
  return b.or(b.reg(PR, prIndex(b, p)), b.eqz(b.imm(p)))
}

/** Writes a predicate (0 or 1); what is written to p0 is never read. */
export function setPr(b: Builder, p: Operand | number, value: Node): void {
  b.setReg(PR, prIndex(b, p), value)
}

/** Takes a Register NaT Consumption fault if the NaT bit is set. */
export function consume(b: Builder, nat: Node): void {
  b.if(nat, () => b.raise("registerNatConsumption"))
}

/** Takes an Illegal Operation fault. */
export const illegal = (b: Builder): void => b.raise("illegalOperation")

/** Address of the bundle that holds the instruction. */
export const bundle = (b: Builder): Node => b.and(b.pc(), b.i64(-16))
