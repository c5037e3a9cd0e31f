// Moves (ARM DDI 0406C, A4.4.1; MOV, MOVT, MVN of A8.8). MOV of a shifted register is a shift instruction in A32.

import type { Builder, Node } from "../../ir/index.ts"
import { a32, t16, t32 } from "../encoding.ts"
import { exceptionReturn } from "../exceptions.ts"
import { A32, aluWritePC, branchThumb, exposePc, getR, setR, T32, writeR } from "../registers.ts"
import { inItBlock, is15, isBadReg, notLastInItBlock } from "../unpredictable.ts"
import { a32UnaryImmediate, bitwise, EXCEPTION_RETURN, t16Binary, t32Unary, type Unary } from "./data-processing.ts"
import { NONE, shiftAny, shiftImmediate, shiftRegister, unshifted } from "./shifter.ts"
import { a32MoveShifted, move } from "./shifts.ts"

const complement = bitwise((b, _, y) => b.not(y))
const moveNot: Unary = (b, s, y) => complement(b, s, y.value, y)

/** MOVW or MOVT: an immediate of 16 bits; `op` is the opcode bit that tells them apart. */
function moveHalf(
  name: string,
  op: "0" | "1",
  section: string,
  encodings: readonly [a32: "A1" | "A2", t32: "T1" | "T3"],
  result: (b: Builder, old: () => Node, immediate: Node) => Node,
) {
  return {
    a32: a32({
      encoding: encodings[0],
      section,
      name: `${name}{cond}`,
      bits: `cond 00110${op}00 imm4 rd imm12`,
      args: "rd, immediate16",
      feature: "v6t2",
      unpredictable: is15("rd"),
      semantics(b, { rd, immediate16 }) {
        setR(
          b,
          rd,
          result(b, () => getR(b, rd), b.imm(immediate16)),
        )
      },
    }),
    t32: t32({
      encoding: encodings[1],
      section,
      name: `${name}{cond}`,
      bits: `11110 i 10${op}100 imm4 0 imm3 rd imm8`,
      args: "rd, thumbImmediate16",
      feature: "v6t2",
      unpredictable: isBadReg("rd"),
      semantics(b, { rd, thumbImmediate16 }) {
        setR(
          b,
          rd,
          result(b, () => getR(b, rd), b.imm(thumbImmediate16)),
        )
      },
    }),
  }
}

const movw = moveHalf("movw", "0", "A8.8.102", ["A2", "T3"], (_b, _old, immediate) => immediate)
const movtForms = moveHalf("movt", "1", "A8.8.106", ["A1", "T1"], (b, old, immediate) =>
  b.or(b.and(old(), b.i32(0xffff)), b.shl(immediate, b.i32(16))),
)

/** MOV: copies an immediate or a register; in T32 also a shifted register, as LSL and its like. A8.8.102 to A8.8.104 */
export const mov = [
  ...a32UnaryImmediate("mov", "1101", "A8.8.102", move),
  ...a32MoveShifted({ name: "mov", section: "A8.8.104", kind: NONE, low: "00000000" }),
  movw.a32,
  t16({
    encoding: "T1",
    section: "A8.8.102",
    name: "mov{s?s}{cond}",
    bits: "00100 ld imm8",
    args: "ld, imm8",
    semantics(b, { s, ld, imm8 }) {
      setR(b, ld, move(b, s, unshifted(b.imm(imm8))))
    },
  }),
  t16({
    encoding: "T2",
    section: "A8.8.103",
    name: "movs{cond}",
    bits: "0000000000 lm ld",
    args: "ld, lm",
    unpredictable: inItBlock,
    semantics(b, { ld, lm }) {
      setR(b, ld, move(b, 1, unshifted(getR(b, lm))))
    },
  }),
  t16({
    encoding: "T1",
    section: "A8.8.103",
    name: "mov{cond}",
    bits: "01000110 dn rm ldn",
    args: "highRdn, rm",
    unpredictable: (v) => v["dn"] === 1 && v["ldn"] === 7 && notLastInItBlock(v),
    semantics(b, { pc, highRdn, rm }) {
      exposePc(b, pc, T32)
      writeR(b, pc, highRdn, getR(b, rm), branchThumb)
    },
  }),
  ...t32Unary(
    "mov",
    "0010",
    [
      { section: "A8.8.102", encoding: "T2" },
      // MOV, LSL, LSR, ASR, ROR and RRX
      { section: "A8.8.103, A8.8.94, A8.8.96, A8.8.16, A8.8.149, A8.8.151", encoding: "T3/T2/T2/T2/T1/T1" },
    ],
    move,
  ),
  movw.t32,
]

/** MOVT: writes an immediate to the top halfword and keeps the bottom one. A8.8.106 */
export const movt = [movtForms.a32, movtForms.t32]

/** MVN: copies the complement of an immediate or of a shifted register. A8.8.115 to A8.8.117 */
export const mvn = [
  ...a32UnaryImmediate("mvn", "1111", "A8.8.115", moveNot),
  a32({
    encoding: "A1",
    section: "A8.8.116",
    name: "mvn{s?s}{cond}",
    bits: "cond 0001111 s (0000) rd imm5 type 0 rm",
    args: "rd, shifted",
    semantics(b, f) {
      exposePc(b, f.pc, A32)
      const y = shiftImmediate(b, f.shift, getR(b, f.rm), b.imm(f.imm5))
      writeR(b, f.pc, f.rd, moveNot(b, f.s, y), aluWritePC)
    },
  }),
  a32({
    encoding: "A2",
    section: EXCEPTION_RETURN,
    name: "mvns{cond}",
    bits: "cond 00011111 (0000) 1111 imm5 type 0 rm",
    args: "r15, shifted",
    semantics(b, f) {
      exposePc(b, 1, A32)
      exceptionReturn(b, moveNot(b, 0, shiftAny(b, b.imm(f.type), getR(b, f.rm), b.imm(f.imm5))))
    },
  }),
  a32({
    encoding: "A1",
    section: "A8.8.117",
    name: "mvn{s?s}{cond}",
    bits: "cond 0001111 s (0000) rd rs 0 type 1 rm",
    args: "rd, registerShifted",
    unpredictable: is15("rd", "rm", "rs"),
    semantics(b, f) {
      setR(b, f.rd, moveNot(b, f.s, shiftRegister(b, f.shiftType, getR(b, f.rm), getR(b, f.rs))))
    },
  }),
  t16Binary("mvn", "1111", "A8.8.116", complement),
  ...t32Unary(
    "mvn",
    "0011",
    [
      { section: "A8.8.115", encoding: "T1" },
      { section: "A8.8.116", encoding: "T2" },
    ],
    moveNot,
  ),
]
