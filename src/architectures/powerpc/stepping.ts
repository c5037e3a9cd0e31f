// Trace interrupts and the instruction address breakpoint (Programming Environments Manual, 6.4.11; MPC750UM, 2.1.2.1
// and 4.5.15).

import { MSR, MSR_BITS, SPR, SPRN } from "../../../cpu/powerpc/index.ts"
import type { Cpu } from "../../cpu.ts"
import type { Stepping } from "../../cpu-system.ts"

const { SE, BE, IR } = MSR_BITS
/** IABR: the breakpoint is on; it is for translated addresses. */
const IABR_BE = 2
const IABR_TE = 1

/** Executes instruction by instruction while MSR[SE] or MSR[BE] is set, or IABR holds a breakpoint. */
export function powerPcStepping(cpu: Cpu): Stepping {
  const { state } = cpu
  let traces = 0
  let from = 0
  const pc = () => Number(state.read(cpu.arch.engine.PC)) >>> 0
  return {
    isOn: () => (state.get(MSR) & (SE | BE)) !== 0 || (state.get(SPR, SPRN.IABR) & IABR_BE) !== 0,
    before() {
      traces = state.get(MSR) & (SE | BE)
      from = pc()
      const iabr = state.get(SPR, SPRN.IABR)
      const isTranslated = (iabr & IABR_TE) !== 0
      const matches = (iabr & -4) >>> 0 === from && ((state.get(MSR) & IR) !== 0) === isTranslated
      if ((iabr & IABR_BE) !== 0 && matches) cpu.interrupt("instructionBreakpoint")
    },
    after() {
      // An interrupt clears MSR[SE] and MSR[BE]. Of branches, those that were taken are seen.
      const still = traces & state.get(MSR)
      if ((still & SE) !== 0 || ((still & BE) !== 0 && pc() !== (from + 4) >>> 0)) cpu.interrupt("trace")
    },
  }
}
