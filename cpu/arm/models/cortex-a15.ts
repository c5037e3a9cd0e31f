// System registers of the Cortex-A15 without Security and Virtualization Extensions (ARM DDI 0438, chapter 4; ARM DDI
// 0406C, B3.17; C11 and C12 for debug and performance monitors).

import { cp14, cp15, numbered, type RegisterTable } from "../system/cp15-table.ts"
import { V7_PSR_BITS } from "../system/psr-bits.ts"

const performance = { slot: "PMUSERENR", bits: 1, access: "rw" } as const
const physicalTimer = { slot: "CNTKCTL", bits: 1 << 9, access: "rw" } as const
const virtualTimer = { slot: "CNTKCTL", bits: 1 << 8, access: "rw" } as const
const COUNTERS = 0x8000_003f

const eventCounts = ["PMEVCNTR0", "PMEVCNTR1", "PMEVCNTR2", "PMEVCNTR3", "PMEVCNTR4", "PMEVCNTR5"] as const
const eventTypes = ["PMEVTYPER0", "PMEVTYPER1", "PMEVTYPER2", "PMEVTYPER3", "PMEVTYPER4", "PMEVTYPER5"] as const
const breakpointValues = ["DBGBVR0", "DBGBVR1", "DBGBVR2", "DBGBVR3", "DBGBVR4", "DBGBVR5"] as const
const breakpointControls = ["DBGBCR0", "DBGBCR1", "DBGBCR2", "DBGBCR3", "DBGBCR4", "DBGBCR5"] as const
const watchpointValues = ["DBGWVR0", "DBGWVR1", "DBGWVR2", "DBGWVR3"] as const
const watchpointControls = ["DBGWCR0", "DBGWCR1", "DBGWCR2", "DBGWCR3"] as const

/** V, I, Z, C, A, M; WXN, UWXN; EE, VE; TRE, AFE, TE; SW. */
const SCTLR_BITS = 0x7318_3c07

export const cortexA15: RegisterTable = {
  psrBits: V7_PSR_BITS,
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
    cp15("CCSIDR", "c0 1 c0 0", "r---", { read: "cacheSize" }),
    cp15("CLIDR", "c0 1 c0 1", "r---", { value: 0x0a20_0023 }),
    cp15("AIDR", "c0 1 c0 7", "r---"),
    cp15("CSSELR", "c0 2 c0 0", "rw--", { slot: "CSSELR", mask: 0xf }),
    // Control
    cp15("SCTLR", "c1 0 c0 0", "rw--", { slot: "SCTLR", reset: 0x00c5_0078, mask: SCTLR_BITS, write: "sctlr" }),
    cp15("ACTLR", "c1 0 c0 1", "rw--"),
    // ASEDIS and D32DIS are kept but, as in QEMU, disable nothing
    cp15("CPACR", "c1 0 c0 2", "rw--", { slot: "CPACR", mask: 0xc0f0_0000, write: "cpacr" }),
    // Translation
    cp15("TTBR0", "c2 0 c0 0", "rw--", { slot: "TTBR0", write: "ttbr0" }),
    cp15("TTBR1", "c2 0 c0 1", "rw--", { slot: "TTBR1", write: "ttbr1" }),
    cp15("TTBCR", "c2 0 c0 2", "rw--", { slot: "TTBCR", write: "ttbcr" }),
    cp15("DACR", "c3 * * *", "rw--", { slot: "DACR", write: "dacr" }),
    // Faults
    cp15("DFSR", "c5 0 c0 0", "rw--", { slot: "DFSR" }),
    cp15("IFSR", "c5 0 c0 1", "rw--", { slot: "IFSR" }),
    cp15("ADFSR", "c5 0 c1 0", "rw--"),
    cp15("AIFSR", "c5 0 c1 1", "rw--"),
    cp15("DFAR", "c6 0 c0 0", "rw--", { slot: "DFAR" }),
    cp15("(reserved)", "c6 0 c0 1", "rw--"),
    cp15("IFAR", "c6 0 c0 2", "rw--", { slot: "IFAR" }),
    // Caches and barriers: memory is coherent, and code follows writes, so that there is nothing to do
    cp15("PAR", "c7 0 c4 0", "rw--", { slot: "PAR" }),
    cp15("CP15ISB", "c7 0 c5 4", "-w-w"),
    cp15("CP15DSB", "c7 0 c10 4", "-w-w"),
    cp15("CP15DMB", "c7 0 c10 5", "-w-w"),
    cp15("ATS1CPR", "c7 0 c8 0", "-w--", { write: "translatePrivilegedRead" }),
    cp15("ATS1CPW", "c7 0 c8 1", "-w--", { write: "translatePrivilegedWrite" }),
    cp15("ATS1CUR", "c7 0 c8 2", "-w--", { write: "translateUserRead" }),
    cp15("ATS1CUW", "c7 0 c8 3", "-w--", { write: "translateUserWrite" }),
    ...[0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15].map((crm) =>
      cp15("(cache maintenance)", `c7 0 c${crm} *`, "-w--"),
    ),
    // TLB maintenance: inner shareable, instruction, data, unified
    ...[3, 5, 6, 7].flatMap((crm) => [
      cp15("TLBIALL", `c8 0 c${crm} 0`, "-w--", { write: "invalidateAll" }),
      cp15("TLBIMVA", `c8 0 c${crm} 1`, "-w--", { write: "invalidateVa" }),
      cp15("TLBIASID", `c8 0 c${crm} 2`, "-w--", { write: "invalidateAsid" }),
    ]),
    cp15("TLBIMVAAIS", "c8 0 c3 3", "-w--", { write: "invalidateVaAllAsid" }),
    cp15("TLBIMVAA", "c8 0 c7 3", "-w--", { write: "invalidateVaAllAsid" }),
    // Performance monitors: the cycle counter counts, events do not happen
    cp15("PMCR", "c9 0 c12 0", "rw--", {
      slot: "PMCR",
      reset: 0x410f_3000,
      write: "performanceControl",
      grant: performance,
    }),
    cp15("PMCNTENSET", "c9 0 c12 1", "rw--", {
      slot: "PMCNTEN",
      mask: COUNTERS,
      write: "enableCounters",
      grant: performance,
    }),
    cp15("PMCNTENCLR", "c9 0 c12 2", "rw--", {
      slot: "PMCNTEN",
      mask: COUNTERS,
      write: "disableCounters",
      grant: performance,
    }),
    cp15("PMOVSR", "c9 0 c12 3", "rw--", {
      slot: "PMOVSR",
      mask: COUNTERS,
      write: "clearOverflow",
      grant: performance,
    }),
    cp15("PMSWINC", "c9 0 c12 4", "-w--", { grant: performance }),
    cp15("PMSELR", "c9 0 c12 5", "rw--", { slot: "PMSELR", mask: 0x1f, grant: performance }),
    cp15("PMCCNTR", "c9 0 c13 0", "rw--", { read: "cycleCount", write: "cycleCount", grant: performance }),
    cp15("PMXEVTYPER", "c9 0 c13 1", "rw--", { read: "selectedType", write: "selectedType", grant: performance }),
    cp15("PMXEVCNTR", "c9 0 c13 2", "rw--", { read: "selectedCount", write: "selectedCount", grant: performance }),
    cp15("PMUSERENR", "c9 0 c14 0", "rwr-", { slot: "PMUSERENR", mask: 1 }),
    cp15("PMINTENSET", "c9 0 c14 1", "rw--", { slot: "PMINTEN", mask: COUNTERS, write: "enableOverflow" }),
    cp15("PMINTENCLR", "c9 0 c14 2", "rw--", { slot: "PMINTEN", mask: COUNTERS, write: "disableOverflow" }),
    cp15("PMOVSSET", "c9 0 c14 3", "rw--", {
      slot: "PMOVSR",
      mask: COUNTERS,
      write: "setOverflow",
      grant: performance,
    }),
    ...numbered(6, (n) => cp15(`PMEVCNTR${n}`, `c14 0 c8 ${n}`, "rw--", { slot: eventCounts[n]!, grant: performance })),
    ...numbered(6, (n) =>
      cp15(`PMEVTYPER${n}`, `c14 0 c12 ${n}`, "rw--", { slot: eventTypes[n]!, mask: 0xfe00_ffff, grant: performance }),
    ),
    cp15("PMCCFILTR", "c14 0 c15 7", "rw--", { slot: "PMCCFILTR", mask: 0xf800_0000, grant: performance }),
    cp15("L2CTLR", "c9 1 c0 2", "rw--", { read: "l2Control" }),
    cp15("L2ECTLR", "c9 1 c0 3", "rw--"),
    // Memory attributes; MAIR0 and MAIR1 are called PRRR and NMRR with short descriptors
    cp15("MAIR0", "c10 0 c2 0", "rw--", { slot: "MAIR0", write: "mair0" }),
    cp15("MAIR1", "c10 0 c2 1", "rw--", { slot: "MAIR1", write: "mair1" }),
    cp15("AMAIR0", "c10 0 c3 0", "rw--"),
    cp15("AMAIR1", "c10 0 c3 1", "rw--"),
    ...[0, 1, 4, 8].map((crm) => cp15("(TLB lockdown)", `c10 * c${crm} *`, "rw--")),
    // Vectors, processes and threads
    cp15("VBAR", "c12 0 c0 0", "rw--", { slot: "VBAR", mask: ~0x1f }),
    cp15("ISR", "c12 0 c1 0", "r---", { read: "pendingInterrupts" }),
    cp15("FCSEIDR", "c13 0 c0 0", "rw--"),
    cp15("CONTEXTIDR", "c13 0 c0 1", "rw--", { slot: "CONTEXTIDR", write: "contextidr" }),
    cp15("TPIDRURW", "c13 0 c0 2", "rwrw", { slot: "TPIDRURW" }),
    cp15("TPIDRURO", "c13 0 c0 3", "rwr-", { slot: "TPIDRURO" }),
    cp15("TPIDRPRW", "c13 0 c0 4", "rw--", { slot: "TPIDRPRW" }),
    // Generic timer
    cp15("CNTFRQ", "c14 0 c0 0", "rw--", {
      slot: "CNTFRQ",
      reset: 62_500_000,
      grant: { slot: "CNTKCTL", bits: 3, access: "r" },
    }),
    cp15("CNTKCTL", "c14 0 c1 0", "rw--", { slot: "CNTKCTL" }),
    cp15("CNTP_TVAL", "c14 0 c2 0", "rw--", {
      read: "physicalTimerValue",
      write: "physicalTimerValue",
      grant: physicalTimer,
    }),
    cp15("CNTP_CTL", "c14 0 c2 1", "rw--", {
      read: "physicalTimerControl",
      write: "physicalTimerControl",
      grant: physicalTimer,
    }),
    cp15("CNTV_TVAL", "c14 0 c3 0", "rw--", {
      read: "virtualTimerValue",
      write: "virtualTimerValue",
      grant: virtualTimer,
    }),
    cp15("CNTV_CTL", "c14 0 c3 1", "rw--", {
      read: "virtualTimerControl",
      write: "virtualTimerControl",
      grant: virtualTimer,
    }),
    // Implementation defined
    cp15("CBAR", "c15 4 c0 0", "r---", { read: "configurationBase" }),
    cp15("(implementation defined)", "c15 * * *", "rw--"),
    // Debug: breakpoints are kept but never hit
    cp14("DBGDIDR", "c0 0 c0 0", "r-r-", { value: 0x3515_f021 }),
    cp14("DBGDSCRint", "c0 0 c1 0", "r---"),
    cp14("DBGDTRTXext", "c0 0 c2 0", "rw--"),
    cp14("DBGDSCRext", "c0 0 c2 2", "rw--", { slot: "DBGDSCR" }),
    cp14("DBGVCR", "c0 0 c7 0", "rw--"),
    ...numbered(6, (n) => cp14(`DBGBVR${n}`, `c0 0 c${n} 4`, "rw--", { slot: breakpointValues[n]! })),
    ...numbered(6, (n) => cp14(`DBGBCR${n}`, `c0 0 c${n} 5`, "rw--", { slot: breakpointControls[n]! })),
    ...numbered(4, (n) => cp14(`DBGWVR${n}`, `c0 0 c${n} 6`, "rw--", { slot: watchpointValues[n]!, mask: ~3 })),
    ...numbered(4, (n) => cp14(`DBGWCR${n}`, `c0 0 c${n} 7`, "rw--", { slot: watchpointControls[n]! })),
    cp14("DBGDRAR", "c1 0 c0 0", "r-r-"),
    cp14("DBGOSLAR", "c1 0 c0 4", "-w--"),
    cp14("DBGOSLSR", "c1 0 c1 4", "r---", { value: 8 }),
    cp14("DBGOSDLR", "c1 0 c3 4", "rw--", { slot: "DBGOSDLR", mask: 1 }),
    cp14("DBGDSAR", "c2 0 c0 0", "r-r-"),
    cp14("DBGDEVID2", "c7 0 c0 0", "r---"),
    cp14("DBGDEVID1", "c7 0 c0 1", "r---"),
    cp14("DBGDEVID", "c7 0 c0 2", "r---", { value: 0x0111_0f13 }),
    // ThumbEE and Jazelle, of which there is only the register interface
    cp14("TEECR", "c0 6 c0 0", "rw--", { slot: "TEECR", mask: 1 }),
    cp14("TEEHBR", "c1 6 c0 0", "rwrw", { slot: "TEEHBR" }),
    cp14("JIDR", "c0 7 c0 0", "r---"),
    cp14("JOSCR", "c1 7 c0 0", "rw--"),
    cp14("JMCR", "c2 7 c0 0", "rw--"),
  ],
  wide: [
    { name: "TTBR0", coproc: 15, at: "0 c2", access: "rw--", contents: "ttbr0" },
    { name: "TTBR1", coproc: 15, at: "1 c2", access: "rw--", contents: "ttbr1" },
    { name: "PAR", coproc: 15, at: "0 c7", access: "rw--", contents: "par" },
    {
      name: "CNTPCT",
      coproc: 15,
      at: "0 c14",
      access: "r---",
      contents: "physicalCount",
      grant: { slot: "CNTKCTL", bits: 1, access: "r" },
    },
    {
      name: "CNTVCT",
      coproc: 15,
      at: "1 c14",
      access: "r---",
      contents: "virtualCount",
      grant: { slot: "CNTKCTL", bits: 2, access: "r" },
    },
    { name: "CNTP_CVAL", coproc: 15, at: "2 c14", access: "rw--", contents: "physicalCompare", grant: physicalTimer },
    { name: "CNTV_CVAL", coproc: 15, at: "3 c14", access: "rw--", contents: "virtualCompare", grant: virtualTimer },
    { name: "DBGDRAR", coproc: 14, at: "0 c1", access: "r-r-", contents: "zero" },
    { name: "DBGDSAR", coproc: 14, at: "0 c2", access: "r-r-", contents: "zero" },
  ],
}
