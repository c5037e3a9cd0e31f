// The passes that a region goes through, in order.

import { constants } from "./constants.ts"
import { dead } from "./dead.ts"
import { expect } from "./expect.ts"
import { flags } from "./flags.ts"
import { guards } from "./guards.ts"
import { pages } from "./pages.ts"
import type { Pass } from "./plan.ts"
import { select } from "./select.ts"

export type { Pass, Plan, PlannedBlock, PlannedStep } from "./plan.ts"
export { planOf } from "./plan.ts"
export { printStep } from "./print.ts"

/** All passes: flags are recognised by what comes of them before anything else is changed. */
export const PASSES: readonly Pass[] = [guards, flags, constants, select, dead, pages, expect]
