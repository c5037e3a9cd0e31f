// The list of passes, in the order in which a region goes through them.

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

/** All passes, in order. `lazyFlags` precedes those that rewrite values: recipes refer to nodes of the original IR. */
export const PASSES: readonly Pass[] = [
  redundantCheckElimination,
  lazyFlags,
  constantPropagation,
  ifConversion,
  deadStoreElimination,
  tlbCheckSharing,
  tlbEntryPrediction,
]
