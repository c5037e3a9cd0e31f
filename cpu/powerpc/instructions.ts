// Every instruction of the PowerPC processors that some model has, a module for each facility of the manual.

import * as control from "./system/control.ts"
import * as systemRegisters from "./system/registers.ts"

/** The modules of instructions. */
export const modules: readonly object[] = [control, systemRegisters]
