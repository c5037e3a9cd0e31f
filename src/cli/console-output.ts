// The guest's console output on its way to standard output or a file: gathered, bounded, and written to the end.

import { FileOutlet, type Outlet, type SystemError, standardOutput } from "../host/outlet.ts"
import type { SessionHost } from "../session-host.ts"
import { reasonOf } from "./input.ts"
import { UsageError } from "./usage-error.ts"

/** Bytes that are written at once. */
const PIECE = 16_384
/** Bytes that may wait to be written before the guest must wait. */
const MOST_UNWRITTEN = 262_144
/** Milliseconds in which the reader must take something, once the command is in a hurry to end. */
const PATIENCE_MS = 100
/** Line feed. */
const LF = 10

/** Where `--serial` leads. */
export class ConsoleOutput {
  /** What the user calls it. */
  readonly name: string
  readonly #outlet: Outlet | undefined
  readonly #isStdout: boolean
  #piece = new Uint8Array(PIECE)
  #length = 0
  #isScheduled = false
  #onProgress: () => void = () => {}
  #last = LF

  /** Opens what `--serial` names. `onFailure` is called once, if writing fails during the run. */
  constructor(serial: string, onFailure: () => void) {
    const path = /^file:(.+)$/s.exec(serial)?.[1]
    if (path === undefined && serial !== "stdio" && serial !== "none")
      throw new UsageError(`--serial takes stdio, none or file:PATH, not ${serial}.`)
    this.name = path ?? "standard output"
    this.#isStdout = serial === "stdio"
    if (path !== undefined) this.#outlet = openFile(path)
    else if (serial === "stdio") this.#outlet = standardOutput()
    const outlet = this.#outlet
    if (outlet)
      outlet.onProgress = () => {
        if (outlet.failure) onFailure()
        this.#onProgress()
      }
  }

  /** The error that ended the writing. */
  get failure(): SystemError | undefined {
    return this.#outlet?.failure
  }

  /** Bytes that the reader has not taken. */
  get unwritten(): number {
    return this.#outlet ? this.#outlet.unwritten + this.#length : 0
  }

  /** Whether standard output is at the start of a line, as far as the guest has written to it. */
  get isAtLineStart(): boolean {
    return !this.#isStdout || this.#last === LF
  }

  /** Takes a byte. It is written in this turn of the event loop: a guest may print byte by byte. */
  put(byte: number): void {
    if (!this.#outlet) return
    this.#last = byte
    this.#piece[this.#length++] = byte
    if (this.#length === PIECE) this.#flush()
    else if (!this.#isScheduled) {
      this.#isScheduled = true
      setImmediate(() => {
        this.#isScheduled = false
        this.#flush()
      })
    }
  }

  #flush(): void {
    if (this.#length === 0) return
    const bytes = this.#piece.subarray(0, this.#length)
    this.#piece = new Uint8Array(PIECE)
    this.#length = 0
    this.#outlet!.write(bytes)
  }

  /** A promise that is fulfilled once the reader has taken more, if so much waits that the guest must wait as well. */
  whenTaken(): Promise<void> | undefined {
    if (this.unwritten < MOST_UNWRITTEN) return undefined
    return new Promise((resolve) => {
      this.#onProgress = resolve
    })
  }

  /**
   * Writes what is left. It waits for the reader, but once `isHurried` says so, only as long as the reader takes
   * something every `PATIENCE_MS` milliseconds.
   */
  async finish(host: SessionHost, isHurried: () => boolean): Promise<void> {
    const outlet = this.#outlet
    if (!outlet) return
    this.#flush()
    outlet.end()
    while (outlet.unwritten > 0) {
      const before = outlet.unwritten
      const wasHurried = isHurried()
      this.#onProgress = () => host.wake()
      await host.sleep(PATIENCE_MS)
      if (wasHurried && outlet.unwritten === before) return
    }
  }
}

function openFile(path: string): FileOutlet {
  try {
    return new FileOutlet(path)
  } catch (error) {
    throw new UsageError(`--serial: ${path} cannot be written: ${reasonOf(error)}.`)
  }
}
