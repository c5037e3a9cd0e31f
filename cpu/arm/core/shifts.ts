// Shift instructions (ARM DDI 0406C, A4.4.2; ASR, LSL, LSR, ROR, RRX of A8.8): moves of a shifted register. T32 encodes
// the shifts by an immediate as MOV.W with a shifted operand, and they are written so.

import type { Instruction } from "../../isa/index.ts"
import { a32, t16, t32 } from "../encoding.ts"
import { exceptionReturn } from "../exceptions.ts"
import { A32, aluWritePC, exposePc, getR, setR, writeR } from "../registers.ts"
import { is15, isBadReg } from "../unpredictable.ts"
import { bitwise, type Unary } from "./data-processing.ts"
import { ASR, LSL, LSR, ROR, RRX, shiftImmediate, shiftRegister } from "./shifter.ts"

const second = bitwise((_, __, y) => y)
const move: Unary = (b, s, y) => second(b, s, y.value, y)

/** LSL by 0 is MOV, and ROR by 0 is RRX. */
const notZero = { where: { imm5: (amount: number) => amount !== 0 } }

/** A32: shifts by an immediate. `amount` is how it is written. */
function a32Immediate(name: string, type: string, kind: number, amount: "imm5" | "rightShift"): Instruction[] {
  return [
    a32({
      name: `${name}{s?s}{cond}`,
      bits: `cond 0001101 s (0000) rd imm5 ${type}0 rm`,
      args: `rd, rm, ${amount}`,
      ...(amount === "imm5" && notZero),
      semantics(b, { pc, s, rd, rm, imm5 }) {
        exposePc(b, pc, A32)
        writeR(b, pc, rd, move(b, s, shiftImmediate(b, kind, getR(b, rm), b.imm(imm5))), aluWritePC)
      },
    }),
    a32({
      name: `${name}s{cond}`,
      bits: `cond 00011011 (0000) 1111 imm5 ${type}0 rm`,
      args: `r15, rm, ${amount}`,
      ...(amount === "imm5" && notZero),
      semantics(b, { rm, imm5 }) {
        exposePc(b, 1, A32)
        exceptionReturn(b, shiftImmediate(b, kind, getR(b, rm), b.imm(imm5)).value)
      },
    }),
  ]
}

/** Shifts by a register. The type is the shift's encoding. */
function byRegister(name: string, type: string, t16Opcode: string): Instruction[] {
  const kind = Number.parseInt(type, 2)
  return [
    a32({
      name: `${name}{s?s}{cond}`,
      bits: `cond 0001101 s (0000) rd rm 0${type}1 rn`,
      args: "rd, rn, rm",
      unpredictable: is15("rd", "rn", "rm"),
      semantics(b, { s, rd, rn, rm }) {
        setR(b, rd, move(b, s, shiftRegister(b, kind, getR(b, rn), getR(b, rm))))
      },
    }),
    t16({
      name: `${name}{s?s}{cond}`,
      bits: `010000${t16Opcode} lm ldn`,
      args: "ldn, lm",
      semantics(b, { s, ldn, lm }) {
        setR(b, ldn, move(b, s, shiftRegister(b, kind, getR(b, ldn), getR(b, lm))))
      },
    }),
    t32({
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
function t16Immediate(name: string, type: string, kind: number, amount: "imm5" | "rightShift"): Instruction {
  return t16({
    name: `${name}{s?s}{cond}`,
    bits: `000${type} imm5 lm ld`,
    args: `ld, lm, ${amount}`,
    semantics(b, { s, ld, lm, imm5 }) {
      setR(b, ld, move(b, s, shiftImmediate(b, kind, getR(b, lm), b.imm(imm5))))
    },
  })
}

export const lsl = [
  ...a32Immediate("lsl", "00", LSL, "imm5"),
  ...byRegister("lsl", "00", "0010"),
  t16Immediate("lsl", "00", LSL, "imm5"),
]

export const lsr = [
  ...a32Immediate("lsr", "01", LSR, "rightShift"),
  ...byRegister("lsr", "01", "0011"),
  t16Immediate("lsr", "01", LSR, "rightShift"),
]

export const asr = [
  ...a32Immediate("asr", "10", ASR, "rightShift"),
  ...byRegister("asr", "10", "0100"),
  t16Immediate("asr", "10", ASR, "rightShift"),
]

export const ror = [...a32Immediate("ror", "11", ROR, "imm5"), ...byRegister("ror", "11", "0111")]

export const rrx = [
  a32({
    name: "rrx{s?s}{cond}",
    bits: "cond 0001101 s (0000) rd 00000110 rm",
    args: "rd, rm",
    semantics(b, { pc, s, rd, rm }) {
      exposePc(b, pc, A32)
      writeR(b, pc, rd, move(b, s, shiftImmediate(b, RRX, getR(b, rm), b.i32(0))), aluWritePC)
    },
  }),
  a32({
    name: "rrxs{cond}",
    bits: "cond 00011011 (0000) 1111 00000110 rm",
    args: "r15, rm",
    semantics(b, { rm }) {
      exposePc(b, 1, A32)
      exceptionReturn(b, shiftImmediate(b, RRX, getR(b, rm), b.i32(0)).value)
    },
  }),
]
