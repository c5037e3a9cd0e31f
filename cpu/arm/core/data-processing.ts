// The standard data-processing encodings, common to most instructions of that group (ARM DDI 0406C, A5.2.1 to A5.2.3,
// A5.2.4, A6.2.2, A6.3.1, A6.3.11; B9.3.20 for those that return from exceptions).

import type { Builder, Node } from "../../ir/index.ts"
import type { Instruction } from "../../isa/index.ts"
import { a32, t16, t32 } from "../encoding.ts"
import { exceptionReturn } from "../exceptions.ts"
import { A32, aluWritePC, exposePc, getR, setNZ, setR, writeR } from "../registers.ts"
import { C } from "../state.ts"
import { anyOf, is15, isBadReg, repeatsZero } from "../unpredictable.ts"
import { expanded, type Shifted, shiftAny, shiftImmediate, shiftRegister, unshifted } from "./shifter.ts"

/** What an instruction computes from its operands; with `s` it sets the flags. */
export type Operation = (b: Builder, s: number, x: Node, y: Shifted) => Node

/** An operation on bits: sets N and Z, and C from the shifter. */
export function bitwise(combine: (b: Builder, x: Node, y: Node) => Node): Operation {
  return (b, s, x, y) => {
    const result = combine(b, x, y.value)
    if (s) {
      const carry = y.carry()
      setNZ(b, result)
      if (carry) b.set(C, carry)
    }
    return result
  }
}

/** A32: `op rd, rn, operand2`. The opcode is bits 24 to 21. */
export function a32Binary(name: string, opcode: string, operation: Operation): Instruction[] {
  return [
    a32({
      name: `${name}{s?s}{cond}`,
      bits: `cond 001${opcode} s rn rd rotate imm8`,
      args: "rd, rn, armImmediate",
      semantics(b, f) {
        exposePc(b, f.pc, A32)
        const y = expanded(b, b.imm(f.armImmediate), () => f.armRotated)
        writeR(b, f.pc, f.rd, operation(b, f.s, getR(b, f.rn), y), aluWritePC)
      },
    }),
    a32({
      name: `${name}{s?s}{cond}`,
      bits: `cond 000${opcode} s rn rd imm5 type 0 rm`,
      args: "rd, rn, shifted",
      semantics(b, f) {
        exposePc(b, f.pc, A32)
        const x = getR(b, f.rn)
        const y = shiftImmediate(b, f.shift, getR(b, f.rm), b.imm(f.imm5))
        writeR(b, f.pc, f.rd, operation(b, f.s, x, y), aluWritePC)
      },
    }),
    a32({
      name: `${name}{s?s}{cond}`,
      bits: `cond 000${opcode} s rn rd rs 0 type 1 rm`,
      args: "rd, rn, registerShifted",
      unpredictable: is15("rd", "rn", "rm", "rs"),
      semantics(b, f) {
        const x = getR(b, f.rn)
        const y = shiftRegister(b, f.shiftType, getR(b, f.rm), getR(b, f.rs))
        setR(b, f.rd, operation(b, f.s, x, y))
      },
    }),
    a32({
      name: `${name}s{cond}`,
      bits: `cond 001${opcode} 1 rn 1111 rotate imm8`,
      args: "r15, rn, armImmediate",
      semantics(b, f) {
        exposePc(b, 1, A32)
        exceptionReturn(b, operation(b, 0, getR(b, f.rn), unshifted(b.imm(f.armImmediate))))
      },
    }),
    a32({
      name: `${name}s{cond}`,
      bits: `cond 000${opcode} 1 rn 1111 imm5 type 0 rm`,
      args: "r15, rn, shifted",
      semantics(b, f) {
        exposePc(b, 1, A32)
        const y = shiftAny(b, b.imm(f.type), getR(b, f.rm), b.imm(f.imm5))
        exceptionReturn(b, operation(b, 0, getR(b, f.rn), y))
      },
    }),
  ]
}

/** A32: `op rn, operand2`, for the flags alone. */
export function a32Test(name: string, opcode: string, operation: Operation): Instruction[] {
  return [
    a32({
      name: `${name}{cond}`,
      bits: `cond 001${opcode} 1 rn (0000) rotate imm8`,
      args: "rn, armImmediate",
      semantics(b, f) {
        exposePc(b, f.pc, A32)
        operation(
          b,
          1,
          getR(b, f.rn),
          expanded(b, b.imm(f.armImmediate), () => f.armRotated),
        )
      },
    }),
    a32({
      name: `${name}{cond}`,
      bits: `cond 000${opcode} 1 rn (0000) imm5 type 0 rm`,
      args: "rn, shifted",
      semantics(b, f) {
        exposePc(b, f.pc, A32)
        operation(b, 1, getR(b, f.rn), shiftImmediate(b, f.shift, getR(b, f.rm), b.imm(f.imm5)))
      },
    }),
    a32({
      name: `${name}{cond}`,
      bits: `cond 000${opcode} 1 rn (0000) rs 0 type 1 rm`,
      args: "rn, registerShifted",
      unpredictable: is15("rn", "rm", "rs"),
      semantics(b, f) {
        operation(b, 1, getR(b, f.rn), shiftRegister(b, f.shiftType, getR(b, f.rm), getR(b, f.rs)))
      },
    }),
  ]
}

/** What an instruction of one operand computes. */
export type Unary = (b: Builder, s: number, y: Shifted) => Node

/** A32: `op rd, #immediate`. */
export function a32UnaryImmediate(name: string, opcode: string, operation: Unary): Instruction[] {
  return [
    a32({
      name: `${name}{s?s}{cond}`,
      bits: `cond 001${opcode} s (0000) rd rotate imm8`,
      args: "rd, armImmediate",
      semantics(b, f) {
        const y = expanded(b, b.imm(f.armImmediate), () => f.armRotated)
        writeR(b, f.pc, f.rd, operation(b, f.s, y), aluWritePC)
      },
    }),
    a32({
      name: `${name}s{cond}`,
      bits: `cond 001${opcode} 1 (0000) 1111 rotate imm8`,
      args: "r15, armImmediate",
      semantics(b, f) {
        exceptionReturn(b, operation(b, 0, unshifted(b.imm(f.armImmediate))))
      },
    }),
  ]
}

/** What T32 permits beyond `BadReg`: the stack pointer as destination, or as first operand. */
type SpUse = "none" | "sp"

/** T32: `op rd, rn, operand2`; a `width` of ".w" tells it from a 16-bit encoding. */
export function t32Binary(
  name: string,
  width: "" | ".w",
  opcode: string,
  operation: Operation,
  sp: SpUse = "none",
): Instruction[] {
  const badResult =
    sp === "none" ? isBadReg("rd", "rn") : anyOf(is15("rd", "rn"), ({ rd, rn }) => rd === 13 && rn !== 13)
  const longShiftToSp = ({ rd, type, imm3, imm2 }: Readonly<Record<string, number>>) =>
    rd === 13 && (type !== 0 || (imm3! << 2) + imm2! > 3)
  return [
    t32({
      name: `${name}{s?s}{cond}${width}`,
      bits: `11110 i 0${opcode} s rn 0 imm3 rd imm8`,
      args: "rd, rn, thumbImmediate",
      feature: "v6t2",
      unpredictable: anyOf(badResult, repeatsZero),
      semantics(b, f) {
        const y = expanded(b, b.imm(f.thumbImmediate), () => f.thumbRotated)
        setR(b, f.rd, operation(b, f.s, getR(b, f.rn), y))
      },
    }),
    t32({
      name: `${name}{s?s}{cond}${width}`,
      bits: `1110101${opcode} s rn (0) imm3 rd imm2 type rm`,
      args: "rd, rn, thumbShifted",
      feature: "v6t2",
      unpredictable: anyOf(badResult, isBadReg("rm"), longShiftToSp),
      semantics(b, f) {
        const x = getR(b, f.rn)
        const y = shiftImmediate(b, f.thumbShiftKind, getR(b, f.rm), b.imm(f.thumbShift))
        setR(b, f.rd, operation(b, f.s, x, y))
      },
    }),
  ]
}

/** T32: `op rn, operand2`, for the flags alone: the encodings with rd = 15 of another operation. */
export function t32Test(
  name: string,
  width: "" | ".w",
  opcode: string,
  operation: Operation,
  sp: SpUse = "none",
): Instruction[] {
  const badRn = sp === "none" ? isBadReg("rn") : is15("rn")
  return [
    t32({
      name: `${name}{cond}${width}`,
      bits: `11110 i 0${opcode} 1 rn 0 imm3 1111 imm8`,
      args: "rn, thumbImmediate",
      feature: "v6t2",
      unpredictable: anyOf(badRn, repeatsZero),
      semantics(b, f) {
        operation(
          b,
          1,
          getR(b, f.rn),
          expanded(b, b.imm(f.thumbImmediate), () => f.thumbRotated),
        )
      },
    }),
    t32({
      name: `${name}{cond}${width}`,
      bits: `1110101${opcode} 1 rn (0) imm3 1111 imm2 type rm`,
      args: "rn, thumbShifted",
      feature: "v6t2",
      unpredictable: anyOf(badRn, isBadReg("rm")),
      semantics(b, f) {
        const x = getR(b, f.rn)
        operation(b, 1, x, shiftImmediate(b, f.thumbShiftKind, getR(b, f.rm), b.imm(f.thumbShift)))
      },
    }),
  ]
}

/** T32: `op rd, operand2`: the encodings with rn = 15 of another operation. */
export function t32Unary(name: string, opcode: string, operation: Unary): Instruction[] {
  return [
    t32({
      name: `${name}{s?s}{cond}.w`,
      bits: `11110 i 0${opcode} s 1111 0 imm3 rd imm8`,
      args: "rd, thumbImmediate",
      feature: "v6t2",
      unpredictable: anyOf(isBadReg("rd"), repeatsZero),
      semantics(b, f) {
        const y = expanded(b, b.imm(f.thumbImmediate), () => f.thumbRotated)
        setR(b, f.rd, operation(b, f.s, y))
      },
    }),
    t32({
      name: `${name}{s?s}{cond}.w`,
      bits: `1110101${opcode} s 1111 (0) imm3 rd imm2 type rm`,
      args: "rd, thumbShifted",
      feature: "v6t2",
      unpredictable: isBadReg("rd", "rm"),
      semantics(b, f) {
        const y = shiftImmediate(b, f.thumbShiftKind, getR(b, f.rm), b.imm(f.thumbShift))
        setR(b, f.rd, operation(b, f.s, y))
      },
    }),
  ]
}

/** T16: `op rdn, rm`. The opcode is bits 9 to 6. */
export function t16Binary(name: string, opcode: string, operation: Operation): Instruction {
  return t16({
    name: `${name}{s?s}{cond}`,
    bits: `010000${opcode} lm ldn`,
    args: "ldn, lm",
    semantics(b, f) {
      const x = getR(b, f.ldn)
      setR(b, f.ldn, operation(b, f.s, x, unshifted(getR(b, f.lm))))
    },
  })
}

/** T16: `op rn, rm`, for the flags alone. */
export function t16Test(name: string, opcode: string, operation: Operation): Instruction {
  return t16({
    name: `${name}{cond}`,
    bits: `010000${opcode} lm ln`,
    args: "ln, lm",
    semantics(b, { ln, lm }) {
      operation(b, 1, getR(b, ln), unshifted(getR(b, lm)))
    },
  })
}
