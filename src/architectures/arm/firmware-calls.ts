// Calls of an ARM guest that the host serves: PSCI by HVC, and semihosting.

import { GPR, type Hypercall } from "../../../cpu/arm/index.ts"
import { callPsci, isPsciFunction, PSCI_RESULT } from "../../../firmware/psci.ts"
import { callSemihosting } from "../../../firmware/semihosting.ts"
import type { Cpu } from "../../cpu.ts"

/** Serves an HVC; false for an SMC, because there is no secure monitor. */
export function serveHypercall({ state, machine, number }: Cpu, { kind }: Hypercall): boolean {
  if (kind !== "hvc") return false
  const id = state.get(GPR, 0) >>> 0
  const port = {
    powerOff: () => machine.setPower("off"),
    reset: () => machine.setPower("reset"),
    suspend: () => machine.wait(number),
  }
  const args = [1, 2, 3].map((n) => state.get(GPR, n))
  const result = callPsci(port, id, args)
  if (result !== undefined) state.set(GPR, 0, result)
  // Other calls are answered like an unknown function (SMC Calling Convention, ARM DEN 0028).
  else if (!isPsciFunction(id)) state.set(GPR, 0, PSCI_RESULT.NOT_SUPPORTED)
  return true
}

/** Where semihosting reads parameters and writes text. */
export type SemihostingSurroundings = {
  readByte(va: number): number | undefined
  write(text: string): void
}

/** Serves a semihosting call. */
export function serveSemihosting({ state, machine }: Cpu, surroundings: SemihostingSurroundings): void {
  const exit = (code: number) => machine.setPower({ exit: code })
  state.set(GPR, 0, callSemihosting({ ...surroundings, exit }, state.get(GPR, 0), state.get(GPR, 1)))
}
