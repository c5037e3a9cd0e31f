// Division, where the CPU has it (ARM DDI 0406C, A4.4.8; SDIV and UDIV of A8.8). A division by zero gives 0: the trap
// that ARMv7-R can ask for is not in ARMv7-A.

import type { Builder, Node, Operand } from "../../ir/index.ts"
import { a32, t32 } from "../encoding.ts"
import { getR, setR } from "../registers.ts"
import { is15, isBadReg } from "../unpredictable.ts"

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

function division(name: string, opcode: string, divide: Division) {
  return [
    a32({
      name: `${name}{cond}`,
      bits: `cond 011100${opcode}1 rd (1111) rm 0001 rn`,
      args: "rd, rn, rm",
      feature: "div",
      unpredictable: is15("rd", "rn", "rm"),
      semantics(b, { rd, rm, rn }) {
        divide(b, rd, getR(b, rn), getR(b, rm))
      },
    }),
    t32({
      name: `${name}{cond}`,
      bits: `1111101110${opcode}1 rn (1111) rd 1111 rm`,
      args: "rd, rn, rm",
      feature: "div",
      unpredictable: isBadReg("rd", "rn", "rm"),
      semantics(b, { rd, rm, rn }) {
        divide(b, rd, getR(b, rn), getR(b, rm))
      },
    }),
  ]
}

export const sdiv = division("sdiv", "0", signed)
export const udiv = division("udiv", "1", unsigned)
