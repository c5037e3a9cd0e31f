// Virtual time: the clock that parts see, its alarms, and exact conversion between nanoseconds and ticks.

/** A one-shot call at a point of virtual time. */
export interface Alarm {
  /** Arms the alarm, replacing an earlier deadline; a deadline past 2^53 ns never comes and disarms it. */
  set(deadlineNs: number): void
  /** Disarms the alarm. */
  cancel(): void
  /** When the alarm will go off, in ns of virtual time, or undefined while it is disarmed. */
  readonly deadlineNs: number | undefined
}

/** Time as a part sees it: now, in whole nanoseconds since power-on, and alarms. */
export interface Clock {
  nowNs(): number
  /** Makes a disarmed alarm that calls back each time it goes off. */
  alarm(callback: () => void): Alarm
}

interface Entry {
  readonly order: number
  readonly callback: () => void
  deadlineNs: number | undefined
}

/** A clock that only its owner moves. */
export class VirtualClock implements Clock {
  #nowNs: number
  #made = 0
  #isFiring = false
  /** Armed alarms, the latest first, so that the next one is popped from the end. */
  readonly #armed: Entry[] = []

  constructor(startNs = 0) {
    this.#nowNs = startNs
  }

  nowNs(): number {
    return this.#nowNs
  }

  /** The deadline of the next alarm in ns, or undefined when none is armed. */
  nextDeadlineNs(): number | undefined {
    return this.#armed.at(-1)?.deadlineNs
  }

  /** How many alarms are armed. */
  get armedCount(): number {
    return this.#armed.length
  }

  alarm(callback: () => void): Alarm {
    const entry: Entry = { order: this.#made++, callback, deadlineNs: undefined }
    return {
      set: (deadlineNs) => this.#arm(entry, deadlineNs),
      cancel: () => this.#disarm(entry),
      get deadlineNs() {
        return entry.deadlineNs
      },
    }
  }

  /** Moves time forward, setting off each alarm at its own deadline; throws RangeError when `ns` is in the past. */
  advanceTo(ns: number): void {
    if (!(ns >= this.#nowNs)) throw new RangeError(`time cannot go back from ${this.#nowNs} ns to ${ns} ns`)
    this.#isFiring = true
    try {
      for (;;) {
        const next = this.#armed.at(-1)
        if (next?.deadlineNs === undefined || next.deadlineNs > ns) break
        this.#armed.pop()
        if (next.deadlineNs > this.#nowNs) this.#nowNs = next.deadlineNs
        next.deadlineNs = undefined
        next.callback()
      }
    } finally {
      this.#isFiring = false
    }
    this.#nowNs = ns
  }

  /** Sets the time of a snapshot without setting off alarms; parts arm theirs when they are restored. */
  restore(nowNs: number): void {
    this.#nowNs = nowNs
    while (this.#armed.length > 0) this.#armed.pop()!.deadlineNs = undefined
  }

  #arm(entry: Entry, deadlineNs: number): void {
    if (entry.deadlineNs === deadlineNs) return
    this.#disarm(entry)
    if (!(deadlineNs <= Number.MAX_SAFE_INTEGER)) return
    let due = Math.ceil(deadlineNs)
    // An alarm that rearms itself without moving on would hang the host.
    if (this.#isFiring && due <= this.#nowNs) due = this.#nowNs + 1
    entry.deadlineNs = due
    let low = 0
    let high = this.#armed.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const other = this.#armed[middle]!
      // Equal deadlines go off in the order in which the alarms were made, which a restored machine repeats.
      if (other.deadlineNs! > due || (other.deadlineNs === due && other.order > entry.order)) low = middle + 1
      else high = middle
    }
    this.#armed.splice(low, 0, entry)
  }

  #disarm(entry: Entry): void {
    if (entry.deadlineNs === undefined) return
    this.#armed.splice(this.#armed.indexOf(entry), 1)
    entry.deadlineNs = undefined
  }
}

/** Exact conversion between nanoseconds and ticks of a frequency in whole hertz. */
export class Rate {
  readonly #ticks: number
  readonly #ns: number

  constructor(hz: number) {
    const divisor = greatestCommonDivisor(hz, 1e9)
    this.#ticks = hz / divisor
    this.#ns = 1e9 / divisor
  }

  /** How many whole ticks pass in `ns` nanoseconds. */
  ticks(ns: number): number {
    const periods = Math.floor(ns / this.#ns)
    return periods * this.#ticks + Math.floor(((ns - periods * this.#ns) * this.#ticks) / this.#ns)
  }

  /** The least number of nanoseconds in which `ticks` ticks pass. */
  ns(ticks: number): number {
    const periods = Math.floor(ticks / this.#ticks)
    return periods * this.#ns + Math.ceil(((ticks - periods * this.#ticks) * this.#ns) / this.#ticks)
  }
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}
