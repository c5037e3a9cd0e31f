// ARM architectural state (ARM DDI 0406C, B1.3 ARM processor modes and ARM core registers; A2.6 for VFP).

import { defineState } from "../ir/index.ts"
import { engineRegisters } from "../isa/index.ts"
import { cp15Names } from "./system/cp15-storage.ts"

const coreNames = [...Array.from({ length: 13 }, (_, i) => `r${i}`), "sp", "lr", "pc"]

/** Everything an ARM CPU remembers, but for its timers. */
export const state = defineState({
  ...engineRegisters("i32"),
  /** The core registers of the current mode. The last slot is scratch: the program counter is PC. */
  GPR: { type: "i32", count: 16, names: coreNames },
  N: { type: "i32", bits: 1, home: "local", lazy: { group: "result", recipes: ["i32.negative"] } },
  Z: { type: "i32", bits: 1, home: "local", lazy: { group: "result", recipes: ["i32.zero"] } },
  C: { type: "i32", bits: 1, home: "local", lazy: { group: "operands", recipes: ["i32.geU", "i32.carry"] } },
  V: {
    type: "i32",
    bits: 1,
    home: "local",
    lazy: { group: "operands", recipes: ["i32.subOverflow", "i32.addOverflow"] },
  },
  /** CPSR.Q, GE<3:0>, E, A, I, F, M<4:0>. CPSR.T is the ISA register, CPSR.IT the CONTEXT register. */
  Q: { type: "i32", bits: 1 },
  GE: { type: "i32", bits: 4 },
  E: { type: "i32", bits: 1 },
  A: { type: "i32", bits: 1, reset: 1 },
  I: { type: "i32", bits: 1, reset: 1 },
  F: { type: "i32", bits: 1, reset: 1 },
  MODE: { type: "i32", bits: 5, reset: 0x13 },
  /** Bits that CPSR and SPSR have on this CPU: ARMv5 lacks some. */
  PSR_BITS: { type: "i32", reset: -1 },
  /** Registers of the modes that are not current, by bank (`bankOf`): usr/sys, svc, abt, und, irq, fiq, mon, hyp. */
  SP_BANK: { type: "i32", count: 8 },
  LR_BANK: { type: "i32", count: 8 },
  SPSR_BANK: { type: "i32", count: 8 },
  /** r8-r12 of user mode while in FIQ mode, of FIQ mode otherwise (slots 0-4). */
  HIGH_BANK: { type: "i32", count: 8 },
  /** D registers, and the same storage as S registers (S2n is the low half of Dn; 32-63 have no S name). */
  D: { type: "i64", count: 32, names: Array.from({ length: 32 }, (_, i) => `d${i}`) },
  S: { type: "i32", count: 64, overlays: "D", names: Array.from({ length: 64 }, (_, i) => `s${i}`) },
  /** The same storage as quadwords: Qn is D2n and D2n+1. */
  QUAD: { type: "v128", count: 16, overlays: "D", names: Array.from({ length: 16 }, (_, i) => `q${i}`) },
  /** FPSCR without its condition flags, which are FPN to FPV. */
  FPSCR: { type: "i32" },
  FPN: { type: "i32", bits: 1 },
  FPZ: { type: "i32", bits: 1 },
  FPC: { type: "i32", bits: 1 },
  FPV: { type: "i32", bits: 1 },
  FPEXC: { type: "i32" },
  /** Who may use VFP, by CPACR and FPEXC (`vfpAccess`), and whether FPSCR allows the fast paths (`isFastFpscr`). */
  VFP_ACCESS: { type: "i32", bits: 3 },
  FP_FAST: { type: "i32", bits: 1 },
  /** Local exclusive monitor: whether it is armed, and the tagged virtual address. */
  EXCLUSIVE: { type: "i32", bits: 1 },
  EXCLUSIVE_ADDRESS: { type: "i32" },
  /** What system registers hold, in the slots of cp15-storage.ts. */
  CP15: { type: "i32", count: cp15Names.length, names: cp15Names },
})

export const { GPR, N, Z, C, V, Q, GE, MODE, D, S, QUAD } = state.files

/** Processor modes, CPSR.M<4:0> (table B1-1). */
export const MODES = {
  usr: 0x10,
  fiq: 0x11,
  irq: 0x12,
  svc: 0x13,
  mon: 0x16,
  abt: 0x17,
  hyp: 0x1a,
  und: 0x1b,
  sys: 0x1f,
} as const

export { coreNames }
