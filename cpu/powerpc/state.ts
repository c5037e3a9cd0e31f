// PowerPC architectural state (Programming Environments Manual, MPCFPE32B, 2.1 to 2.3: the register sets of UISA, VEA
// and OEA; MPC7400 User's Manual, 7.1, for AltiVec).

import { defineState, type LazyDeclaration } from "../ir/index.ts"
import { engineRegisters } from "../isa/index.ts"

const numbered = (prefix: string, count: number) => Array.from({ length: count }, (_, n) => `${prefix}${n}`)

/** Bits of a condition register field, by number. */
export const LT = 0
export const GT = 1
export const EQ = 2
export const SO = 3

const RECIPES: readonly LazyDeclaration["recipes"][] = [
  ["i32.ltS", "i32.ltU", "i32.negative"],
  ["i32.gtS", "i32.gtU", "i32.positive"],
  ["i32.eq", "i32.zero"],
]

/** LT, GT and EQ of a field come from one comparison; SO is always a copy. */
function conditionFlag(bit: number): LazyDeclaration | undefined {
  const recipes = RECIPES[bit & 3]
  return recipes && { group: `cr${bit >> 2}`, recipes }
}

const conditionNames = numbered("cr", 8).flatMap((field) => ["lt", "gt", "eq", "so"].map((bit) => `${field}.${bit}`))

/** Everything a PowerPC CPU remembers, but for what its caches and its TLB hold. */
export const state = defineState({
  ...engineRegisters("i32"),
  GPR: { type: "i32", count: 32, names: numbered("r", 32) },
  /** The condition register, a register for each bit; number 0 is the most significant. */
  CR: { type: "i32", count: 32, bits: 1, names: conditionNames, lazy: conditionFlag },
  /** XER[CA], XER[OV], XER[SO], and the byte count of the string instructions. */
  CA: { type: "i32", bits: 1, lazy: { group: "carry", recipes: ["i32.carry", "i32.geU"] } },
  OV: { type: "i32", bits: 1 },
  XER_SO: { type: "i32", bits: 1 },
  XER_COUNT: { type: "i32", bits: 7 },
  MSR: { type: "i32", reset: 0x40 },
  /** The bits of MSR that the model implements. */
  MSR_IMPLEMENTED: { type: "i32" },
  /** Special-purpose registers by number; those with storage of their own (XER, the time base) leave their slots unused. */
  SPR: { type: "i32", count: 1024, names: numbered("spr", 1024) },
  SR: { type: "i32", count: 16, names: numbered("sr", 16) },
  /** Ticks to add to those since power-on: the time base, and the decrementer, which counts down. */
  TB_OFFSET: { type: "i64" },
  DEC_OFFSET: { type: "i32", reset: -1 },
  /** The reservation of lwarx: whether there is one, and the address of its granule. */
  RESERVED: { type: "i32", bits: 1 },
  RESERVED_ADDRESS: { type: "i32" },
  /** MSR[PR], MSR[IR] and MSR[DR] of the mixed regime that TLB level 3 is filled for (msr.ts). */
  MIXED: { type: "i32", bits: 3 },
  FPR: { type: "i64", count: 32, names: numbered("f", 32) },
  FPSCR: { type: "i32" },
  /** What FPSCR[FPRF], FPSCR[FR] and FPSCR[FI] are still to be computed from (floating-point/pending.ts). */
  FP_PENDING: { type: "i32" },
  FP_OPERAND: { type: "i64", count: 4 },
  VR: { type: "v128", count: 32, names: numbered("v", 32) },
  VSCR: { type: "i32", reset: 0x0001_0000 },
})

export const { GPR, CR, CA, OV, XER_SO, XER_COUNT, MSR, SPR, SR, FPR, FPSCR, VR, VSCR } = state.files

/** Numbers of the special-purpose registers that instructions other than mtspr and mfspr use (PEM, table 8-9). */
export const SPRN = {
  XER: 1,
  LR: 8,
  CTR: 9,
  DSISR: 18,
  DAR: 19,
  DEC: 22,
  SDR1: 25,
  SRR0: 26,
  SRR1: 27,
  VRSAVE: 256,
  TBL: 268,
  TBU: 269,
  SPRG0: 272,
  EAR: 282,
  PVR: 287,
  IBAT0U: 528,
  DBAT0U: 536,
  HID0: 1008,
  HID1: 1009,
  IABR: 1010,
  DABR: 1013,
} as const
