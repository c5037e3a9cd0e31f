// Division, where the CPU has it (ARM DDI 0406C, A4.4.8; SDIV and UDIV of A8.8). A division by zero gives 0: the trap
// that ARMv7-R can ask for is not in ARMv7-A.

import type { Builder, Node, Operand } from "../../ir/index.ts"
import { inBothSets } from "../both-sets.ts"
import { getR, setR } from "../registers.ts"

type Division = (b: Builder, rd: Operand, dividend: Node, divisor: Node) => void

const signed: Division = (b, rd, dividend, divisor) => {
  // -1 and 0 are where the machine's division has no result; 0x80000000 / -1 is 0x80000000, as negation gives.
  b.if(
    b.gtU(b.add(divisor, b.i32(1)), b.i32(1)),
    () => setR(b, rd, b.divS(dividend, divisor)),
    () => setR(b, rd, b.select(divisor, b.neg(dividend), b.i32(0))),
  )
}

const unsigned: Division = (b, rd, dividend, divisor) => {
  b.if(
    divisor,
    () => setR(b, rd, b.divU(dividend, divisor)),
    () => setR(b, rd, b.i32(0)),
  )
}

const division = (name: string, section: string, opcode: string, divide: Division) =>
  inBothSets({
    name,
    section,
    a32: `cond 011100${opcode}1 rd (1111) rm 0001 rn`,
    t32: `1111101110${opcode}1 rn (1111) rd 1111 rm`,
    args: "rd, rn, rm",
    feature: "div",
    t32Feature: "div",
    registers: ["rd", "rn", "rm"],
    semantics: (b, { rd, rm, rn }) => divide(b, rd, getR(b, rn), getR(b, rm)),
  })

/** SDIV: divides signed words and rounds towards zero. A8.8.165 */
export const sdiv = division("sdiv", "A8.8.165", "0", signed)

/** UDIV: divides unsigned words and rounds down. A8.8.248 */
export const udiv = division("udiv", "A8.8.248", "1", unsigned)
