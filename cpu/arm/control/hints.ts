// Hints, the unallocated ones among them: most do nothing here (ARM DDI 0406C, A5.2.11, A6.2.5, A6.3.4; DBG, NOP, SEV,
// YIELD of A8.8).

import type { Builder } from "../../ir/index.ts"
import type { Instruction } from "../../isa/index.ts"
import { a32, t16, t32 } from "../encoding.ts"

const nothing = () => {}

/** The encodings of a hint, by its number; `part` says which part of them it is where they have an operand. */
export function hint(
  name: string,
  section: string,
  number: string,
  semantics: (b: Builder) => void = nothing,
  part: "" | `, ${string}` = "",
): Instruction[] {
  return [
    a32({
      encoding: `A1${part}`,
      section,
      name: `${name}{cond}`,
      bits: `cond 001100100000 (1111) (0000) 0000${number}`,
      feature: "v6k",
      semantics,
    }),
    t16({
      encoding: `T1${part}`,
      section,
      name: `${name}{cond}`,
      bits: `10111111${number}0000`,
      feature: "v6t2",
      semantics,
    }),
    t32({
      encoding: `T2${part}`,
      section,
      name: `${name}{cond}.w`,
      bits: `111100111010 (1111) 10 (0) 0 (0) 0000000${number}`,
      feature: "v6t2",
      semantics,
    }),
  ]
}

/** NOP: does nothing, as the unallocated hints do. A8.8.119 */
export const nop = [
  ...hint("nop", "A8.8.119", "0000", nothing, ", number 0"),
  a32({
    encoding: "A1, unallocated numbers",
    section: "A8.8.119",
    name: "nop{cond}",
    bits: "cond 001100100000 (1111) (0000) imm8",
    args: "hint",
    feature: "v6k",
    semantics: nothing,
  }),
  t16({
    encoding: "T1, unallocated numbers",
    section: "A8.8.119",
    name: "nop{cond}",
    bits: "10111111 imm4 0000",
    args: "hint4",
    feature: "v6t2",
    semantics: nothing,
  }),
  t32({
    encoding: "T2, unallocated numbers",
    section: "A8.8.119",
    name: "nop{cond}.w",
    bits: "111100111010 (1111) 10 (0) 0 (0) 000 imm8",
    args: "hint",
    feature: "v6t2",
    semantics: nothing,
  }),
]

/** YIELD: hints that a thread waits, as in a spinlock. A8.8.426 */
export const yield_ = hint("yield", "A8.8.426", "0001")

/** SEV: sends an event to all CPUs. A8.8.168 */
export const sev = hint("sev", "A8.8.168", "0100")

/** DBG: a hint to debuggers; it has an operand, but no 16-bit encoding. A8.8.42 */
export const dbg = [
  a32({
    encoding: "A1",
    section: "A8.8.42",
    name: "dbg{cond}",
    bits: "cond 001100100000 (1111) (0000) 1111 imm4",
    args: "imm4",
    feature: "v7",
    semantics: nothing,
  }),
  t32({
    encoding: "T1",
    section: "A8.8.42",
    name: "dbg{cond}",
    bits: "111100111010 (1111) 10 (0) 0 (0) 000 1111 imm4",
    args: "imm4",
    feature: "v7",
    semantics: nothing,
  }),
]
