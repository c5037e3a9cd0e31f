// How instructions read registers that are more than their number says (Programming Environments Manual, 8.1.3: rA|0).

import type { Builder, Node, Operand } from "../ir/index.ts"
import { GPR } from "./state.ts"

/** The manual's `rA|0`: the value 0 if the number is 0, else the register. */
export const gprOrZero = (b: Builder, rA: Operand): Node => b.select(b.isZero(rA), b.i32(0), b.reg(GPR, rA))
