// Where system registers keep their contents: named slots of the CP15 register file, 32 bits each.

const numbered = <const Name extends string, N extends number>(name: Name, numbers: readonly N[]) =>
  numbers.map((n) => `${name}${n}` as const)
const FOUR = [0, 1, 2, 3] as const
const SIX = [...FOUR, 4, 5] as const

/** The event types and event counts of the performance monitors. */
export const EVENT_TYPES = numbered("PMEVTYPER", SIX)
export const EVENT_COUNTS = numbered("PMEVCNTR", SIX)
/** The values and controls of breakpoints and watchpoints. */
export const BREAKPOINT_VALUES = numbered("DBGBVR", SIX)
export const BREAKPOINT_CONTROLS = numbered("DBGBCR", SIX)
export const WATCHPOINT_VALUES = numbered("DBGWVR", FOUR)
export const WATCHPOINT_CONTROLS = numbered("DBGWCR", FOUR)

/** The slots in order. The upper half of a 64-bit register follows its lower half, with `_HI` after the name. */
export const cp15Names = [
  "SCTLR",
  "ACTLR",
  "CPACR",
  "CSSELR",
  "TTBR0",
  "TTBR0_HI",
  "TTBR1",
  "TTBR1_HI",
  "TTBCR",
  "DACR",
  "FCSEIDR",
  "CONTEXTIDR",
  "MAIR0",
  "MAIR1",
  "AMAIR0",
  "AMAIR1",
  "DFSR",
  "IFSR",
  "DFAR",
  "IFAR",
  "PAR",
  "PAR_HI",
  "VBAR",
  "TPIDRURW",
  "TPIDRURO",
  "TPIDRPRW",
  "TEECR",
  "TEEHBR",
  "CNTFRQ",
  "CNTKCTL",
  "PMCR",
  "PMCNTEN",
  "PMOVSR",
  "PMSELR",
  "PMUSERENR",
  "PMINTEN",
  "PMCCNTR",
  "PMCCFILTR",
  ...EVENT_TYPES,
  ...EVENT_COUNTS,
  "DCLOCKDOWN",
  "ICLOCKDOWN",
  "DBGDSCR",
  "DBGOSDLR",
  ...BREAKPOINT_VALUES,
  ...BREAKPOINT_CONTROLS,
  ...WATCHPOINT_VALUES,
  ...WATCHPOINT_CONTROLS,
] as const

/** Name of a slot. */
export type Cp15Slot = (typeof cp15Names)[number]

const slots = new Map<string, number>(cp15Names.map((name, n) => [name, n]))

/** Number of a slot in the CP15 register file. */
export function cp15Slot(name: Cp15Slot): number {
  return slots.get(name)!
}
