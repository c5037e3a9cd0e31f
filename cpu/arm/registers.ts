// Core registers as instructions see them, where r15 is the program counter (ARM DDI 0406C, A2.3; pseudocode R[],
// BXWritePC, ALUWritePC, LoadWritePC), and the flags.
//
// The slot of r15 is scratch. A variant with `pc` set fills it with the program counter first, so that any operand may
// be r15, and branches if it wrote r15; the other variants, nearly all that run, know nothing of it.

import type { Builder, Index, Node, Operand } from "../ir/index.ts"
import { GPR, N, state, Z } from "./state.ts"

export const A32 = 0
export const T32 = 1

/** What an instruction set reads as r15, beyond the instruction's own address. */
export const pcOffset = { [A32]: 8, [T32]: 4 } as const

/** Fills r15's slot for a variant in which an operand is r15; to be called before operands are read. */
export function exposePc(b: Builder, pc: number, set: typeof A32 | typeof T32): void {
  if (pc) b.setReg(GPR, 15, b.add(b.pc(), b.i32(pcOffset[set])))
}

/** Reads a core register. */
export const getR = (b: Builder, r: Index): Node => b.reg(GPR, r)

/** Writes a core register that is not r15. */
export const setR = (b: Builder, r: Index, value: Node): void => b.setReg(GPR, r, value)

/** Writes a register that may be r15 in a `pc` variant; `how` is the pseudocode's ALUWritePC or LoadWritePC. */
export function writeR(
  b: Builder,
  pc: number,
  r: Operand,
  value: Node,
  how: (b: Builder, address: Node) => void,
): void {
  if (!pc) {
    setR(b, r, value)
    return
  }
  b.if(
    b.eq(b.imm(r), b.i32(15)),
    () => how(b, value),
    () => setR(b, r, value),
  )
}

/** BXWritePC: bit 0 chooses the instruction set (0 A32, 1 Thumb). */
export function bxWritePC(b: Builder, address: Node): void {
  const thumb = b.and(address, b.i32(1))
  b.branch(b.select(thumb, b.and(address, b.i32(-2)), b.and(address, b.i32(-4))), thumb)
}

/** BranchWritePC in A32 state. */
export function branchA32(b: Builder, address: Node): void {
  b.branch(b.and(address, b.i32(-4)))
}

/** BranchWritePC in Thumb state. */
export function branchThumb(b: Builder, address: Node): void {
  b.branch(b.and(address, b.i32(-2)))
}

/**
 * ALUWritePC in A32 state: interworks from ARMv7 on. Before, an address whose low bits are not 0 is UNPREDICTABLE, so
 * that one function serves both.
 */
export const aluWritePC = bxWritePC

/** Sets N and Z from a result. */
export function setNZ(b: Builder, result: Node): void {
  b.flags("result", { result }, { negative: N, zero: Z })
}

export const { ISA, CONTEXT, REGIME } = state.files
