// Notes when a guest prints what: the host time of each event and of each kernel of its bench.

import { EVENTS, KERNEL } from "./guests.ts"

/** Host time at one moment, in seconds since the emulator's start, and what else is known of it. */
export type Moment = {
  readonly cpu: number
  readonly wall: number
  /** Guest instructions. */
  readonly instructions?: number
  /** Counters of the JIT. */
  readonly counters?: Readonly<Record<string, number>>
}

/** One run of a guest, as it was seen from the host. */
export type Recording = {
  readonly events: Record<string, Moment>
  /** For each run of the bench, by kernel: time between the line before and the kernel's own. */
  readonly benches: Record<string, Moment>[]
  /** Lines by which the guest reports that something went wrong. */
  readonly complaints: string[]
}

const COMPLAINT = /SELFTEST.*FAILED|Kernel panic|Oops|Segmentation fault/

/** Takes console output as it comes. */
export class Recorder {
  readonly recording: Recording = { events: {}, benches: [], complaints: [] }
  readonly #now: () => Moment
  #line = ""
  #last: Moment | undefined

  /** `now` is asked at the end of each line of interest. */
  constructor(now: () => Moment) {
    this.#now = now
  }

  /** Notes an event that is no line. */
  event(name: string): void {
    this.recording.events[name] ??= this.#now()
  }

  text(text: string): void {
    for (const char of text) this.byte(char.charCodeAt(0))
  }

  byte(byte: number): void {
    if (byte === 10) this.#end()
    else if (byte !== 13) this.#line += String.fromCharCode(byte)
  }

  #end(): void {
    const line = this.#line
    this.#line = ""
    const { events, benches, complaints } = this.recording
    if (COMPLAINT.test(line)) complaints.push(line)
    const kernel = KERNEL.exec(line)
    if (kernel) {
      const now = this.#now()
      if (kernel[2] !== "ok") complaints.push(line)
      if (kernel[1] !== "TOTAL" && this.#last) benches.at(-1)![kernel[1]!] = difference(now, this.#last)
      this.#last = now
      return
    }
    for (const [name, pattern] of Object.entries(EVENTS)) {
      if (!pattern.test(line)) continue
      this.#last = this.#now()
      events[name] ??= this.#last
      if (name === "bench") benches.push({})
    }
  }
}

/** The time from one moment to a later one. */
export function difference(later: Moment, earlier: Moment): Moment {
  const { instructions, counters } = later
  const counted = (name: string, count: number) => [name, count - (earlier.counters?.[name] ?? 0)] as const
  return {
    cpu: later.cpu - earlier.cpu,
    wall: later.wall - earlier.wall,
    ...(instructions === undefined ? {} : { instructions: instructions - (earlier.instructions ?? 0) }),
    ...(counters && { counters: Object.fromEntries(Object.entries(counters).map((c) => counted(...c))) }),
  }
}
