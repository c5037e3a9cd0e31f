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

/** The manual's sections of an operation: those of its immediate, register and register-shifted register forms. */
export type Sections = readonly [immediate: string, register: string, registerShifted: string]

/** One encoding as the manual prints it. */
export type Printed = { readonly section: string; readonly encoding: T32Encoding }
type T32Encoding = NonNullable<Parameters<typeof t32>[0]["encoding"]>

/** SUBS PC, LR and related instructions: A1 with an immediate, A2 with a register. */
export const EXCEPTION_RETURN = "B9.3.20"

/** A32: `op rd, rn, operand2`. The opcode is bits 24 to 21. */
export function a32Binary(name: string, opcode: string, sections: Sections, operation: Operation): Instruction[] {
  const [immediate, register, registerShifted] = sections
  return [
    a32({
      encoding: "A1",
      section: immediate,
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
      encoding: "A1",
      section: register,
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
      encoding: "A1",
      section: registerShifted,
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
      encoding: "A1",
      section: EXCEPTION_RETURN,
      name: `${name}s{cond}`,
      bits: `cond 001${opcode} 1 rn 1111 rotate imm8`,
      args: "r15, rn, armImmediate",
      semantics(b, f) {
        exposePc(b, 1, A32)
        exceptionReturn(b, operation(b, 0, getR(b, f.rn), unshifted(b.imm(f.armImmediate))))
      },
    }),
    a32({
      encoding: "A2",
      section: EXCEPTION_RETURN,
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
export function a32Test(name: string, opcode: string, sections: Sections, operation: Operation): Instruction[] {
  const [immediate, register, registerShifted] = sections
  return [
    a32({
      encoding: "A1",
      section: immediate,
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
      encoding: "A1",
      section: register,
      name: `${name}{cond}`,
      bits: `cond 000${opcode} 1 rn (0000) imm5 type 0 rm`,
      args: "rn, shifted",
      semantics(b, f) {
        exposePc(b, f.pc, A32)
        operation(b, 1, getR(b, f.rn), shiftImmediate(b, f.shift, getR(b, f.rm), b.imm(f.imm5)))
      },
    }),
    a32({
      encoding: "A1",
      section: registerShifted,
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
export function a32UnaryImmediate(name: string, opcode: string, section: string, operation: Unary): Instruction[] {
  return [
    a32({
      encoding: "A1",
      section,
      name: `${name}{s?s}{cond}`,
      bits: `cond 001${opcode} s (0000) rd rotate imm8`,
      args: "rd, armImmediate",
      semantics(b, f) {
        const y = expanded(b, b.imm(f.armImmediate), () => f.armRotated)
        writeR(b, f.pc, f.rd, operation(b, f.s, y), aluWritePC)
      },
    }),
    a32({
      encoding: "A1",
      section: EXCEPTION_RETURN,
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

/** The standard encodings of an operation in T32. */
export type T32Standard = {
  readonly name: string
  /** ".w" where a 16-bit encoding is written without. */
  readonly width: "" | ".w"
  /** Bits 24 to 21. */
  readonly opcode: string
  /** The encoding with an immediate, and that with a shifted register. */
  readonly printed: readonly [immediate: Printed, register: Printed]
  readonly operation: Operation
  readonly sp?: SpUse
}

/** T32: `op rd, rn, operand2`. */
export function t32Binary({ name, width, opcode, printed, operation, sp = "none" }: T32Standard): Instruction[] {
  const [immediate, register] = printed
  const badResult =
    sp === "none" ? isBadReg("rd", "rn") : anyOf(is15("rd", "rn"), ({ rd, rn }) => rd === 13 && rn !== 13)
  const longShiftToSp = ({ rd, type, imm3, imm2 }: Readonly<Record<string, number>>) =>
    rd === 13 && (type !== 0 || (imm3! << 2) + imm2! > 3)
  return [
    t32({
      ...immediate,
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
      ...register,
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
export function t32Test({ name, width, opcode, printed, operation, sp = "none" }: T32Standard): Instruction[] {
  const [immediate, register] = printed
  const badRn = sp === "none" ? isBadReg("rn") : is15("rn")
  return [
    t32({
      ...immediate,
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
      ...register,
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
export function t32Unary(
  name: string,
  opcode: string,
  [immediate, register]: T32Standard["printed"],
  operation: Unary,
): Instruction[] {
  return [
    t32({
      ...immediate,
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
      ...register,
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

/** T16: `op rdn, rm`. The opcode is bits 9 to 6, as in A32 bits 24 to 21. */
export function t16Binary(name: string, opcode: string, section: string, operation: Operation): Instruction {
  return t16({
    encoding: "T1",
    section,
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
export function t16Test(name: string, opcode: string, section: string, operation: Operation): Instruction {
  return t16({
    encoding: "T1",
    section,
    name: `${name}{cond}`,
    bits: `010000${opcode} lm ln`,
    args: "ln, lm",
    semantics(b, { ln, lm }) {
      operation(b, 1, getR(b, ln), unshifted(getR(b, lm)))
    },
  })
}

/** An operation that has every standard encoding. */
type Standard = {
  readonly name: string
  /** The opcode in A32 and in T16, and that in T32. */
  readonly opcodes: readonly [a32: string, t32: string]
  readonly sections: Sections
  readonly operation: Operation
}

const printedInT32 = ([immediate, register]: Sections): T32Standard["printed"] => [
  { section: immediate, encoding: "T1" },
  { section: register, encoding: "T2" },
]

/** `op rd, rn, operand2` in every standard encoding. */
export function standardBinary({ name, opcodes, sections, operation }: Standard): Instruction[] {
  const [opcode, t32Opcode] = opcodes
  return [
    ...a32Binary(name, opcode, sections, operation),
    t16Binary(name, opcode, sections[1], operation),
    ...t32Binary({ name, width: ".w", opcode: t32Opcode, printed: printedInT32(sections), operation }),
  ]
}

/** `op rn, operand2` in every standard encoding. */
export function standardTest({
  name,
  opcodes,
  sections,
  operation,
  sp = "none",
}: Standard & { sp?: SpUse }): Instruction[] {
  const [opcode, t32Opcode] = opcodes
  return [
    ...a32Test(name, opcode, sections, operation),
    t16Test(name, opcode, sections[1], operation),
    ...t32Test({ name, width: ".w", opcode: t32Opcode, printed: printedInT32(sections), operation, sp }),
  ]
}
