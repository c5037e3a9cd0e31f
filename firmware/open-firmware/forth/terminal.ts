// The user's terminal: queues of keys and output, the column, and the line editor (IEEE 1275-1994, section 7.4.1).

import { CELL } from "./data-space.ts"
import type { Forth } from "./forth.ts"
import type { ConsolePort } from "./ports.ts"

/** Bytes of a line of input. */
export const LINE_BYTES = 1024
const MOST_KEYS = 4096
/** Programs stop while more output than this waits to be taken. */
const MOST_OUTPUT = 8192
/** Output of one word that is kept at most. */
const MOST_PENDING = 1024 * 1024
const HISTORY_LINES = 32

const CTRL = { A: 1, B: 2, C: 3, D: 4, E: 5, F: 6, K: 11, N: 14, P: 16, U: 21, W: 23 } as const
const BACKSPACE = 8
const DELETE = 127
const isReturn = (key: number) => key === 13 || key === 10

/** Keys, output and the line under the cursor. */
export class Terminal {
  readonly #forth: Forth
  readonly #port: ConsolePort
  readonly #keys: number[] = []
  #output = ""
  /** Whether keys go to the line editor, which handles Ctrl-C itself. */
  #editing = false
  #line = ""
  #cursor = 0
  readonly #history: string[] = []
  #recalled = 0
  #skipNewline = false
  /** Whether the prompt shows the data stack. */
  showsStack = false

  constructor(forth: Forth, port: ConsolePort) {
    this.#forth = forth
    this.#port = port
  }

  /** Takes what was typed. Ctrl-C stops a program and drops what was typed before. */
  poll(): void {
    while (this.#keys.length < MOST_KEYS) {
      const key = this.#port.read()
      if (key === undefined) return
      if (key === CTRL.C && !this.#editing) {
        this.#keys.length = 0
        this.#forth.interrupt()
      } else this.#keys.push(key)
    }
  }

  /** Writes what the port takes; false if too much is left. */
  flush(): boolean {
    if (this.#output === "") return true
    if (this.#port.isReady?.() === false) return this.#output.length < MOST_OUTPUT
    this.#port.write(this.#output)
    this.#output = ""
    return true
  }

  get hasKey(): boolean {
    return this.#keys.length > 0
  }

  key(): number | undefined {
    return this.#keys.shift()
  }

  /** Writes text and keeps count of columns and lines. */
  type(text: string): void {
    if (this.#output.length + text.length <= MOST_PENDING) this.#output += text
    const { memory } = this.#forth
    let column = memory.slot("#out")
    for (const char of text) {
      if (char === "\n") {
        memory.setSlot("#line", memory.slot("#line") + 1)
        column = 0
      } else if (char === "\r") column = 0
      else if (char === "\b") column = Math.max(0, column - 1)
      else column++
    }
    memory.setSlot("#out", column)
  }

  cr(): void {
    this.type("\r\n")
  }

  /** Starts a new line, unless the cursor is at the start of one. */
  freshLine(): void {
    if (this.#forth.memory.slot("#out") !== 0) this.cr()
  }

  /** Writes a line of its own. */
  line(text: string): void {
    this.freshLine()
    this.type(text)
    this.cr()
  }

  /** Starts to edit a new line. */
  startLine(): void {
    this.#line = ""
    this.#cursor = 0
    this.#recalled = this.#history.length
    this.#editing = true
  }

  /** Takes keys into the line; the finished line, or undefined if more keys are needed. */
  edit(): string | undefined {
    for (let key = this.key(); key !== undefined; key = this.key()) {
      const skip = this.#skipNewline && key === 10
      this.#skipNewline = key === 13
      if (skip) continue
      if (isReturn(key)) return this.#finish()
      if (key === CTRL.C) {
        this.type("^C")
        this.cr()
        this.#editing = false
        return ""
      }
      this.#editKey(key)
    }
    return undefined
  }

  #finish(): string {
    this.#editing = false
    this.cr()
    if (this.#line.trim() !== "" && this.#history.at(-1) !== this.#line) this.#history.push(this.#line)
    if (this.#history.length > HISTORY_LINES) this.#history.shift()
    return this.#line
  }

  #editKey(key: number): void {
    const { length } = this.#line
    switch (key) {
      case BACKSPACE:
      case DELETE:
        if (this.#cursor > 0) this.#replace(this.#cursor - 1, this.#cursor, "")
        return
      case CTRL.U:
        this.#replace(0, length, "")
        return
      case CTRL.K:
        this.#replace(this.#cursor, length, "")
        return
      case CTRL.W:
        this.#replace(this.#line.slice(0, this.#cursor).search(/\S*\s*$/), this.#cursor, "")
        return
      case CTRL.D:
        if (this.#cursor < length) this.#replace(this.#cursor, this.#cursor + 1, "")
        return
      case CTRL.A:
        this.#move(0)
        return
      case CTRL.E:
        this.#move(length)
        return
      case CTRL.B:
        this.#move(this.#cursor - 1)
        return
      case CTRL.F:
        this.#move(this.#cursor + 1)
        return
      case CTRL.P:
        this.#recall(this.#recalled - 1)
        return
      case CTRL.N:
        this.#recall(this.#recalled + 1)
        return
    }
    if (key === 9) key = 32
    if (key >= 32 && length < LINE_BYTES - CELL) this.#replace(this.#cursor, this.#cursor, String.fromCharCode(key))
  }

  /** Replaces a part of the line and shows the rest anew; the cursor is left behind the new text. */
  #replace(from: number, to: number, text: string): void {
    const rest = this.#line.slice(to)
    const removed = to - from
    const erased = Math.max(0, removed - text.length)
    this.#move(from)
    this.type(text + rest + " ".repeat(erased) + "\b".repeat(erased + rest.length))
    this.#line = this.#line.slice(0, from) + text + rest
    this.#cursor = from + text.length
  }

  #move(to: number): void {
    const target = Math.max(0, Math.min(this.#line.length, to))
    if (target < this.#cursor) this.type("\b".repeat(this.#cursor - target))
    else this.type(this.#line.slice(this.#cursor, target))
    this.#cursor = target
  }

  #recall(index: number): void {
    const line = this.#history[index]
    if (line === undefined) return
    this.#recalled = index
    this.#replace(0, this.#line.length, line)
  }
}
