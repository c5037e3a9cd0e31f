// Every instruction of the PowerPC processors that some model has, a module for each facility of the manual.

import * as fpArithmetic from "./floating-point/arithmetic.ts"
import * as fpCompare from "./floating-point/compare.ts"
import * as fpMove from "./floating-point/move.ts"
import * as fpStatus from "./floating-point/status.ts"
import * as control from "./system/control.ts"
import * as systemRegisters from "./system/registers.ts"

/** The modules of instructions. */
export const modules: readonly object[] = [fpArithmetic, fpCompare, fpMove, fpStatus, control, systemRegisters]
