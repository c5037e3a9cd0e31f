// System registers that several CPU models share: the architecture's optional parts.

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
