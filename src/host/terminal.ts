// The user's terminal as the guest's console: raw input, an escape key, and restoration on every way out.

import type { CharLink } from "../../devices/kit/index.ts"

const ESCAPE = 0x01 // Ctrl-A
const HELP = `
Ctrl-A h   this help
Ctrl-A x   quit
Ctrl-A Ctrl-A   send Ctrl-A to the guest
`

/** Connects standard input to the console; Ctrl-A x calls `quit`. Returns a function that restores the terminal. */
export function openTerminal(console: CharLink, quit: () => void, wake: () => void): () => void {
  const { stdin } = process
  const isTerminal = stdin.isTTY === true
  let escaped = false
  const receive = (chunk: Buffer) => {
    const bytes: number[] = []
    for (const byte of chunk) {
      if (escaped) {
        escaped = false
        if (byte === 0x78 || byte === 0x58) return quit()
        if (byte === 0x68 || byte === 0x48 || byte === 0x3f) process.stdout.write(HELP.replaceAll("\n", "\r\n"))
        else if (byte === ESCAPE) bytes.push(byte)
      } else if (byte === ESCAPE && isTerminal) escaped = true
      else bytes.push(byte)
    }
    console.feed(Uint8Array.from(bytes))
    wake()
  }
  const restore = () => {
    stdin.off("data", receive)
    if (isTerminal) stdin.setRawMode(false)
    stdin.pause()
    for (const signal of SIGNALS) process.off(signal, quit)
    process.off("exit", restore)
  }
  if (isTerminal) stdin.setRawMode(true)
  stdin.on("data", receive)
  stdin.resume()
  for (const signal of SIGNALS) process.on(signal, quit)
  process.on("exit", restore)
  return restore
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const
