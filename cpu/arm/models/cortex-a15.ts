// The Cortex-A15 without Security and Virtualization Extensions (ARM DDI 0438, chapter 4; ARM DDI 0406C, B3.17).

import {
  SCTLR_A,
  SCTLR_AFE,
  SCTLR_C,
  SCTLR_EE,
  SCTLR_I,
  SCTLR_M,
  SCTLR_SW,
  SCTLR_TE,
  SCTLR_TRE,
  SCTLR_UWXN,
  SCTLR_V,
  SCTLR_VE,
  SCTLR_WXN,
  SCTLR_Z,
} from "../../../mmu/arm/sctlr.ts"
import { cp15 } from "../system/cp15-table.ts"
import { V7_PSR_BITS } from "../system/psr-bits.ts"
import { defineModel } from "./model.ts"
import {
  debugRegisters,
  genericTimer,
  jazelle,
  performanceMonitors,
  thumbEe,
  virtualMemory,
  wideDebugRegisters,
  wideGenericTimer,
  wideVirtualMemory,
} from "./register-groups.ts"

const SCTLR_WRITABLE =
  SCTLR_M |
  SCTLR_A |
  SCTLR_WXN |
  SCTLR_UWXN |
  SCTLR_EE |
  SCTLR_TRE |
  SCTLR_AFE |
  SCTLR_C |
  SCTLR_SW |
  SCTLR_Z |
  SCTLR_I |
  SCTLR_V |
  SCTLR_VE |
  SCTLR_TE

/** CCSIDR by CSSELR: L1 data cache (32 KiB), L1 instruction cache (32 KiB), L2 cache (4 MiB). */
const CACHE_SIZES = { 0: 0x701f_e00a, 1: 0x201f_e00a, 2: 0x711f_e07a } as const

/** The Cortex-A15. */
export const cortexA15 = defineModel({
  name: "cortex-a15",
  features: ["v6", "v6k", "v6t2", "v7", "div", "vfp", "vfp4", "neon", "timer"],
  psrBits: V7_PSR_BITS,
  rotatesMisalignedWords: false,
  mmu: { format: "v7", long: true, pxn: true, largePhysical: true, writeImpliesNeverExecute: true },
  registers: [
    // Identification
    cp15("MIDR", "c0 0 c0 0", "r---", { value: 0x414f_c0f0 }),
    cp15("CTR", "c0 0 c0 1", "r---", { value: 0x8444_c004 }),
    cp15("TCMTR", "c0 0 c0 2", "r---"),
    cp15("TLBTR", "c0 0 c0 3", "r---"),
    cp15("MPIDR", "c0 0 c0 5", "r---", { read: "multiprocessorAffinity" }),
    cp15("REVIDR", "c0 0 c0 6", "r---", { value: 0x414f_c0f0 }),
    cp15("MIDR", "c0 0 c0 *", "r---", { value: 0x414f_c0f0 }),
    cp15("ID_PFR0", "c0 0 c1 0", "r---", { value: 0x0000_1131 }),
    cp15("ID_PFR1", "c0 0 c1 1", "r---", { value: 0x0001_0001 }),
    cp15("ID_DFR0", "c0 0 c1 2", "r---", { value: 0x0201_0505 }),
    cp15("ID_AFR0", "c0 0 c1 3", "r---"),
    cp15("ID_MMFR0", "c0 0 c1 4", "r---", { value: 0x1020_1105 }),
    cp15("ID_MMFR1", "c0 0 c1 5", "r---", { value: 0x2000_0000 }),
    cp15("ID_MMFR2", "c0 0 c1 6", "r---", { value: 0x0124_0000 }),
    cp15("ID_MMFR3", "c0 0 c1 7", "r---", { value: 0x0210_2211 }),
    cp15("ID_ISAR0", "c0 0 c2 0", "r---", { value: 0x0210_1110 }),
    cp15("ID_ISAR1", "c0 0 c2 1", "r---", { value: 0x1311_2111 }),
    cp15("ID_ISAR2", "c0 0 c2 2", "r---", { value: 0x2123_2041 }),
    cp15("ID_ISAR3", "c0 0 c2 3", "r---", { value: 0x1111_2131 }),
    cp15("ID_ISAR4", "c0 0 c2 4", "r---", { value: 0x1001_1142 }),
    cp15("ID_ISAR5", "c0 0 c2 5", "r---"),
    ...[2, 3, 4, 5, 6, 7].map((crm) => cp15("(reserved)", `c0 0 c${crm} *`, "r---")),
    cp15("CCSIDR", "c0 1 c0 0", "r---", { valueBy: { slot: "CSSELR", values: CACHE_SIZES } }),
    cp15("CLIDR", "c0 1 c0 1", "r---", { value: 0x0a20_0023 }),
    cp15("AIDR", "c0 1 c0 7", "r---"),
    cp15("CSSELR", "c0 2 c0 0", "rw--", { slot: "CSSELR", mask: 0xf }),
    // Control
    cp15("SCTLR", "c1 0 c0 0", "rw--", { slot: "SCTLR", reset: 0x00c5_0078, mask: SCTLR_WRITABLE, write: "sctlr" }),
    cp15("ACTLR", "c1 0 c0 1", "rw--"),
    // ASEDIS and D32DIS can be written but, as in QEMU, disable nothing
    cp15("CPACR", "c1 0 c0 2", "rw--", { slot: "CPACR", mask: 0xc0f0_0000, write: "cpacr" }),
    ...virtualMemory,
    ...performanceMonitors({ pmcr: 0x410f_3000 }),
    cp15("L2CTLR", "c9 1 c0 2", "rw--", { read: "l2Control" }),
    cp15("L2ECTLR", "c9 1 c0 3", "rw--"),
    cp15("AMAIR0", "c10 0 c3 0", "rw--"),
    cp15("AMAIR1", "c10 0 c3 1", "rw--"),
    ...[0, 1, 4, 8].map((crm) => cp15("(TLB lockdown)", `c10 * c${crm} *`, "rw--")),
    ...genericTimer,
    // Implementation defined
    cp15("CBAR", "c15 4 c0 0", "r---", { read: "configurationBase" }),
    cp15("(implementation defined)", "c15 * * *", "rw--"),
    ...debugRegisters,
    ...thumbEe,
    ...jazelle,
  ],
  wideRegisters: [...wideVirtualMemory, ...wideGenericTimer, ...wideDebugRegisters],
})
