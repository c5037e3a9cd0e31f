// The decrementer: an interrupt when it passes from 0 to -1 (Programming Environments Manual, 2.3.14, 6.4.9).

import { state, TIMEBASE_HZ } from "../../../cpu/powerpc/index.ts"
import { Rate } from "../../../devices/kit/index.ts"
import type { Cpu } from "../../cpu.ts"

const WORD = 2 ** 32

/** The decrementer of a CPU, whose register is DEC_OFFSET less the ticks since power-on. */
export class Decrementer {
  readonly #cpu: Cpu
  readonly #rate = new Rate(TIMEBASE_HZ)
  readonly #alarm: { set(deadlineNs: number): void; cancel(): void }
  readonly #interrupt: (level: boolean) => void
  /** Whether the register was negative when it was last written or passed 0. */
  #wasNegative = true

  constructor(cpu: Cpu, interrupt: (level: boolean) => void) {
    this.#cpu = cpu
    this.#interrupt = interrupt
    this.#alarm = cpu.machine.clock.alarm(() => this.#passed())
  }

  /** Forgets the pending interrupt, and counts on from the register as it is. */
  reset(): void {
    this.#wasNegative = true
    this.#interrupt(false)
    this.#arm()
  }

  /** The register was written. From zero or more to a negative value, it passes 0 at once. */
  written(): void {
    this.#cpu.machine.touch(() => {
      const isNegative = this.#value() >= WORD / 2
      if (isNegative && !this.#wasNegative) this.#interrupt(true)
      this.#wasNegative = isNegative
      this.#arm()
    })
  }

  /** The interrupt was taken. */
  taken(): void {
    this.#interrupt(false)
  }

  #passed(): void {
    this.#interrupt(true)
    this.#wasNegative = true
    this.#arm()
  }

  #ticks(): number {
    return this.#rate.ticks(this.#cpu.machine.nowNs)
  }

  #value(): number {
    return (this.#cpu.state.get(state.files.DEC_OFFSET) - this.#ticks()) >>> 0
  }

  #arm(): void {
    this.#alarm.set(this.#rate.ns(this.#ticks() + this.#value() + 1))
  }
}
