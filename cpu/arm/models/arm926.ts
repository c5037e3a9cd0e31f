// The ARM926EJ-S, an ARMv5TEJ CPU (ARM DDI 0198; chapter 2 for its system registers). Its tightly coupled memories have
// no size.

import {
  SCTLR_A,
  SCTLR_C,
  SCTLR_I,
  SCTLR_L4,
  SCTLR_M,
  SCTLR_R,
  SCTLR_RR,
  SCTLR_S,
  SCTLR_V,
} from "../../../mmu/arm/sctlr.ts"
import { cp14, cp15 } from "../system/cp15-table.ts"
import { V5_PSR_BITS } from "../system/psr-bits.ts"
import { defineModel } from "./model.ts"
import { jazelle } from "./register-groups.ts"

const SCTLR_WRITABLE = SCTLR_L4 | SCTLR_RR | SCTLR_V | SCTLR_I | SCTLR_R | SCTLR_S | SCTLR_C | SCTLR_A | SCTLR_M

/** The ARM926EJ-S. */
export const arm926 = defineModel({
  name: "arm926",
  features: ["pre7"],
  psrBits: V5_PSR_BITS,
  rotatesMisalignedWords: true,
  mmu: { format: "v5", long: false, pxn: false, largePhysical: false, writeImpliesNeverExecute: false },
  registers: [
    cp15("CTR", "c0 0 c0 1", "r---", { value: 0x01dd_20d2 }),
    cp15("TCMTR", "c0 0 c0 2", "r---"),
    cp15("TLBTR", "c0 0 c0 3", "r---"),
    cp15("MIDR", "c0 0 c0 *", "r---", { value: 0x4106_9265 }),
    ...[3, 4, 5, 6, 7].map((crm) => cp15("(reserved)", `c0 0 c${crm} *`, "r---")),
    cp15("(reserved)", "c0 1 c0 *", "r---"),
    cp15("SCTLR", "c1 0 c0 0", "rw--", { slot: "SCTLR", reset: 0x0009_0078, mask: SCTLR_WRITABLE, write: "sctlr" }),
    cp15("TTBR0", "c2 0 c0 0", "rw--", { slot: "TTBR0", write: "ttbr0" }),
    cp15("DACR", "c3 * * *", "rw--", { slot: "DACR", write: "dacr" }),
    cp15("DFSR", "c5 0 c0 0", "rw--", { slot: "DFSR" }),
    cp15("IFSR", "c5 0 c0 1", "rw--", { slot: "IFSR" }),
    cp15("FAR", "c6 0 c0 0", "rw--", { slot: "DFAR" }),
    // Test and clean the data cache: Z set says that no line is dirty
    cp15("(test and clean)", "c7 0 c10 3", "r-r-", { value: 0x4000_0000 }),
    cp15("(test, clean and invalidate)", "c7 0 c14 3", "r-r-", { value: 0x4000_0000 }),
    // Cache maintenance does nothing: memory is coherent, and writes reach code at once
    cp15("(cache maintenance)", "c7 0 * *", "-w--"),
    cp15("(invalidate TLB entry)", "c8 * * 1", "-w--", { write: "invalidateVaAllAsid" }),
    cp15("(invalidate TLB)", "c8 * * *", "-w--", { write: "invalidateAll" }),
    cp15("DCLOCKDOWN", "c9 0 c0 0", "rw--", { slot: "DCLOCKDOWN" }),
    cp15("ICLOCKDOWN", "c9 0 c0 1", "rw--", { slot: "ICLOCKDOWN" }),
    cp15("DTCMRR", "c9 0 c1 0", "rw--"),
    cp15("ITCMRR", "c9 0 c1 1", "rw--"),
    cp15("(TLB lockdown)", "c10 * * *", "rw--"),
    cp15("FCSEIDR", "c13 0 c0 0", "rw--", { slot: "FCSEIDR", mask: 0xfe00_0000, write: "fcseidr" }),
    cp15("CONTEXTIDR", "c13 0 c0 1", "rw--", { slot: "CONTEXTIDR" }),
    cp15("(implementation defined)", "c15 * * *", "rw--"),
    cp14("DBGDIDR", "c0 0 c0 0", "r-r-"),
    ...jazelle,
  ],
  wideRegisters: [],
})
