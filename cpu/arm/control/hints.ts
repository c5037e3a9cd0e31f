// Hints that do nothing here, the unallocated ones among them (ARM DDI 0406C, A5.2.11, A6.2.5, A6.3.4; DBG, NOP, SEV,
// YIELD of A8.8).

import type { Instruction } from "../../isa/index.ts"
import { a32, t16, t32 } from "../encoding.ts"

const nothing = () => {}

function hint(name: string, number: string, t16Number: string): Instruction[] {
  return [
    a32({
      name: `${name}{cond}`,
      bits: `cond 001100100000 (1111) (0000) 0000${number}`,
      feature: "v6k",
      semantics: nothing,
    }),
    t16({ name: `${name}{cond}`, bits: `10111111${t16Number}0000`, feature: "v6t2", semantics: nothing }),
    t32({
      name: `${name}{cond}.w`,
      bits: `111100111010 (1111) 10 (0) 0 (0) 0000000${number}`,
      feature: "v6t2",
      semantics: nothing,
    }),
  ]
}

export const nop = [
  ...hint("nop", "0000", "0000"),
  a32({
    name: "nop{cond}",
    bits: "cond 001100100000 (1111) (0000) imm8",
    args: "hint",
    feature: "v6k",
    semantics: nothing,
  }),
  t16({ name: "nop{cond}", bits: "10111111 imm4 0000", args: "hint4", feature: "v6t2", semantics: nothing }),
  t32({
    name: "nop{cond}.w",
    bits: "111100111010 (1111) 10 (0) 0 (0) 000 imm8",
    args: "hint",
    feature: "v6t2",
    semantics: nothing,
  }),
]

export const yield_ = hint("yield", "0001", "0001")
export const sev = hint("sev", "0100", "0100")

/** DBG, which tells a debugger; it has an operand, but no 16-bit encoding. */
export const dbg = [
  a32({
    name: "dbg{cond}",
    bits: "cond 001100100000 (1111) (0000) 1111 imm4",
    args: "imm4",
    feature: "v7",
    semantics: nothing,
  }),
  t32({
    name: "dbg{cond}",
    bits: "111100111010 (1111) 10 (0) 0 (0) 000 1111 imm4",
    args: "imm4",
    feature: "v7",
    semantics: nothing,
  }),
]
