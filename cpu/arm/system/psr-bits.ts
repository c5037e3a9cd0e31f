// Layout of the program status registers, CPSR and SPSR (ARM DDI 0406C, B1.3.3).

import type { RegisterFile } from "../../ir/index.ts"
import { C, N, Q, state, V, Z } from "../state.ts"

const { E, A, I, F } = state.files

/** Positions of the fields of one bit. */
export const PSR_BIT = { N: 31, Z: 30, C: 29, V: 28, Q: 27, E: 9, A: 8, I: 7, F: 6, T: 5 } as const

/** Position of GE<3:0>. */
export const PSR_GE = 16

/** Mask of M<4:0>, the processor mode. */
export const PSR_MODE = 0x1f

/** The fields of one bit that have a register file of their own: all but T, which is the ISA register. */
export const PSR_FLAGS: readonly (readonly [file: RegisterFile, bit: number])[] = [
  [N, PSR_BIT.N],
  [Z, PSR_BIT.Z],
  [C, PSR_BIT.C],
  [V, PSR_BIT.V],
  [Q, PSR_BIT.Q],
  [E, PSR_BIT.E],
  [A, PSR_BIT.A],
  [I, PSR_BIT.I],
  [F, PSR_BIT.F],
]

/** Execution state: J, IT and T. MRS reads them as 0, and MSR does not write them. */
export const EXECUTION_STATE = 0x0700_fc20

/** Bits that MSR may write in user mode: the flags, GE and E. */
export const USER_BITS = 0xf80f_0200 | 0

/** Bits that the status registers of ARMv5TEJ have: no GE, IT, E and A. */
export const V5_PSR_BITS = 0xf900_00ff | 0

/** Bits that the status registers of ARMv7 have: 23 to 20 are reserved and read as zero. */
export const V7_PSR_BITS = 0xff0f_ffff | 0
