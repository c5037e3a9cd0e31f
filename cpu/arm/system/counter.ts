// The system counter of the generic timer as IR (ARM DDI 0406C, B8.1.1): it counts virtual time, exact to the instruction.

import { type Builder, type Node, ticks } from "../../ir/index.ts"

/** Frequency of the system counter. */
export const COUNTER_HZ = 62_500_000

/** CNTPCT, which CNTVCT is equal to as long as no hypervisor sets CNTVOFF (i64). */
export const systemCount = (b: Builder): Node => ticks(b, COUNTER_HZ)
