// How core registers are written: r0 to r12, sp, lr and pc, and their other names (ARM DDI 0406C, A2.3).

import { registerText } from "../../isa/index.ts"
import { coreNames } from "../state.ts"

const nowhere = { address: 0, length: 0 }

/** A core register, by any of its names. */
export const coreRegister = registerText(coreNames, { r13: 13, r14: 14, r15: 15, ip: 12, fp: 11, sl: 10, sb: 9 })

/** One of r0 to r7. */
export const lowRegister = registerText(coreNames.slice(0, 8))

/** The name that disassemblers print. */
export const registerName = (register: number): string => coreRegister.print(register, nowhere)

/** The number of a register; undefined if the text names none. */
export const registerNumber = (name: string): number | undefined =>
  coreRegister.parse(name.trim(), nowhere, () => undefined)
