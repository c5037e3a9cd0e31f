// Conditional execution (ARM DDI 0406C, A8.3).

import type { Builder, Node } from "../../ir/index.ts"
import { C, N, V, Z } from "../state.ts"

/** Names of the conditions by their number (table A8-1); AL always passes, and is not written behind a mnemonic. */
export const CONDITIONS = ["eq", "ne", "cs", "cc", "mi", "pl", "vs", "vc", "hi", "ls", "ge", "lt", "gt", "le", "al"]

/** The condition that always passes. */
export const AL = 14

/** An i32 that is not zero if the condition (0 eq to 14 al) passes. */
export function testCondition(b: Builder, condition: number): Node {
  const passes = basic(b, condition >> 1)
  return condition & 1 && condition !== 15 ? b.eqz(passes) : passes
}

function basic(b: Builder, base: number): Node {
  switch (base) {
    case 0:
      return b.get(Z)
    case 1:
      return b.get(C)
    case 2:
      return b.get(N)
    case 3:
      return b.get(V)
    case 4:
      return b.and(b.get(C), b.eqz(b.get(Z)))
    case 5:
      return b.eq(b.get(N), b.get(V))
    case 6:
      return b.and(b.eqz(b.get(Z)), b.eq(b.get(N), b.get(V)))
    default:
      return b.i32(1)
  }
}
