// Masks of the program status registers (ARM DDI 0406C, B1.3.3).

/** Execution state: J, IT and T. An MRS reads them as 0, an MSR leaves them alone. */
export const EXECUTION_STATE = 0x0700_fc20

/** What an MSR may write in user mode: the flags, GE and E. */
export const USER_BITS = 0xf80f_0200 | 0

/** What an ARMv5TEJ status register has: no GE, IT, E and A. */
export const V5_PSR_BITS = 0xf900_00ff | 0

/** Bits that the status registers of ARMv7 have: 23 to 20 are reserved and read as zero. */
export const V7_PSR_BITS = 0xff0f_ffff | 0
