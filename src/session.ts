// Runs a machine to its end: matches its console with the expected patterns, types the texts to send, keeps the limits.

import type { CharLink } from "../devices/kit/index.ts"
import { printable } from "../firmware/printable.ts"
import type { Machine } from "./machine.ts"

/** How a run ended. */
export type Outcome =
  /** Everything expected was seen. */
  | "matched"
  /** The guest switched the machine off, or ended with status 0, with nothing left to be expected. */
  | "off"
  /** The guest ended with another status, or before everything expected was seen. */
  | "failed"
  /** A pattern of `failOn` matched. */
  | "failOn"
  /** The limit of time or of instructions was reached. */
  | "limit"
  /** The user quit. */
  | "quit"

/** What to do during the run. */
export type SessionOptions = {
  /** Patterns that the console must show, in order; the run ends with the last, unless a text follows it. */
  readonly expect?: readonly RegExp[]
  /** Texts to type, one after each pattern. If there are more texts than patterns, the first is typed at the start. */
  readonly send?: readonly string[]
  readonly failOn?: readonly RegExp[]
  readonly maxInstructions?: number
  /** Wall-clock limit in seconds. */
  readonly timeoutSeconds?: number
  /** Virtual time keeps to the wall clock while the guest is idle, instead of skipping ahead. */
  readonly realTime?: boolean
  /** Starts the guest again after it has asked for a reset; without it, a reset ends the run (outcome "off"). */
  readonly onReset?: () => void
  readonly onOutput?: (byte: number) => void
}

/** The result of a run. */
export type SessionResult = {
  readonly outcome: Outcome
  /** The cause in one line, for every outcome but "matched" and "off". */
  readonly reason: string
  /** Status that the guest gave by semihosting, if it did. */
  readonly status: number | undefined
  readonly instructions: number
  readonly virtualSeconds: number
}

/** Instructions of a slice: about a millisecond, so that V8 soon enters optimised code and input is seen in time. */
const SLICE = 200_000
/** Characters of console output kept for matching, which bounds the length of a match. */
const WINDOW = 65_536
/** Milliseconds after which a busy guest yields to the host's event loop. */
const TURN_MS = 10

/** The host's clock and event loop, as a session uses them. */
export type SessionHost = {
  /** Milliseconds of a steady clock. */
  now(): number
  /** Resolves after `ms` milliseconds, or when `wake` is called; 0 is one turn of the event loop. */
  sleep(ms: number): Promise<void>
}

/** Drives one machine. */
export class Session {
  readonly #machine: Machine
  readonly #console: CharLink
  readonly #options: SessionOptions
  readonly #host: SessionHost
  readonly #expect: RegExp[]
  readonly #send: string[]
  #text = ""
  #outcome: Outcome | undefined
  #reason = ""

  constructor(machine: Machine, console: CharLink, options: SessionOptions, host: SessionHost) {
    this.#machine = machine
    this.#console = console
    this.#options = options
    this.#host = host
    this.#expect = [...(options.expect ?? [])]
    this.#send = [...(options.send ?? [])]
  }

  /** Takes one byte of the guest's console output. */
  output(byte: number): void {
    this.#options.onOutput?.(byte)
    this.#text += String.fromCharCode(byte)
    if (this.#text.length > 2 * WINDOW) this.#text = this.#text.slice(-WINDOW)
  }

  /** Ends the run from outside. */
  quit(): void {
    this.#end("quit", "the user quit")
  }

  #end(outcome: Outcome, reason: string): void {
    this.#outcome ??= outcome
    if (this.#outcome === outcome && this.#reason === "") this.#reason = printable(reason)
  }

  // Matches new output. It runs between slices, so that its effects come at the same instruction in every run.
  #match(): void {
    for (const pattern of this.#options.failOn ?? []) {
      const found = pattern.exec(this.#text)
      if (!found) continue
      this.#end("failOn", `the console shows ${JSON.stringify(found[0])}, which must not appear`)
      return
    }
    while (this.#expect.length > 0) {
      const found = this.#expect[0]!.exec(this.#text)
      if (!found) break
      this.#expect.shift()
      this.#text = this.#text.slice(found.index + found[0].length)
      const reply = this.#send.shift()
      if (reply !== undefined) this.#console.feed(reply)
      else if (this.#expect.length === 0) this.#end("matched", "")
    }
  }

  /** Runs until one of the options, the guest or the user ends it. */
  async run(): Promise<SessionResult> {
    const machine = this.#machine
    const { maxInstructions = Number.POSITIVE_INFINITY, timeoutSeconds, realTime = false } = this.#options
    const started = this.#host.now()
    const deadline = timeoutSeconds === undefined ? Number.POSITIVE_INFINITY : started + timeoutSeconds * 1000
    const first = this.#send.length > this.#expect.length ? this.#send.shift() : undefined
    if (first !== undefined) this.#console.feed(first)
    let turn = started
    let seen = 0
    while (!this.#outcome) {
      const left = maxInstructions - machine.instructions
      if (left <= 0) {
        this.#end("limit", `${maxInstructions} instructions have been executed`)
        break
      }
      const slice = machine.slice(Math.min(SLICE, left))
      if (this.#text.length !== seen) this.#match()
      seen = this.#text.length
      if (slice.kind === "stopped") this.#stopped(slice.power)
      const now = this.#host.now()
      if (now >= deadline) this.#end("limit", `${timeoutSeconds} seconds have passed`)
      if (slice.kind === "idle") {
        // The deadline is read again, since a text that was just typed may have set an alarm.
        const untilNs = machine.clock.nextDeadlineNs()
        if (realTime) await this.#idle(untilNs, started, deadline)
        else if (untilNs !== undefined) machine.skipTo(untilNs)
        else this.#end("failed", "the guest waits for an interrupt that will never come")
      } else if (now - turn < TURN_MS) continue
      if (now - turn >= TURN_MS || realTime) {
        await this.#host.sleep(0)
        turn = this.#host.now()
      }
    }
    const power = machine.power
    return {
      outcome: this.#outcome ?? "quit",
      reason: this.#reason,
      status: typeof power === "object" ? power.exit : undefined,
      instructions: machine.instructions,
      virtualSeconds: machine.nowNs / 1e9,
    }
  }

  #stopped(power: "off" | "reset" | { readonly exit: number }): void {
    if (power === "reset" && this.#options.onReset) {
      this.#options.onReset()
      return
    }
    const missing = this.#expect[0]
    if (missing) this.#end("failed", `the guest ended before the console showed ${missing}`)
    else if (typeof power === "object" && power.exit !== 0)
      this.#end("failed", `the guest ended with status ${power.exit}`)
    else this.#end("off", "")
  }

  // Sleeps while virtual time is ahead of the wall clock, at most until input comes or an alarm is due.
  async #idle(untilNs: number | undefined, started: number, deadline: number): Promise<void> {
    const machine = this.#machine
    const wallNs = () => (this.#host.now() - started) * 1e6
    const ahead = untilNs === undefined ? 60_000 : (untilNs - wallNs()) / 1e6
    if (ahead > 0) await this.#host.sleep(Math.min(ahead, Math.max(0, deadline - this.#host.now())))
    // Input woke it early: the guest's time becomes the wall clock's, if that is later.
    const now = Math.max(machine.nowNs, wallNs())
    machine.skipTo(untilNs === undefined ? now : Math.min(untilNs, Math.max(now, ahead > 0 ? now : untilNs)))
  }
}
