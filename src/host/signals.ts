// Signals that end the command: they are noticed, and take their default action after the clean-up.

import { constants } from "node:os"

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const

/** A signal that ends the command. */
export type EndingSignal = (typeof SIGNALS)[number]

/** Milliseconds within which a signal that a process sends to itself ends it. */
const PATIENCE_MS = 1000

/** Catches the signals that would end the process. */
export class SignalTrap {
  #caught: EndingSignal | undefined
  readonly #catch: (signal: EndingSignal) => void

  /** `end` is called with the first signal; `now` with the next one, before the process ends at once. */
  constructor(end: () => void, now: () => void) {
    this.#catch = (signal) => {
      if (this.#caught === undefined) {
        this.#caught = signal
        end()
      } else {
        now()
        void this.raise()
      }
    }
    for (const signal of SIGNALS) process.on(signal, this.#catch)
  }

  /** The first signal that came. */
  get caught(): EndingSignal | undefined {
    return this.#caught
  }

  /** Acts as if a signal had come. */
  take(signal: EndingSignal): void {
    if (this.#caught === undefined) this.#catch(signal)
  }

  /** Gives the signals their default action again. */
  release(): void {
    for (const signal of SIGNALS) process.off(signal, this.#catch)
  }

  /** Ends the process by the signal that came, so that its parent sees which it was. */
  async raise(): Promise<never> {
    const signal = this.#caught!
    this.release()
    process.kill(process.pid, signal)
    await new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))
    process.exit(128 + constants.signals[signal])
  }
}
