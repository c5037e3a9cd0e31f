// The wires and ports that a machine gives to parts: interrupt lines, physical memory and character streams.

/** A wire as its driver sees it; setting the level that it already has changes nothing. */
export interface Line {
  set(level: boolean): void
  /** The lines that this one passes its level to, if that is all it does. */
  readonly leadsTo?: readonly Line[]
}

/** Physical memory as a bus master sees it: bytes in the order in which the guest numbers them. */
export interface MemoryPort {
  /** Copies memory into `into`; false if some of it is no memory: then `into` holds nothing of use. */
  read(address: number, into: Uint8Array): boolean
  /** Copies `from` to memory; false if some of it cannot be written: then only what lies before may have changed. */
  write(address: number, from: Uint8Array): boolean
}

/** The outside end of a serial line, as a part sees it. */
export interface CharPort {
  /** Sends one byte, 0 to 255, to the outside. */
  send(byte: number): void
  /** Takes the next byte that waits outside, or undefined. A part calls it only if it has room, so nothing is lost. */
  receive(): number | undefined
  /** Whether a byte waits outside. */
  isWaiting(): boolean
  /** Registers a callback, which the port calls when bytes come and none waited before. */
  onReady(callback: () => void): void
}

/** A line without a receiver. */
export const unconnected: Line = { set() {} }

/** Joins lines so that one driver feeds several receivers. */
export function fanOut(...lines: readonly Line[]): Line {
  return {
    leadsTo: lines,
    set(level) {
      for (const line of lines) line.set(level)
    },
  }
}

/** A line with any number of drivers: it is high while any of them is. */
export class SharedLine {
  readonly #line: Line
  readonly #levels: boolean[] = []

  constructor(line: Line) {
    this.#line = line
  }

  /** Makes a driver. */
  driver(): Line {
    const n = this.#levels.push(false) - 1
    return {
      leadsTo: [this.#line],
      set: (level) => {
        this.#levels[n] = level
        this.#line.set(this.#levels.includes(true))
      },
    }
  }
}

/** Makes `count` drivers of one line; the line is high while any of them is. */
export function wiredOr(count: number, line: Line): Line[] {
  const shared = new SharedLine(line)
  return Array.from({ length: count }, () => shared.driver())
}

/** Waiting bytes at which a link is full, and at which it has room again. */
const FULL = 65_536
const ROOM = FULL / 2

/**
 * A character port with a host behind it: the host feeds bytes, the part takes them at its own pace. A host whose source
 * does not end pauses it while the link is full; else the bytes that wait would grow without bound.
 */
export class CharLink implements CharPort {
  readonly #send: (byte: number) => void
  #chunks: Uint8Array[] = []
  #position = 0
  #waiting = 0
  readonly #ready: (() => void)[] = []
  #isFull = false
  #drained: (() => void) | undefined

  /** `send` is called with every byte that the part sends. */
  constructor(send: (byte: number) => void = () => {}) {
    this.#send = send
  }

  /** How many bytes the part has not taken yet. */
  get waiting(): number {
    return this.#waiting
  }

  /** Whether 64 KiB or more were waiting, and the part has not taken them yet down to half of that. */
  get isFull(): boolean {
    return this.#isFull
  }

  /** Queues bytes for the part; a string is sent as UTF-8. A full link takes them, too, but the host should pause. */
  feed(bytes: Uint8Array | string): void {
    const chunk = typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes.slice()
    if (chunk.length === 0) return
    this.#chunks.push(chunk)
    this.#waiting += chunk.length
    if (this.#waiting >= FULL) this.#isFull = true
    if (this.#waiting === chunk.length) for (const call of this.#ready) call()
  }

  /** Registers the host's callback, which the link calls when it was full and has room again. */
  onDrained(callback: () => void): void {
    this.#drained = callback
  }

  send(byte: number): void {
    this.#send(byte)
  }

  /** Sends a text to the outside, of which each character, 0 to 255, is a byte. */
  sendText(text: string): void {
    for (let at = 0; at < text.length; at++) this.#send(text.charCodeAt(at))
  }

  receive(): number | undefined {
    const chunk = this.#chunks[0]
    if (chunk === undefined) return undefined
    const byte = chunk[this.#position++]
    this.#waiting--
    if (this.#position === chunk.length) {
      this.#chunks.shift()
      this.#position = 0
    }
    if (this.#isFull && this.#waiting <= ROOM) {
      this.#isFull = false
      this.#drained?.()
    }
    return byte
  }

  isWaiting(): boolean {
    return this.#waiting > 0
  }

  onReady(callback: () => void): void {
    this.#ready.push(callback)
  }
}
