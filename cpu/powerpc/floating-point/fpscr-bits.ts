// The bits of FPSCR, and what follows from them (Programming Environments Manual, 2.1.4 and table 2-4).

/** Bit n of the manual, which counts from the most significant. */
const bit = (n: number): number => (1 << (31 - n)) | 0

/** The bits of FPSCR. */
export const FPSCR_BITS = {
  FX: bit(0),
  FEX: bit(1),
  VX: bit(2),
  OX: bit(3),
  UX: bit(4),
  ZX: bit(5),
  XX: bit(6),
  VXSNAN: bit(7),
  VXISI: bit(8),
  VXIDI: bit(9),
  VXZDZ: bit(10),
  VXIMZ: bit(11),
  VXVC: bit(12),
  FR: bit(13),
  FI: bit(14),
  VXSOFT: bit(21),
  VXSQRT: bit(22),
  VXCVI: bit(23),
  VE: bit(24),
  OE: bit(25),
  UE: bit(26),
  ZE: bit(27),
  XE: bit(28),
  NI: bit(29),
} as const

const { FX, FEX, VX, OX, UX, ZX, XX, VXSNAN, VXISI, VXIDI, VXZDZ, VXIMZ, VXVC, VXSOFT, VXSQRT, VXCVI } = FPSCR_BITS

/** The causes that VX summarises. */
export const INVALID = VXSNAN | VXISI | VXIDI | VXZDZ | VXIMZ | VXVC | VXSOFT | VXSQRT | VXCVI
/** The exception bits: their change from 0 to 1 sets FX, and mcrfs clears them. */
export const EXCEPTIONS = OX | UX | ZX | XX | INVALID
/** FEX and VX, which are always made from the others. */
export const SUMMARIES = FEX | VX
/** Bit 20 is reserved. */
export const IMPLEMENTED = ~bit(20)
/** The rounding mode, RN. */
export const RN = 3

/** FPRF: class and sign of a result. Its lower four bits, FPCC, are also what comparisons set. */
export const FPRF = { shift: 12, mask: 0x1f << 12, conditions: 0xf << 12 } as const

/** Values of FPRF. */
export const RESULT_CLASS = {
  quietNan: 0b10001,
  negativeInfinity: 0b01001,
  negativeNormal: 0b01000,
  negativeDenormal: 0b11000,
  negativeZero: 0b10010,
  positiveZero: 0b00010,
  positiveDenormal: 0b10100,
  positiveNormal: 0b00100,
  positiveInfinity: 0b00101,
} as const

/** FPCC after a comparison, and the field of CR that it is copied to. */
export const COMPARED = { less: 8, greater: 4, equal: 2, unordered: 1 } as const

/** FPSCR with its summaries made anew. */
export function summarise(fpscr: number): number {
  const vx = (fpscr & INVALID) !== 0 ? VX : 0
  const rest = (fpscr & ~SUMMARIES) | vx
  // VX, OX, UX, ZX and XX have their enable bits 22 bits below.
  return (rest >>> 22) & rest & 0xf8 ? rest | FEX : rest
}

/** FPSCR after exceptions: sticky bits set, FX where one of them is new, and the summaries. */
export function withExceptions(fpscr: number, exceptions: number): number {
  const isNew = (exceptions & ~fpscr) !== 0
  return summarise(fpscr | exceptions | (isNew ? FX : 0))
}
