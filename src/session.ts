// Runs a machine to its end: matches its console with the expected patterns, types the texts to send, keeps the limits.

import type { CharLink } from "../devices/kit/index.ts"
import { printable } from "../firmware/printable.ts"
import { ConsoleWatch } from "./console-watch.ts"
import type { Machine } from "./machine.ts"
import type { PanicAction } from "./panic.ts"
import type { SessionHost } from "./session-host.ts"

/** How a run ended. */
export type Outcome =
  /** Everything expected was seen. */
  | "matched"
  /** The guest switched the machine off, or ended with status 0, with nothing left to be expected. */
  | "off"
  /** The guest ended with another status, or before everything expected was seen. */
  | "failed"
  /** The guest's kernel panicked. */
  | "panic"
  /** A pattern of `failOn` matched. */
  | "failOn"
  /** The limit of time or of instructions was reached. */
  | "limit"
  /** The user quit. */
  | "quit"

/**
 * What to do during the run. Patterns are looked for in the console's output as UTF-8 text. A match may begin at most
 * 65,536 characters before the newest one. The flags `g` and `y` of a pattern make no difference.
 */
export type SessionOptions = {
  /** Patterns that the console must show, in order; the run ends with the last, unless a text follows it. */
  readonly expect?: readonly RegExp[]
  /** Texts to type, one after each pattern. If there are more texts than patterns, the first is typed at the start. */
  readonly send?: readonly string[]
  readonly failOn?: readonly RegExp[]
  /**
   * Whether a kernel's panic fails the run: the default if there is something to expect, to send or to fail on. A panic
   * that a pattern of `expect` matches is none. `PANICS` in src/panic.ts lists what counts as one.
   */
  readonly panic?: PanicAction | undefined
  readonly maxInstructions?: number
  /** Wall-clock limit in seconds. It includes loading. */
  readonly timeoutSeconds?: number
  /** Time of the host's clock, in ms, from which `timeoutSeconds` counts: now if not given. */
  readonly startedMs?: number | undefined
  /** Virtual time keeps to the wall clock while the guest is idle, instead of skipping ahead. */
  readonly realTime?: boolean
  /** Starts the guest again after it has asked for a reset; without it, a reset ends the run (outcome "off"). */
  readonly onReset?: () => void
  readonly onOutput?: (byte: number) => void
  /**
   * The session calls it between slices. If it returns a promise, the guest waits until that is fulfilled: whoever
   * takes the output has enough of it for now.
   */
  readonly whenOutputTaken?: (() => Promise<void> | undefined) | undefined
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
/** Bytes of output that end a slice. */
const SLICE_OUTPUT = 65_536
/** Milliseconds after which a slice of slow instructions is paused. */
const SLICE_MS = 8
/** Milliseconds after which a busy guest yields to the host's event loop. */
const TURN_MS = 10
/** Maximum number of milliseconds of a sleep. */
const LONGEST_SLEEP_MS = 60_000

/** Drives one machine. */
export class Session {
  readonly #machine: Machine
  readonly #options: SessionOptions
  readonly #host: SessionHost
  readonly #watch: ConsoleWatch
  /** Bytes of output in the current slice. */
  #sliceOutput = 0
  #outcome: Outcome | undefined
  #quitting: "now" | "after slice" | undefined
  #reason = ""

  constructor(machine: Machine, console: CharLink, options: SessionOptions, host: SessionHost) {
    this.#machine = machine
    this.#options = options
    this.#host = host
    this.#watch = new ConsoleWatch(options, (text) => console.feed(text))
  }

  /** Takes one byte of the guest's console output. */
  output(byte: number): void {
    this.#options.onOutput?.(byte)
    this.#watch.take(byte)
    if (++this.#sliceOutput >= SLICE_OUTPUT) this.#machine.endSlice()
  }

  /** Ends the run from outside, once all output so far has been searched. */
  quit(): void {
    this.#quitting = "now"
    this.#host.wake()
  }

  /** Ends the run when the slice under way is at its end: what the guest does in it still counts. */
  quitAfterSlice(): void {
    this.#quitting ??= "after slice"
    this.#host.wake()
  }

  /** Ends the guest's sleep: there is input for it. */
  wake(): void {
    this.#host.wake()
  }

  #end(outcome: Outcome, reason: string): void {
    if (this.#outcome) return
    const panic = outcome === "quit" || outcome === "failOn" ? undefined : this.#watch.panic
    this.#outcome = panic === undefined ? outcome : "panic"
    this.#reason = printable(panic === undefined ? reason : `the guest panicked: ${JSON.stringify(panic)}`)
  }

  /** Runs until one of the options, the guest or the user ends it. */
  async run(): Promise<SessionResult> {
    const machine = this.#machine
    const { maxInstructions = Number.POSITIVE_INFINITY, timeoutSeconds, realTime = false } = this.#options
    const started = this.#host.now()
    const deadline =
      timeoutSeconds === undefined
        ? Number.POSITIVE_INFINITY
        : (this.#options.startedMs ?? started) + timeoutSeconds * 1000
    this.#watch.start()
    let turn = started
    let isPaused = false
    while (!this.#outcome) {
      if (this.#quitting === "now" || (this.#quitting && !isPaused)) {
        this.#search(true)
        this.#end("quit", "the user quit")
        break
      }
      const left = maxInstructions - machine.instructions
      if (left <= 0) {
        this.#end("limit", `${maxInstructions} instructions have been executed`)
        break
      }
      if (!isPaused) this.#sliceOutput = 0
      const began = this.#host.now()
      const slice = machine.slice(Math.min(SLICE, left), () => this.#host.now() >= began + SLICE_MS)
      isPaused = slice.kind === "running" && slice.isPaused
      const { power } = machine
      // Nothing may depend on where the host has paused a slice, unless the run ends there.
      if (!isPaused || this.#host.now() >= deadline)
        this.#search(slice.kind === "idle" || power !== "on" || machine.instructions >= maxInstructions || isPaused)
      if (power !== "on") this.#stopped(power)
      await this.#outputTaken(deadline)
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

  // It runs between slices, so that its effects come at the same instruction in every run.
  #search(isPause: boolean): void {
    const finding = this.#watch.search(this.#machine.instructions, isPause)
    if (finding?.kind === "failOn")
      this.#end("failOn", `the console shows ${JSON.stringify(finding.text)}, which must not appear`)
    else if (finding) this.#end(finding.kind, "")
  }

  // Lets the guest wait while whoever takes the output cannot take more.
  async #outputTaken(deadline: number): Promise<void> {
    for (;;) {
      const taken = this.#options.whenOutputTaken?.()
      if (!taken || this.#outcome || this.#quitting) return
      const left = deadline - this.#host.now()
      if (left <= 0) return
      taken.then(() => this.#host.wake())
      await this.#host.sleep(Math.min(left, LONGEST_SLEEP_MS))
    }
  }

  #stopped(power: "off" | "reset" | { readonly exit: number }): void {
    if (power === "reset" && this.#options.onReset) {
      if (!this.#outcome) this.#options.onReset()
      return
    }
    const { missing } = this.#watch
    const status = typeof power === "object" ? power.exit : 0
    const how = status === 0 ? "the guest ended" : `the guest ended with status ${status}`
    if (missing !== undefined) this.#end("failed", `${how} before the console showed /${missing}/`)
    else if (status !== 0) this.#end("failed", how)
    else this.#end("off", "")
  }

  // Sleeps while virtual time is ahead of the wall clock, at most until input comes or an alarm is due.
  async #idle(untilNs: number | undefined, started: number, deadline: number): Promise<void> {
    const machine = this.#machine
    const wallNs = () => (this.#host.now() - started) * 1e6
    const ahead = untilNs === undefined ? LONGEST_SLEEP_MS : (untilNs - wallNs()) / 1e6
    const longest = Math.min(LONGEST_SLEEP_MS, Math.max(0, deadline - this.#host.now()))
    if (ahead > 0 && !this.#outcome && !this.#quitting) await this.#host.sleep(Math.min(ahead, longest))
    // Input woke it early: the guest's time becomes the wall clock's, if that is later.
    const now = Math.max(machine.nowNs, wallNs())
    machine.skipTo(untilNs === undefined ? now : Math.min(untilNs, Math.max(now, ahead > 0 ? now : untilNs)))
  }
}
