// ARM architected timer of one CPU (CP15 c14). Reference: ARM DDI 0406C, chapter B8 and section B4.1.
import { type Alarm, type Clock, type Line, type Plain, Rate } from "../kit/index.ts"

/** The timers that a CPU without virtualization or security extensions in use can reach. */
export type TimerName = "physical" | "virtual"

/** Bits of CNTP_CTL and CNTV_CTL. */
const CTL = { ENABLE: 1 << 0, IMASK: 1 << 1, ISTATUS: 1 << 2 }
const U64 = 0xffff_ffff_ffff_ffffn

/** What a board gives to the timer. */
export interface ArchitectedTimerOptions {
  readonly clock: Clock
  /** The interrupt of each timer: high exactly while it is enabled, unmasked and its condition holds. */
  readonly lines: { readonly [name in TimerName]: Line }
  /** Frequency of the system counter in Hz; 62.5 MHz, that of QEMU's boards, when left out. */
  readonly counterFrequencyHz?: number
}

interface Timer {
  readonly name: TimerName
  readonly line: Line
  readonly alarm: Alarm
  control: number
  compare: bigint
}

/** The generic timer registers of a CPU; counts and compare values are unsigned 64-bit big integers. */
export class ArchitectedTimer {
  readonly counterFrequencyHz: number
  readonly #clock: Clock
  readonly #rate: Rate
  readonly #timers: { readonly [name in TimerName]: Timer }
  #offset = 0n

  constructor({ clock, lines, counterFrequencyHz = 62_500_000 }: ArchitectedTimerOptions) {
    this.counterFrequencyHz = counterFrequencyHz
    this.#clock = clock
    this.#rate = new Rate(counterFrequencyHz)
    const timer = (name: TimerName): Timer => {
      const self: Timer = {
        name,
        line: lines[name],
        alarm: clock.alarm(() => this.#settle(self)),
        control: 0,
        compare: 0n,
      }
      return self
    }
    this.#timers = { physical: timer("physical"), virtual: timer("virtual") }
  }

  /** CNTPCT: ticks since power-on. */
  physicalCount(): bigint {
    return BigInt(this.#ticks())
  }

  /** CNTVCT: the physical count less CNTVOFF. */
  virtualCount(): bigint {
    return (this.physicalCount() - this.#offset) & U64
  }

  /** CNTVOFF. */
  get virtualOffset(): bigint {
    return this.#offset
  }

  set virtualOffset(value: bigint) {
    this.#offset = value & U64
    this.#settle(this.#timers.virtual)
  }

  /** CNTP_CTL or CNTV_CTL: ENABLE, IMASK and, read-only, ISTATUS. */
  control(name: TimerName): number {
    const timer = this.#timers[name]
    // ISTATUS is UNKNOWN while the timer is disabled; 0 surprises software least.
    return timer.control | (timer.control & CTL.ENABLE && this.#holds(timer) ? CTL.ISTATUS : 0)
  }

  setControl(name: TimerName, value: number): void {
    const timer = this.#timers[name]
    timer.control = value & (CTL.ENABLE | CTL.IMASK)
    this.#settle(timer)
  }

  /** CNTP_CVAL or CNTV_CVAL. */
  compareValue(name: TimerName): bigint {
    return this.#timers[name].compare
  }

  setCompareValue(name: TimerName, value: bigint): void {
    const timer = this.#timers[name]
    timer.compare = value & U64
    this.#settle(timer)
  }

  /** CNTP_TVAL or CNTV_TVAL: the low 32 bits, unsigned, of the distance to the compare value. */
  timerValue(name: TimerName): number {
    const timer = this.#timers[name]
    return Number((timer.compare - this.#count(timer)) & 0xffff_ffffn)
  }

  /** Sets the compare value to the count plus `value` as a signed 32-bit number. */
  setTimerValue(name: TimerName, value: number): void {
    this.setCompareValue(name, this.#count(this.#timers[name]) + BigInt(value | 0))
  }

  reset(): void {
    this.#offset = 0n
    for (const timer of Object.values(this.#timers)) {
      timer.control = 0
      timer.compare = 0n
      this.#settle(timer)
    }
  }

  snapshot(): Plain {
    const { physical, virtual } = this.#timers
    const of = ({ control, compare }: Timer) => ({ control, compare: compare.toString() })
    return { offset: this.#offset.toString(), physical: of(physical), virtual: of(virtual) }
  }

  /** Restores a snapshot without driving any line; throws TypeError when it is not one of this timer. */
  restore(snapshot: Plain): void {
    const saved = snapshot as { offset?: string } & { [name in TimerName]?: { control: number; compare: string } }
    if (typeof saved?.offset !== "string" || !saved.physical || !saved.virtual) {
      throw new TypeError("not a snapshot of an architected timer")
    }
    this.#offset = BigInt(saved.offset)
    for (const timer of Object.values(this.#timers)) {
      timer.control = saved[timer.name]!.control
      timer.compare = BigInt(saved[timer.name]!.compare)
      this.#arm(timer)
    }
  }

  #ticks(): number {
    return this.#rate.ticks(this.#clock.nowNs())
  }

  #count(timer: Timer): bigint {
    return timer.name === "virtual" ? this.virtualCount() : this.physicalCount()
  }

  /** The condition is an unsigned comparison (section B8.1.5): a compare value just below 2^64 is far in the future. */
  #holds(timer: Timer): boolean {
    return this.#count(timer) >= timer.compare
  }

  #settle(timer: Timer): void {
    timer.line.set((timer.control & (CTL.ENABLE | CTL.IMASK)) === CTL.ENABLE && this.#holds(timer))
    this.#arm(timer)
  }

  /** Sets the alarm to the first nanosecond at which the line's level changes by the passing of time alone. */
  #arm(timer: Timer): void {
    if ((timer.control & (CTL.ENABLE | CTL.IMASK)) !== CTL.ENABLE) {
      timer.alarm.cancel()
      return
    }
    const count = this.#count(timer)
    // Above its compare value the count stays, until the virtual count wraps to zero and the condition ends.
    const distance = Number((count < timer.compare ? timer.compare : U64 + 1n) - count)
    timer.alarm.set(distance < Number.MAX_SAFE_INTEGER ? this.#rate.ns(this.#ticks() + distance) : Infinity)
  }
}
