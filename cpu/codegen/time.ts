// Virtual time in generated code, exact to the instruction. The arithmetic is that of the machine's clock.

import { type Code, MEMORY, OP } from "../wasm/index.ts"
import { MAILBOX } from "./layout.ts"

/**
 * Pushes virtual time in ns (f64) at the end of the current instruction. `pushBudget` pushes the budget (i32) that remains
 * after it.
 */
export function emitTime(code: Code, pushBudget: () => void): void {
  const load = (at: number) => code.base().memory(MEMORY.f64.load, at)
  load(MAILBOX.clock)
  pushBudget()
  code.u8(OP.f64ConvertI32S).u8(OP.f64Sub).f64(1e9).u8(OP.f64Mul)
  load(MAILBOX.clockRate)
  code.u8(OP.f64Div).u8(OP.f64Floor)
  load(MAILBOX.skipped)
  code.u8(OP.f64Add)
}
