// Shift instructions (ARM DDI 0406C, A4.4.2; ASR, LSL, LSR, ROR, RRX of A8.8): moves of a shifted register. T32 encodes
// the shifts by an immediate as MOV.W with a shifted operand, and they are written so.

import type { Instruction } from "../../isa/index.ts"
import { a32, t16, t32 } from "../encoding.ts"
import { exceptionReturn } from "../exceptions.ts"
import { A32, aluWritePC, exposePc, getR, setR, writeR } from "../registers.ts"
import { is15, isBadReg } from "../unpredictable.ts"
import { bitwise, EXCEPTION_RETURN, type Unary } from "./data-processing.ts"
import { ASR, LSL, LSR, ROR, RRX, shiftImmediate, shiftRegister } from "./shifter.ts"

const second = bitwise((_, __, y) => y)

/** MOV: the operand itself; the flags are those of bitwise operations. */
export const move: Unary = (b, s, y) => second(b, s, y.value, y)

/** LSL by 0 is MOV, and ROR by 0 is RRX. */
const notZero = { where: { imm5: (amount: number) => amount !== 0 } }

/** A move of a register that is shifted by an immediate. */
type ShiftedMove = {
  readonly name: string
  readonly section: string
  /** Kind of `shiftImmediate`. */
  readonly kind: number
  /** Bits 11 to 4. */
  readonly low: `imm5 ${"00" | "01" | "10" | "11"}0` | "00000000" | "00000110"
  /** How the amount is written, if the encoding has one. */
  readonly amount?: "imm5" | "rightShift"
}

/** A32: shifts by an immediate, and the exception returns that they are with r15 as destination. */
export function a32MoveShifted({ name, section, kind, low, amount }: ShiftedMove): Instruction[] {
  const operand = amount ? `rm, ${amount}` : "rm"
  const where = amount === "imm5" && notZero
  return [
    a32({
      encoding: "A1",
      section,
      name: `${name}{s?s}{cond}`,
      bits: `cond 0001101 s (0000) rd ${low} rm`,
      args: `rd, ${operand}`,
      ...where,
      semantics(b, f) {
        exposePc(b, f.pc, A32)
        const shifted = shiftImmediate(b, kind, getR(b, f.rm), amount ? b.imm(f.imm5) : b.i32(0))
        writeR(b, f.pc, f.rd, move(b, f.s, shifted), aluWritePC)
      },
    }),
    a32({
      encoding: "A2",
      section: EXCEPTION_RETURN,
      name: `${name}s{cond}`,
      bits: `cond 00011011 (0000) 1111 ${low} rm`,
      args: `r15, ${operand}`,
      ...where,
      semantics(b, f) {
        exposePc(b, 1, A32)
        exceptionReturn(b, shiftImmediate(b, kind, getR(b, f.rm), amount ? b.imm(f.imm5) : b.i32(0)).value)
      },
    }),
  ]
}

/** Shifts by a register. The type is the shift's encoding. */
function byRegister(name: string, section: string, type: string, t16Opcode: string): Instruction[] {
  const kind = Number.parseInt(type, 2)
  return [
    a32({
      encoding: "A1",
      section,
      name: `${name}{s?s}{cond}`,
      bits: `cond 0001101 s (0000) rd rm 0${type}1 rn`,
      args: "rd, rn, rm",
      unpredictable: is15("rd", "rn", "rm"),
      semantics(b, { s, rd, rn, rm }) {
        setR(b, rd, move(b, s, shiftRegister(b, kind, getR(b, rn), getR(b, rm))))
      },
    }),
    t16({
      encoding: "T1",
      section,
      name: `${name}{s?s}{cond}`,
      bits: `010000${t16Opcode} lm ldn`,
      args: "ldn, lm",
      semantics(b, { s, ldn, lm }) {
        setR(b, ldn, move(b, s, shiftRegister(b, kind, getR(b, ldn), getR(b, lm))))
      },
    }),
    t32({
      encoding: "T2",
      section,
      name: `${name}{s?s}{cond}.w`,
      bits: `111110100${type} s rn 1111 rd 0000 rm`,
      args: "rd, rn, rm",
      feature: "v6t2",
      unpredictable: isBadReg("rd", "rn", "rm"),
      semantics(b, { s, rd, rn, rm }) {
        setR(b, rd, move(b, s, shiftRegister(b, kind, getR(b, rn), getR(b, rm))))
      },
    }),
  ]
}

/** T16: shifts by an immediate. */
function t16Immediate(
  name: string,
  section: string,
  type: string,
  kind: number,
  amount: "imm5" | "rightShift",
): Instruction {
  return t16({
    encoding: "T1",
    section,
    name: `${name}{s?s}{cond}`,
    bits: `000${type} imm5 lm ld`,
    args: `ld, lm, ${amount}`,
    semantics(b, { s, ld, lm, imm5 }) {
      setR(b, ld, move(b, s, shiftImmediate(b, kind, getR(b, lm), b.imm(imm5))))
    },
  })
}

/** LSL: shifts left, by an immediate or by a register. A8.8.94, A8.8.95 */
export const lsl = [
  ...a32MoveShifted({ name: "lsl", section: "A8.8.94", kind: LSL, low: "imm5 000", amount: "imm5" }),
  ...byRegister("lsl", "A8.8.95", "00", "0010"),
  t16Immediate("lsl", "A8.8.94", "00", LSL, "imm5"),
]

/** LSR: shifts right and fills with zeros. A8.8.96, A8.8.97 */
export const lsr = [
  ...a32MoveShifted({ name: "lsr", section: "A8.8.96", kind: LSR, low: "imm5 010", amount: "rightShift" }),
  ...byRegister("lsr", "A8.8.97", "01", "0011"),
  t16Immediate("lsr", "A8.8.96", "01", LSR, "rightShift"),
]

/** ASR: shifts right and fills with the sign. A8.8.16, A8.8.17 */
export const asr = [
  ...a32MoveShifted({ name: "asr", section: "A8.8.16", kind: ASR, low: "imm5 100", amount: "rightShift" }),
  ...byRegister("asr", "A8.8.17", "10", "0100"),
  t16Immediate("asr", "A8.8.16", "10", ASR, "rightShift"),
]

/** ROR: rotates right. A8.8.149, A8.8.150 */
export const ror = [
  ...a32MoveShifted({ name: "ror", section: "A8.8.149", kind: ROR, low: "imm5 110", amount: "imm5" }),
  ...byRegister("ror", "A8.8.150", "11", "0111"),
]

/** RRX: rotates right by one bit through the carry. A8.8.151 */
export const rrx = a32MoveShifted({ name: "rrx", section: "A8.8.151", kind: RRX, low: "00000110" })
