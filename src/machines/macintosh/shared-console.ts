// The console of a board whose firmware and serial port both use it.

import type { CharLink, CharPort } from "../../../devices/kit/index.ts"

/** A character port that tells several users when bytes come; each takes what it wants. */
export class SharedConsole implements CharPort {
  readonly #link: CharLink
  readonly #callbacks: (() => void)[] = []

  constructor(link: CharLink) {
    this.#link = link
    link.onReady(() => {
      for (const callback of this.#callbacks) callback()
    })
  }

  send(byte: number): void {
    this.#link.send(byte)
  }

  receive(): number | undefined {
    return this.#link.receive()
  }

  isWaiting(): boolean {
    return this.#link.isWaiting()
  }

  onReady(callback: () => void): void {
    this.#callbacks.push(callback)
  }
}
