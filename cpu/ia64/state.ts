// IA-64 architectural state (Itanium Architecture Software Developer's Manual, volume 1, chapter 3 Execution
// Environment; volume 2, chapter 6 Register Stack Engine).

import { defineState } from "../ir/index.ts"
import { engineRegisters } from "../isa/index.ts"

const numbered = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}${i}`)

const arNames = numbered("ar", 128)
for (let i = 0; i < 8; i++) arNames[i] = `ar.k${i}`
const namedAr = {
  rsc: 16,
  bsp: 17,
  bspstore: 18,
  rnat: 19,
  fcr: 21,
  eflag: 24,
  csd: 25,
  ssd: 26,
  cflg: 27,
  fsr: 28,
  fir: 29,
  fdr: 30,
  ccv: 32,
  unat: 36,
  fpsr: 40,
  itc: 44,
  ruc: 45,
  pfs: 64,
  lc: 65,
  ec: 66,
} as const
for (const [name, number] of Object.entries(namedAr)) arNames[number] = `ar.${name}`

/** Application registers by number, as the manual and binutils spell them. */
export const applicationNames: readonly string[] = arNames

/** Numbers of the application registers that instructions name. */
export const AR_NUMBER = namedAr

/** Registers that the register stack holds physically. */
export const STACKED = 96

/** Everything an IA-64 CPU remembers, but for what its control registers hold. */
export const state = defineState({
  ...engineRegisters("i64"),
  /**
   * General registers: r0 to r31 in their places, then the physical registers of the register stack, a ring in which
   * the frame starts at BOF (`gr` in registers.ts maps r32 and up).
   */
  GR: { type: "i64", count: 128, names: numbered("gr", 128) },
  /** The NaT bit of each. */
  GRNAT: { type: "i32", count: 128, bits: 1, names: numbered("nat", 128) },
  /** Floating-point registers, physical (`fr` maps the rotating ones): significand, and sign (bit 17) over exponent. */
  FR_SIG: { type: "i64", count: 128, names: numbered("sig", 128), resets: { 1: -(1n << 63n) } },
  FR_EXP: { type: "i32", count: 128, bits: 18, names: numbered("exp", 128), resets: { 1: 0xffff } },
  /** Predicates, physical. The place of p0 takes the writes that the manual ignores: reading p0 is `pr`'s affair. */
  PR: { type: "i32", count: 64, bits: 1, names: numbered("pr", 64) },
  BR: { type: "i64", count: 8, names: numbered("b", 8) },
  AR: { type: "i64", count: 128, names: arNames, resets: { [namedAr.fpsr]: 0x9804c0270033fn } },
  /** Current frame marker: frame, locals, rotating registers (a number of registers, eight times CFM.sor), rename bases. */
  SOF: { type: "i32", bits: 7 },
  SOL: { type: "i32", bits: 7 },
  SOR: { type: "i32", bits: 7, home: "local" },
  RRB_GR: { type: "i32", bits: 7, home: "local" },
  RRB_FR: { type: "i32", bits: 7, home: "local" },
  RRB_PR: { type: "i32", bits: 6, home: "local" },
  /** Bottom of frame: place of r32 in the ring, 0 to 95. */
  BOF: { type: "i32", bits: 7, home: "local" },
  /** Stacked registers below the frame whose values are not yet in the backing store. */
  DIRTY: { type: "i32", bits: 7 },
  /** PSR.cpl. */
  CPL: { type: "i32", bits: 2 },
})

export const { GR, GRNAT, FR_SIG, FR_EXP, PR, BR, AR, SOF, SOL, SOR, RRB_GR, RRB_FR, RRB_PR, BOF, DIRTY, CPL } =
  state.files
