// Standard input as the guest's console: raw input from a terminal, an escape key, and restoration on every way out.

import { isatty } from "node:tty"
import type { CharLink } from "../../devices/kit/index.ts"

const ESCAPE = 0x01 // Ctrl-A
const HELP = `
Ctrl-A h   this help
Ctrl-A x   quit
Ctrl-A Ctrl-A   send Ctrl-A to the guest
`
/** Bytes that may wait for the guest. A terminal is read on, since Ctrl-A x may follow, and what is too much is lost. */
const MOST_WAITING = 1024 * 1024

/** What a terminal reports. */
export type TerminalEvents = {
  /** Ctrl-A x was typed. */
  quit(): void
  /** The terminal was closed. */
  hangUp(): void
  /** The guest has input. */
  wake(): void
}

/** Connects standard input to the console. Returns a function that restores the terminal. */
export function openTerminal(console: CharLink, events: TerminalEvents): () => void {
  const { stdin } = process
  const isTerminal = stdin.isTTY === true
  let escaped = false
  const receive = (chunk: Buffer) => {
    const bytes: number[] = []
    for (const byte of chunk) {
      if (escaped) {
        escaped = false
        if (byte === 0x78 || byte === 0x58) return events.quit()
        if (byte === 0x68 || byte === 0x48 || byte === 0x3f) process.stdout.write(HELP.replaceAll("\n", "\r\n"))
        else if (byte === ESCAPE) bytes.push(byte)
      } else if (byte === ESCAPE && isTerminal) escaped = true
      else bytes.push(byte)
    }
    if (console.waiting < MOST_WAITING) console.feed(Uint8Array.from(bytes))
    if (console.isFull && !isTerminal) stdin.pause()
    events.wake()
  }
  // A terminal ends with an error (EIO) or an empty read when it is closed. Other input just ends.
  const end = () => {
    if (isTerminal) events.hangUp()
  }
  const resume = () => stdin.resume()
  const restore = () => {
    stdin.off("data", receive)
    stdin.off("end", end)
    console.onDrained(() => {})
    if (isTerminal) stdin.setRawMode(false)
    stdin.pause()
    process.off("exit", restore)
  }
  // Errors may come after the run as well: restoring a terminal that was closed fails, too.
  stdin.on("error", end)
  if (isTerminal) stdin.setRawMode(true)
  stdin.on("data", receive)
  stdin.on("end", end)
  console.onDrained(resume)
  stdin.resume()
  process.on("exit", restore)
  return restore
}

/**
 * Ends the process by SIGHUP if a terminal that it started with is gone by its end. Node restores terminals at its end,
 * and aborts where that fails.
 */
export function endByHangUp(): void {
  const terminals = [0, 1, 2].filter((fd) => isatty(fd))
  process.on("exit", () => {
    if (!terminals.every((fd) => isatty(fd))) process.kill(process.pid, "SIGHUP")
  })
}
