// The passes that a region goes through, in order.

import { constantPropagation } from "./constant-propagation.ts"
import { deadStoreElimination } from "./dead-store-elimination.ts"
import { ifConversion } from "./if-conversion.ts"
import { lazyFlags } from "./lazy-flags.ts"
import type { Pass } from "./plan.ts"
import { redundantCheckElimination } from "./redundant-check-elimination.ts"
import { tlbCheckSharing } from "./tlb-check-sharing.ts"
import { tlbEntryPrediction } from "./tlb-entry-prediction.ts"

export type { Pass, Plan, PlannedBlock, PlannedStep } from "./plan.ts"
export { planOf } from "./plan.ts"
export { printStep } from "./print.ts"

/** All passes. Flags become lazy first: their recipes speak of the IR as semantics described it. */
export const PASSES: readonly Pass[] = [
  redundantCheckElimination,
  lazyFlags,
  constantPropagation,
  ifConversion,
  deadStoreElimination,
  tlbCheckSharing,
  tlbEntryPrediction,
]
