// The passes that a region goes through, in order.

import { flags } from "./flags.ts"
import { pages } from "./pages.ts"
import type { Pass } from "./plan.ts"

export type { Pass, Plan, PlannedBlock, PlannedStep } from "./plan.ts"
export { planOf } from "./plan.ts"
export { printStep } from "./print.ts"

/** All passes. */
export const PASSES: readonly Pass[] = [flags, pages]
