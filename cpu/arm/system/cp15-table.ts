// The form of the table of system registers: one row a register, as chapters B3 and B4 of ARM DDI 0406C list them.

import type { reads, wide, writes } from "./cp15-effects.ts"
import type { Cp15Slot } from "./cp15-storage.ts"

/** What user mode may do while one of these bits of a slot is set. */
type Grant = { readonly slot: Cp15Slot; readonly bits: number; readonly access: "r" | "rw" }

/** What a row says beyond name, place and access. Without `slot`, `value` or `read`, the register reads as 0. */
export type Behaviour = {
  /** Contents of a register that never changes. */
  readonly value?: number
  /** Where the register is kept. */
  readonly slot?: Cp15Slot
  /** Value after reset of a register with a slot; 0 if not given. */
  readonly reset?: number
  /** Bits that can be written; all if not given. The others keep their value. */
  readonly mask?: number
  readonly read?: keyof typeof reads
  /** What a write does in place of storing; a register without slot ignores writes if not given. */
  readonly write?: keyof typeof writes
  readonly grant?: Grant
}

/** A system register of 32 bits. */
export type SystemRegister = Behaviour & {
  readonly name: string
  readonly coproc: 14 | 15
  /** CRn, opc1, CRm, opc2, as in `c1 0 c0 0`; a `*` stands for any. */
  readonly at: string
  /** What may be done: privileged read and write, user read and write, as in `rwr-`. */
  readonly access: string
}

/** A system register of 64 bits. */
export type WideRegister = {
  readonly name: string
  readonly coproc: 14 | 15
  /** opc1 and CRm, as in `0 c2`. */
  readonly at: string
  readonly access: string
  readonly contents: keyof typeof wide
  readonly grant?: Grant
}

/** The system registers of a CPU model; of rows that fit a number the first counts. */
export type RegisterTable = {
  readonly registers: readonly SystemRegister[]
  readonly wide: readonly WideRegister[]
  /** Bits that its CPSR has. */
  readonly psrBits: number
}

/** A row of coprocessor 15. */
export function cp15(name: string, at: string, access: string, behaviour: Behaviour = {}): SystemRegister {
  return { name, coproc: 15, at, access, ...behaviour }
}

/** A row of coprocessor 14. */
export function cp14(name: string, at: string, access: string, behaviour: Behaviour = {}): SystemRegister {
  return { name, coproc: 14, at, access, ...behaviour }
}

/** Rows that differ by a number, which replaces `#` in name and place. */
export function numbered(count: number, row: (n: number) => SystemRegister): SystemRegister[] {
  return Array.from({ length: count }, (_, n) => row(n))
}
