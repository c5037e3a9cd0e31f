// System registers of the ARM926EJ-S (ARM DDI 0198, chapter 2). Its tightly coupled memories have no size.

import { cp14, cp15, type RegisterTable } from "../system/cp15-table.ts"
import { V5_PSR_BITS } from "../system/psr-bits.ts"

/** L4, RR, V, I; R, S; C, A, M. */
const SCTLR_BITS = 0xf307

export const arm926: RegisterTable = {
  psrBits: V5_PSR_BITS,
  registers: [
    cp15("CTR", "c0 0 c0 1", "r---", { value: 0x01dd_20d2 }),
    cp15("TCMTR", "c0 0 c0 2", "r---"),
    cp15("TLBTR", "c0 0 c0 3", "r---"),
    cp15("MIDR", "c0 0 c0 *", "r---", { value: 0x4106_9265 }),
    ...[3, 4, 5, 6, 7].map((crm) => cp15("(reserved)", `c0 0 c${crm} *`, "r---")),
    cp15("(reserved)", "c0 1 c0 *", "r---"),
    cp15("SCTLR", "c1 0 c0 0", "rw--", { slot: "SCTLR", reset: 0x0009_0078, mask: SCTLR_BITS, write: "sctlr" }),
    cp15("TTBR0", "c2 0 c0 0", "rw--", { slot: "TTBR0", write: "ttbr0" }),
    cp15("DACR", "c3 * * *", "rw--", { slot: "DACR", write: "dacr" }),
    cp15("DFSR", "c5 0 c0 0", "rw--", { slot: "DFSR" }),
    cp15("IFSR", "c5 0 c0 1", "rw--", { slot: "IFSR" }),
    cp15("FAR", "c6 0 c0 0", "rw--", { slot: "DFAR" }),
    // Testing and cleaning the data cache: Z set says that no line is dirty
    cp15("(test and clean)", "c7 0 c10 3", "r-r-", { value: 0x4000_0000 }),
    cp15("(test, clean and invalidate)", "c7 0 c14 3", "r-r-", { value: 0x4000_0000 }),
    // Caches: memory is coherent, and code follows writes, so that there is nothing to do
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
    // Jazelle, of which there is only the register interface
    cp14("JIDR", "c0 7 c0 0", "r---"),
    cp14("JOSCR", "c1 7 c0 0", "rw--"),
    cp14("JMCR", "c2 7 c0 0", "rw--"),
  ],
  wide: [],
}
