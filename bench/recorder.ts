// Records the host time of each event that a guest prints, and of each kernel of its bench.

import { EVENTS, KERNEL } from "./guests.ts"

/** One moment: host time in seconds since the emulator's start, and other counters if they are known. */
export type Moment = {
  readonly cpu: number
  readonly wall: number
  /** Guest instructions. */
  readonly instructions?: number
  /** Counters of the JIT. */
  readonly counters?: Readonly<Record<string, number>>
}

/** One run of a guest, seen from the host. */
export type Recording = {
  readonly events: Record<string, Moment>
  /** For each run of the bench, by kernel: time from the line before to the kernel's line. */
  readonly benches: Record<string, Moment>[]
  /** Lines in which the guest reports that something went wrong. */
  readonly complaints: string[]
}

const COMPLAINT = /SELFTEST.*FAILED|Kernel panic|Oops|Segmentation fault/

/** Takes console output as it comes. */
export class Recorder {
  readonly recording: Recording = { events: {}, benches: [], complaints: [] }
  readonly #now: () => Moment
  #line = ""
  #last: Moment | undefined

  /** `now` is called at the end of each relevant line. */
  constructor(now: () => Moment) {
    this.#now = now
  }

  /** Records an event that is no line. */
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
