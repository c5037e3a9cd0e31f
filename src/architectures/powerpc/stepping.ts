// Trace interrupts and the instruction address breakpoint (Programming Environments Manual, 6.4.11; MPC750UM, 2.1.2.1
// and 4.5.15).

import { MSR, MSR_BITS, type PowerPcMmu, SPR, SPRN } from "../../../cpu/powerpc/index.ts"
import type { Cpu } from "../../cpu.ts"
import type { Stepping } from "../../cpu-system.ts"

const { SE, BE, IR } = MSR_BITS
/** IABR: the breakpoint is on; it is for translated addresses. */
const IABR_BE = 2
const IABR_TE = 1

/** Whether an instruction is b, bc, bclr or bcctr. */
function isBranch(word: number): boolean {
  const opcode = word >>> 26
  const extended = (word >>> 1) & 0x3ff
  return opcode === 16 || opcode === 18 || (opcode === 19 && (extended === 16 || extended === 528))
}

/** Executes instruction by instruction while MSR[SE] or MSR[BE] is set, or IABR holds a breakpoint. */
export function powerPcStepping(cpu: Cpu, mmu: Pick<PowerPcMmu, "instructionAt">): Stepping {
  const { state } = cpu
  let traces = 0
  let branches = false
  const pc = () => Number(state.read(cpu.arch.engine.PC)) >>> 0
  return {
    isOn: () => (state.get(MSR) & (SE | BE)) !== 0 || (state.get(SPR, SPRN.IABR) & IABR_BE) !== 0,
    before() {
      traces = state.get(MSR) & (SE | BE)
      const from = pc()
      // Asked before it is executed: it may change its own code or translation.
      branches = (traces & BE) !== 0 && isBranch(mmu.instructionAt(from) ?? 0)
      const iabr = state.get(SPR, SPRN.IABR)
      const isTranslated = (iabr & IABR_TE) !== 0
      const matches = (iabr & -4) >>> 0 === from && ((state.get(MSR) & IR) !== 0) === isTranslated
      if ((iabr & IABR_BE) !== 0 && matches) cpu.interrupt("instructionBreakpoint")
    },
    after() {
      // An interrupt clears MSR[SE] and MSR[BE]. A branch that is not taken is traced too.
      const still = traces & state.get(MSR)
      if ((still & SE) !== 0 || ((still & BE) !== 0 && branches)) cpu.interrupt("trace")
    },
  }
}
