// The form of the table of system registers: one row a register, as chapters B3 and B4 of ARM DDI 0406C list them.

import type { reads, wide, writes } from "./cp15-effects.ts"
import type { Cp15Slot } from "./cp15-storage.ts"

/** Access that user mode has while one of these bits of a slot is set. */
type Grant = { readonly slot: Cp15Slot; readonly bits: number; readonly access: "r" | "rw" }

/** What a register holds and does. Without `slot`, `value`, `valueBy` or `read`, it reads as 0. */
export type Behaviour = {
  /** Contents of a register that never changes. */
  readonly value?: number
  /** Contents by the value of another slot; 0 for values not listed. */
  readonly valueBy?: { readonly slot: Cp15Slot; readonly values: Readonly<Record<number, number>> }
  /** Where the register is kept. */
  readonly slot?: Cp15Slot
  /** Value after reset of a register with a slot; 0 if not given. */
  readonly reset?: number
  /** Bits that can be written; all if not given. The others keep their value. */
  readonly mask?: number
  /** Effect of a read in place of its contents. */
  readonly read?: keyof typeof reads
  /** Effect of a write in place of storing; without one, a register without slot ignores writes. */
  readonly write?: keyof typeof writes
  readonly grant?: Grant
}

/** A system register of 32 bits. */
export type SystemRegister = Behaviour & {
  readonly name: string
  readonly coproc: 14 | 15
  /** CRn, opc1, CRm, opc2, as in `c1 0 c0 0`; a `*` stands for any. */
  readonly at: string
  /** Privileged read and write, user read and write, as in `rwr-`. */
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

/** A row of coprocessor 15. */
export function cp15(name: string, at: string, access: string, behaviour: Behaviour = {}): SystemRegister {
  return { name, coproc: 15, at, access, ...behaviour }
}

/** A row of coprocessor 14. */
export function cp14(name: string, at: string, access: string, behaviour: Behaviour = {}): SystemRegister {
  return { name, coproc: 14, at, access, ...behaviour }
}
