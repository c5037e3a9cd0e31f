// What a session looks for on the console: texts to fail on, panics, and what is expected, with the texts to type.

import { ConsoleDecoder, ConsoleText, type Match, searchable } from "./console-text.ts"
import { PANICS, type PanicAction } from "./panic.ts"

/** Instructions that a kernel may execute after a panic, to print its state. */
const AFTER_PANIC = 100_000_000
/** Instructions after which all the text kept is searched again, if there is new text and the guest was never idle. */
const THOROUGH_INTERVAL = 12_800_000

/** What to look for, and what to type; `SessionOptions` documents the members. */
export type WatchOptions = {
  readonly expect?: readonly RegExp[]
  readonly send?: readonly string[]
  readonly failOn?: readonly RegExp[]
  readonly panic?: PanicAction | undefined
}

/** What was found that ends the run. */
export type Finding =
  | { readonly kind: "matched" | "panic" }
  /** A text that must not appear. */
  | { readonly kind: "failOn"; readonly text: string }

/** A panic that has been seen. */
type Panic = Match & {
  /** The text from the match on, until its line is complete. */
  readonly line: string
  /** Count of instructions at which the run ends. */
  readonly until: number
}

/** Watches the console of one run. */
export class ConsoleWatch {
  readonly #type: (text: string) => void
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

  /** `type` gets the texts to type. */
  constructor({ expect = [], send = [], failOn = [], panic }: WatchOptions, type: (text: string) => void) {
    this.#type = type
    this.#expect = expect.map(searchable)
    this.#failOn = failOn.map(searchable)
    this.#send = [...send]
    const isTest = expect.length + send.length + failOn.length > 0
    this.#panics = (panic ?? (isTest ? "fail" : "ignore")) === "fail" ? PANICS.map(searchable) : []
  }

  /** The pattern that the console must show next, as its source. */
  get missing(): string | undefined {
    return this.#expect[0]?.source
  }

  /** The line of a panic that nothing expected. */
  get panic(): string | undefined {
    return this.#panic?.line.split(/[\r\n]/)[0]
  }

  /** Types the first text, if there are more texts than patterns. */
  start(): void {
    const first = this.#send.length > this.#expect.length ? this.#send.shift() : undefined
    if (first !== undefined) this.#type(first)
  }

  /** Takes one byte of output. */
  take(byte: number): void {
    if (this.#expect.length + this.#failOn.length + this.#panics.length > 0) this.#decoder.push(byte)
  }

  /**
   * Looks for the patterns in new output. A pattern of `failOn` comes first. A panic comes before what is expected, since
   * that may end the run. `isPause`: the guest is idle or ends, so that all text kept is searched, and a panic is over.
   */
  search(instructions: number, isPause: boolean): Finding | undefined {
    const isThorough = isPause || instructions >= this.#thoroughAt
    if (isThorough) this.#thoroughAt = instructions + THOROUGH_INTERVAL
    if (this.#decoder.waiting > 0) this.#append(this.#decoder.take())
    const found = this.#failOnText.search(this.#failOn, isThorough)
    if (found) return { kind: "failOn", text: found.text }
    if (this.#panics.length > 0) this.#searchPanic(instructions, isThorough)
    const isMatched = this.#searchExpected(isThorough)
    if (this.#panic) return isMatched || isPause || instructions >= this.#panic.until ? { kind: "panic" } : undefined
    return isMatched ? { kind: "matched" } : undefined
  }

  #append(text: string): void {
    if (this.#failOn.length > 0) this.#failOnText.append(text)
    if (this.#expect.length > 0) this.#expectText.append(text)
    if (this.#panics.length > 0) this.#panicText.append(text)
    const panic = this.#panic
    if (panic && !/[\r\n]/.test(panic.line)) this.#panic = { ...panic, line: panic.line + text }
  }

  #searchPanic(instructions: number, isThorough: boolean): void {
    for (;;) {
      const found = this.#panicText.search(this.#panics, isThorough)
      if (!found) return
      const line = this.#panicText.from(found.start)
      this.#panicText.skipTo(found.end)
      const isExpected = this.#lastExpected !== undefined && overlap(found, this.#lastExpected)
      if (!isExpected) this.#panic ??= { ...found, line, until: instructions + AFTER_PANIC }
    }
  }

  /** Types what follows each match. Whether the last pattern was matched, and no text followed it. */
  #searchExpected(isThorough: boolean): boolean {
    for (let next = this.#expect[0]; next; next = this.#expect[0]) {
      const found = this.#expectText.search([next], isThorough)
      if (!found) return false
      this.#expect.shift()
      this.#expectText.skipTo(found.end)
      this.#lastExpected = found
      if (this.#panic && overlap(this.#panic, found)) this.#panic = undefined
      const reply = this.#send.shift()
      if (reply !== undefined) this.#type(reply)
      else if (this.#expect.length === 0) return true
    }
    return false
  }
}

const overlap = (a: Match, b: Match) => a.start < b.end && b.start < a.end
