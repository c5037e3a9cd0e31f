// The last bytes of a console, in a bounded space.

const CHUNK = 65_536

/** Keeps the newest bytes and counts those that it dropped. */
export class OutputRing {
  readonly #chunks: Uint8Array[] = []
  readonly #most: number
  /** Bytes in the last chunk. */
  #used = CHUNK
  #dropped = 0

  /** Keeps at least `bytes` bytes, and at most 64 KiB more. */
  constructor(bytes: number) {
    this.#most = Math.ceil(bytes / CHUNK) + 1
  }

  /** Adds a byte. */
  push(byte: number): void {
    if (this.#used === CHUNK) {
      // The oldest chunk becomes the newest.
      const isFull = this.#chunks.length === this.#most
      if (isFull) this.#dropped += CHUNK
      this.#chunks.push(isFull ? this.#chunks.shift()! : new Uint8Array(CHUNK))
      this.#used = 0
    }
    this.#chunks.at(-1)![this.#used++] = byte
  }

  /** The bytes as UTF-8 text, and how many came before them. The text begins with a whole character. */
  text(): { text: string; dropped: number } {
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true })
    let text = ""
    let dropped = this.#dropped
    this.#chunks.forEach((chunk, n) => {
      let bytes = n === this.#chunks.length - 1 ? chunk.subarray(0, this.#used) : chunk
      if (n === 0 && dropped > 0) {
        const start = firstCharacter(bytes)
        bytes = bytes.subarray(start)
        dropped += start
      }
      text += decoder.decode(bytes, { stream: true })
    })
    return { text: text + decoder.decode(), dropped }
  }
}

/** Index of the first byte that continues no character; a character has at most three bytes that do. */
function firstCharacter(bytes: Uint8Array): number {
  for (let at = 0; at < Math.min(4, bytes.length); at++) if ((bytes[at]! & 0xc0) !== 0x80) return at
  return 0
}
