// Notes when a guest prints what: the host time of each event and of each kernel of its bench.

import { EVENTS, KERNEL } from "./guests.ts"

/** Host time at one moment, in seconds since the emulator's start, and guest instructions where they are known. */
export type Moment = { readonly cpu: number; readonly wall: number; readonly instructions?: number }

/** One run of a guest, as it was seen from the host. */
export type Recording = {
  readonly events: Record<string, Moment>
  /** Time between the line before and the kernel's own. */
  readonly kernels: Record<string, Moment>
  /** Lines by which the guest reports that something went wrong. */
  readonly complaints: string[]
}

const COMPLAINT = /SELFTEST.*FAILED|Kernel panic|Oops|Segmentation fault/

/** Takes console output as it comes. */
export class Recorder {
  readonly recording: Recording = { events: {}, kernels: {}, complaints: [] }
  readonly #now: () => Moment
  #line = ""
  #last: Moment | undefined

  /** `now` is asked at the end of each line of interest. */
  constructor(now: () => Moment) {
    this.#now = now
  }

  /** Whether the event has happened. */
  saw(event: string): boolean {
    return this.recording.events[event] !== undefined
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
    const { events, kernels, complaints } = this.recording
    if (COMPLAINT.test(line)) complaints.push(line)
    const kernel = KERNEL.exec(line)
    if (kernel) {
      const now = this.#now()
      if (kernel[2] !== "ok") complaints.push(line)
      if (kernel[1] !== "TOTAL" && this.#last) kernels[kernel[1]!] = difference(now, this.#last)
      this.#last = now
      return
    }
    for (const [name, pattern] of Object.entries(EVENTS)) {
      if (events[name] || !pattern.test(line)) continue
      this.#last = events[name] = this.#now()
    }
  }
}

/** The time from one moment to a later one. */
export function difference(later: Moment, earlier: Moment): Moment {
  return {
    cpu: later.cpu - earlier.cpu,
    wall: later.wall - earlier.wall,
    ...(later.instructions === undefined ? {} : { instructions: later.instructions - (earlier.instructions ?? 0) }),
  }
}
