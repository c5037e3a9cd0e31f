// System registers that several CPU models share: those of ARMv7-A's virtual memory, and those of the architecture's optional parts.

import { COUNT_FILTER, EVENT_TYPE } from "../system/cp15-effects.ts"
import {
  BREAKPOINT_CONTROLS,
  BREAKPOINT_VALUES,
  EVENT_COUNTS,
  EVENT_TYPES,
  WATCHPOINT_CONTROLS,
  WATCHPOINT_VALUES,
} from "../system/cp15-storage.ts"
import { cp14, cp15, type SystemRegister, type WideRegister } from "../system/cp15-table.ts"

/** Memory, exceptions and threads as every CPU of ARMv7-A has them (chapter B3), without what differs between models. */
export const virtualMemory: readonly SystemRegister[] = [
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
  // Cache maintenance and barriers do nothing: memory is coherent, and writes reach code at once
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
  // Memory attributes; MAIR0 and MAIR1 are called PRRR and NMRR with short descriptors
  cp15("MAIR0", "c10 0 c2 0", "rw--", { slot: "MAIR0", write: "mair0" }),
  cp15("MAIR1", "c10 0 c2 1", "rw--", { slot: "MAIR1", write: "mair1" }),
  // Vectors, processes and threads
  cp15("VBAR", "c12 0 c0 0", "rw--", { slot: "VBAR", mask: ~0x1f }),
  cp15("ISR", "c12 0 c1 0", "r---", { read: "pendingInterrupts" }),
  cp15("FCSEIDR", "c13 0 c0 0", "rw--"),
  cp15("CONTEXTIDR", "c13 0 c0 1", "rw--", { slot: "CONTEXTIDR", write: "contextidr" }),
  cp15("TPIDRURW", "c13 0 c0 2", "rwrw", { slot: "TPIDRURW" }),
  cp15("TPIDRURO", "c13 0 c0 3", "rwr-", { slot: "TPIDRURO" }),
  cp15("TPIDRPRW", "c13 0 c0 4", "rw--", { slot: "TPIDRPRW" }),
]

/** Registers of 64 bits that the Large Physical Address Extension adds to them. */
export const wideVirtualMemory: readonly WideRegister[] = [
  { name: "TTBR0", coproc: 15, at: "0 c2", access: "rw--", contents: "ttbr0" },
  { name: "TTBR1", coproc: 15, at: "1 c2", access: "rw--", contents: "ttbr1" },
  { name: "PAR", coproc: 15, at: "0 c7", access: "rw--", contents: "par" },
]

/** Access to the performance monitors by user mode: PMUSERENR.EN. */
const performance = { slot: "PMUSERENR", bits: 1, access: "rw" } as const
/** Access to the timers by user mode: CNTKCTL.PL0PTEN, PL0VTEN. */
const physicalTimer = { slot: "CNTKCTL", bits: 1 << 9, access: "rw" } as const
const virtualTimer = { slot: "CNTKCTL", bits: 1 << 8, access: "rw" } as const
/** Access to the counters by user mode: CNTKCTL.PL0PCTEN, PL0VCTEN. */
const physicalCounter = { slot: "CNTKCTL", bits: 1 << 0, access: "r" } as const
const virtualCounter = { slot: "CNTKCTL", bits: 1 << 1, access: "r" } as const

/** The bits of the cycle counter and of six event counters. */
const COUNTERS = 0x8000_003f

/** Performance monitors, version 2 (chapter C12): the cycle counter counts, and events do not happen. */
export const performanceMonitors = ({ pmcr }: { readonly pmcr: number }): readonly SystemRegister[] => [
  cp15("PMCR", "c9 0 c12 0", "rw--", {
    slot: "PMCR",
    reset: pmcr,
    mask: 0xff,
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
  ...EVENT_COUNTS.map((slot, n) => cp15(slot, `c14 0 c8 ${n}`, "rw--", { slot, grant: performance })),
  ...EVENT_TYPES.map((slot, n) => cp15(slot, `c14 0 c12 ${n}`, "rw--", { slot, mask: EVENT_TYPE, grant: performance })),
  cp15("PMCCFILTR", "c14 0 c15 7", "rw--", { slot: "PMCCFILTR", mask: COUNT_FILTER, grant: performance }),
]

/** The generic timer (chapter B8). */
export const genericTimer: readonly SystemRegister[] = [
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
]

/** The counters and compare values of the generic timer. */
export const wideGenericTimer: readonly WideRegister[] = [
  { name: "CNTPCT", coproc: 15, at: "0 c14", access: "r---", contents: "physicalCount", grant: physicalCounter },
  { name: "CNTVCT", coproc: 15, at: "1 c14", access: "r---", contents: "virtualCount", grant: virtualCounter },
  { name: "CNTP_CVAL", coproc: 15, at: "2 c14", access: "rw--", contents: "physicalCompare", grant: physicalTimer },
  { name: "CNTV_CVAL", coproc: 15, at: "3 c14", access: "rw--", contents: "virtualCompare", grant: virtualTimer },
]

/** Debug registers of the Cortex-A15 (chapter C11): breakpoints can be written but are never hit. */
export const debugRegisters: readonly SystemRegister[] = [
  cp14("DBGDIDR", "c0 0 c0 0", "r-r-", { value: 0x3515_f021 }),
  cp14("DBGDSCRint", "c0 0 c1 0", "r---"),
  cp14("DBGDTRTXext", "c0 0 c2 0", "rw--"),
  cp14("DBGDSCRext", "c0 0 c2 2", "rw--", { slot: "DBGDSCR" }),
  cp14("DBGVCR", "c0 0 c7 0", "rw--"),
  ...BREAKPOINT_VALUES.map((slot, n) => cp14(slot, `c0 0 c${n} 4`, "rw--", { slot })),
  ...BREAKPOINT_CONTROLS.map((slot, n) => cp14(slot, `c0 0 c${n} 5`, "rw--", { slot })),
  ...WATCHPOINT_VALUES.map((slot, n) => cp14(slot, `c0 0 c${n} 6`, "rw--", { slot, mask: ~3 })),
  ...WATCHPOINT_CONTROLS.map((slot, n) => cp14(slot, `c0 0 c${n} 7`, "rw--", { slot })),
  cp14("DBGDRAR", "c1 0 c0 0", "r-r-"),
  cp14("DBGOSLAR", "c1 0 c0 4", "-w--"),
  cp14("DBGOSLSR", "c1 0 c1 4", "r---", { value: 8 }),
  cp14("DBGOSDLR", "c1 0 c3 4", "rw--", { slot: "DBGOSDLR", mask: 1 }),
  cp14("DBGDSAR", "c2 0 c0 0", "r-r-"),
  cp14("DBGDEVID2", "c7 0 c0 0", "r---"),
  cp14("DBGDEVID1", "c7 0 c0 1", "r---"),
  cp14("DBGDEVID", "c7 0 c0 2", "r---", { value: 0x0111_0f13 }),
]

/** Addresses of the debug registers in memory, where there are none. */
export const wideDebugRegisters: readonly WideRegister[] = [
  { name: "DBGDRAR", coproc: 14, at: "0 c1", access: "r-r-", contents: "zero" },
  { name: "DBGDSAR", coproc: 14, at: "0 c2", access: "r-r-", contents: "zero" },
]

/** ThumbEE, of which there is only the register interface. */
export const thumbEe: readonly SystemRegister[] = [
  cp14("TEECR", "c0 6 c0 0", "rw--", { slot: "TEECR", mask: 1 }),
  cp14("TEEHBR", "c1 6 c0 0", "rwrw", { slot: "TEEHBR" }),
]

/** Jazelle, of which there is only the register interface. */
export const jazelle: readonly SystemRegister[] = [
  cp14("JIDR", "c0 7 c0 0", "r---"),
  cp14("JOSCR", "c1 7 c0 0", "rw--"),
  cp14("JMCR", "c2 7 c0 0", "rw--"),
]
