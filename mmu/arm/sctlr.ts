// Bits of SCTLR, the System Control Register (ARM DDI 0406C, B4.1.130; of CPUs before ARMv7, ARM DDI 0100I, B3.4).

/** MMU enable. */
export const SCTLR_M = 1 << 0
/** Alignment check enable. */
export const SCTLR_A = 1 << 1
/** Data and unified cache enable. */
export const SCTLR_C = 1 << 2
/** System protection, before ARMv7. */
export const SCTLR_S = 1 << 8
/** ROM protection, before ARMv7. */
export const SCTLR_R = 1 << 9
/** SWP and SWPB enable. */
export const SCTLR_SW = 1 << 10
/** Branch prediction enable. */
export const SCTLR_Z = 1 << 11
/** Instruction cache enable. */
export const SCTLR_I = 1 << 12
/** Exception vectors at 0xffff0000. */
export const SCTLR_V = 1 << 13
/** Round robin replacement of cache lines. */
export const SCTLR_RR = 1 << 14
/** Loads to the PC leave the T bit alone, as in ARMv4 (L4). */
export const SCTLR_L4 = 1 << 15
/** Write permission implies XN (Virtualization Extensions). */
export const SCTLR_WXN = 1 << 19
/** Unprivileged write permission implies PXN (Virtualization Extensions). */
export const SCTLR_UWXN = 1 << 20
/** Interrupt vectors enable. */
export const SCTLR_VE = 1 << 24
/** Exception endianness: CPSR.E on exception entry, and the byte order of translation tables. */
export const SCTLR_EE = 1 << 25
/** TEX remap enable. */
export const SCTLR_TRE = 1 << 28
/** Access flag enable. */
export const SCTLR_AFE = 1 << 29
/** Thumb exception enable: exceptions are taken in Thumb state. */
export const SCTLR_TE = 1 << 30

/** All bits of SCTLR that accesses to memory depend on. The others leave translations as they are. */
export const SCTLR_MEMORY =
  SCTLR_M | SCTLR_A | SCTLR_S | SCTLR_R | SCTLR_WXN | SCTLR_UWXN | SCTLR_EE | SCTLR_TRE | SCTLR_AFE
