// Runs a machine to its end: matches its console with the expected patterns, types the texts to send, keeps the limits.

import type { CharLink } from "../devices/kit/index.ts"
import { printable } from "../firmware/printable.ts"
import { ConsoleDecoder, ConsoleText, type Match, searchable } from "./console-text.ts"
import type { Machine } from "./machine.ts"
import { PANICS, type PanicAction } from "./panic.ts"
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
/** Instructions after which all the text kept is searched again, if there is new text and the guest was never idle. */
const THOROUGH_INTERVAL = 64 * SLICE
/** Instructions that a kernel may execute after a panic, to print its state. */
const AFTER_PANIC = 100_000_000
/** Milliseconds after which a busy guest yields to the host's event loop. */
const TURN_MS = 10
/** Maximum number of milliseconds of a sleep. */
const LONGEST_SLEEP_MS = 60_000

/** A panic that has been seen. */
type Panic = Match & {
  /** The text from the match on, until its line is complete. */
  readonly line: string
  /** Count of instructions at which the run ends. */
  readonly until: number
}

/** Drives one machine. */
export class Session {
  readonly #machine: Machine
  readonly #console: CharLink
  readonly #options: SessionOptions
  readonly #host: SessionHost
  readonly #expect: RegExp[]
  readonly #failOn: readonly RegExp[]
  readonly #panics: readonly RegExp[]
  readonly #send: string[]
  readonly #decoder = new ConsoleDecoder()
  // Each has its own text, since a match of one must not hide text from the others.
  readonly #expectText = new ConsoleText()
  readonly #failOnText = new ConsoleText()
  readonly #panicText = new ConsoleText()
  /** Count of instructions at which all text is searched. */
  #thoroughAt = THOROUGH_INTERVAL
  #lastExpected: Match | undefined
  #panic: Panic | undefined
  #outcome: Outcome | undefined
  #reason = ""

  constructor(machine: Machine, console: CharLink, options: SessionOptions, host: SessionHost) {
    const { expect = [], send = [], failOn = [] } = options
    this.#machine = machine
    this.#console = console
    this.#options = options
    this.#host = host
    this.#expect = expect.map(searchable)
    this.#failOn = failOn.map(searchable)
    this.#send = [...send]
    const isTest = expect.length + send.length + failOn.length > 0
    this.#panics = (options.panic ?? (isTest ? "fail" : "ignore")) === "fail" ? PANICS.map(searchable) : []
  }

  /** Takes one byte of the guest's console output. */
  output(byte: number): void {
    this.#options.onOutput?.(byte)
    if (this.#expect.length + this.#failOn.length + this.#panics.length > 0) this.#decoder.push(byte)
    if (++this.#sliceOutput >= SLICE_OUTPUT) this.#machine.endSlice()
  }

  /** Bytes of output in the current slice. */
  #sliceOutput = 0

  /** Ends the run from outside. */
  quit(): void {
    this.#end("quit", "the user quit")
    this.#host.wake()
  }

  /** Ends the guest's sleep: there is input for it. */
  wake(): void {
    this.#host.wake()
  }

  #end(outcome: Outcome, reason: string): void {
    if (this.#outcome) return
    const panic = outcome === "quit" || outcome === "failOn" ? undefined : this.#panic
    this.#outcome = panic ? "panic" : outcome
    this.#reason = printable(panic ? `the guest panicked: ${JSON.stringify(panic.line.split(/[\r\n]/)[0])}` : reason)
  }

  // Looks for patterns in new output. It runs between slices, so that its effects come at the same instruction in every
  // run. A pattern of `failOn` comes first, and a panic before what is expected, since that may end the run.
  #search(isThorough: boolean): void {
    if (this.#decoder.waiting > 0) this.#append(this.#decoder.take())
    const found = this.#failOnText.search(this.#failOn, isThorough)
    if (found) {
      this.#end("failOn", `the console shows ${JSON.stringify(found.text)}, which must not appear`)
      return
    }
    if (this.#panics.length > 0) this.#searchPanic(isThorough)
    while (this.#expect.length > 0) {
      const found = this.#expectText.search([this.#expect[0]!], isThorough)
      if (!found) break
      this.#expect.shift()
      this.#expectText.skipTo(found.end)
      this.#lastExpected = found
      if (this.#panic && overlap(this.#panic, found)) this.#panic = undefined
      const reply = this.#send.shift()
      if (reply !== undefined) this.#console.feed(reply)
      else if (this.#expect.length === 0) this.#end("matched", "")
    }
  }

  #append(text: string): void {
    if (this.#failOn.length > 0) this.#failOnText.append(text)
    if (this.#expect.length > 0) this.#expectText.append(text)
    if (this.#panics.length > 0) this.#panicText.append(text)
    const panic = this.#panic
    if (panic && !/[\r\n]/.test(panic.line)) this.#panic = { ...panic, line: panic.line + text }
  }

  #searchPanic(isThorough: boolean): void {
    for (;;) {
      const found = this.#panicText.search(this.#panics, isThorough)
      if (!found) return
      const line = this.#panicText.from(found.start)
      this.#panicText.skipTo(found.end)
      const isExpected = this.#lastExpected !== undefined && overlap(found, this.#lastExpected)
      if (!isExpected) this.#panic ??= { ...found, line, until: this.#machine.instructions + AFTER_PANIC }
    }
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
    const first = this.#send.length > this.#expect.length ? this.#send.shift() : undefined
    if (first !== undefined) this.#console.feed(first)
    let turn = started
    while (!this.#outcome) {
      const left = maxInstructions - machine.instructions
      if (left <= 0) {
        this.#end("limit", `${maxInstructions} instructions have been executed`)
        break
      }
      this.#sliceOutput = 0
      const slice = machine.slice(Math.min(SLICE, left))
      const { power } = machine
      this.#afterSlice(slice.kind === "idle" || power !== "on" || machine.instructions >= maxInstructions)
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

  #afterSlice(isLast: boolean): void {
    const { instructions } = this.#machine
    const isThorough = isLast || instructions >= this.#thoroughAt
    if (isThorough) this.#thoroughAt = instructions + THOROUGH_INTERVAL
    this.#search(isThorough)
    if (this.#panic && (isLast || instructions >= this.#panic.until)) this.#end("panic", "")
  }

  // Lets the guest wait while whoever takes the output cannot take more.
  async #outputTaken(deadline: number): Promise<void> {
    for (;;) {
      const taken = this.#options.whenOutputTaken?.()
      if (!taken || this.#outcome) return
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
    const missing = this.#expect[0]
    const status = typeof power === "object" ? power.exit : 0
    const how = status === 0 ? "the guest ended" : `the guest ended with status ${status}`
    if (missing) this.#end("failed", `${how} before the console showed /${missing.source}/`)
    else if (status !== 0) this.#end("failed", how)
    else this.#end("off", "")
  }

  // Sleeps while virtual time is ahead of the wall clock, at most until input comes or an alarm is due.
  async #idle(untilNs: number | undefined, started: number, deadline: number): Promise<void> {
    const machine = this.#machine
    const wallNs = () => (this.#host.now() - started) * 1e6
    const ahead = untilNs === undefined ? LONGEST_SLEEP_MS : (untilNs - wallNs()) / 1e6
    const longest = Math.min(LONGEST_SLEEP_MS, Math.max(0, deadline - this.#host.now()))
    if (ahead > 0 && !this.#outcome) await this.#host.sleep(Math.min(ahead, longest))
    // Input woke it early: the guest's time becomes the wall clock's, if that is later.
    const now = Math.max(machine.nowNs, wallNs())
    machine.skipTo(untilNs === undefined ? now : Math.min(untilNs, Math.max(now, ahead > 0 ? now : untilNs)))
  }
}

const overlap = (a: Match, b: Match) => a.start < b.end && b.start < a.end
