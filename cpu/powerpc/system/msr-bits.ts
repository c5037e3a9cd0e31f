// The machine state register (Programming Environments Manual, 2.3.1; MPC750UM, 2.1.2.2; MPC7400UM, 2.1.3.2 for VEC).

/** The bits of MSR. */
export const MSR_BITS = {
  VEC: 0x0200_0000,
  POW: 0x0004_0000,
  ILE: 0x0001_0000,
  EE: 0x8000,
  PR: 0x4000,
  FP: 0x2000,
  ME: 0x1000,
  FE0: 0x0800,
  SE: 0x0400,
  BE: 0x0200,
  FE1: 0x0100,
  IP: 0x0040,
  IR: 0x0020,
  DR: 0x0010,
  PM: 0x0004,
  RI: 0x0002,
  LE: 0x0001,
} as const

/** The bits that SRR1 keeps of MSR, and that rfi restores: bits 0, 5 to 9 and 16 to 31 (PEM, table 6-6). */
export const SAVED_BITS = 0x87c0_ffff | 0

/** What SRR1 says beside MSR: why an instruction access failed (6.4.4), why a program exception was taken (6.4.7). */
export const SRR1 = {
  notFound: 0x4000_0000,
  noExecute: 0x1000_0000,
  protection: 0x0800_0000,
  floatingPoint: 0x0010_0000,
  illegal: 0x0008_0000,
  privileged: 0x0004_0000,
  trap: 0x0002_0000,
  /** SRR0 is the address of the instruction after the one that caused the exception. */
  next: 0x0001_0000,
} as const

/** What DSISR says of a data access that failed (6.4.3). */
export const DSISR = {
  notFound: 0x4000_0000,
  protection: 0x0800_0000,
  /** An access by lwarx, stwcx., eciwx or ecowx, or of floating point, to a direct-store segment. */
  reserving: 0x0400_0000,
  store: 0x0200_0000,
  breakpoint: 0x0040_0000,
  /** eciwx or ecowx while EAR[E] is 0. */
  externalDisabled: 0x0010_0000,
} as const
