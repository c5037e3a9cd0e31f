// The console's bytes as text, and the search for patterns in it.

/** Characters of the console's text in which a match may begin: so many before the newest. */
export const WINDOW = 65_536
/** Characters before new text that every search covers. A match that begins earlier is found by a thorough search. */
const NEAR = 4096
/** New characters after which a search is thorough in any case. */
const THOROUGH = WINDOW / 4
/** Bytes for which there is room at first. */
const ROOM = 65_536

/** Decodes UTF-8 from single bytes; what is no UTF-8 becomes U+FFFD. */
export class ConsoleDecoder {
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true })
  #bytes = new Uint8Array(ROOM)
  #length = 0

  /** Bytes that have not been decoded yet. */
  get waiting(): number {
    return this.#length
  }

  /** Adds a byte. */
  push(byte: number): void {
    if (this.#length === this.#bytes.length) {
      const larger = new Uint8Array(2 * this.#length)
      larger.set(this.#bytes)
      this.#bytes = larger
    }
    this.#bytes[this.#length++] = byte
  }

  /** The text of the bytes so far; a character whose bytes are incomplete comes with the next text. */
  take(): string {
    const text = this.#decoder.decode(this.#bytes.subarray(0, this.#length), { stream: true })
    this.#length = 0
    if (this.#bytes.length > ROOM) this.#bytes = new Uint8Array(ROOM)
    return text
  }
}

/** A place in the console's text, in characters from the start. */
export type Match = { readonly start: number; readonly end: number; readonly text: string }

/** Makes a pattern that can be searched from any position; the flags `g` and `y` make no difference. */
export const searchable = ({ source, flags }: RegExp): RegExp => new RegExp(source, `${flags.replace(/[gy]/g, "")}g`)

/**
 * The newest text of a console, in which patterns are looked for. Each new character is searched, and a match may begin
 * up to `WINDOW` characters before the newest. A search covers only the text near what is new, and all of it when it is
 * thorough: the cost does not grow with the window.
 */
export class ConsoleText {
  #text = ""
  /** Number of the first character in `#text`. */
  #offset = 0
  /** Where in `#text` a match may begin at the earliest. The character before tells `^` whether a line begins there. */
  #first = 0
  /** How far `#text` has been searched, and how far thoroughly. */
  #searched = 0
  #thorough = 0

  /** Adds text. */
  append(text: string): void {
    this.#text += text
  }

  /** Drops all text before a character; it is as if the text began there. */
  skipTo(character: number): void {
    this.#text = this.#text.slice(character - this.#offset)
    this.#offset = character
    this.#first = this.#searched = this.#thorough = 0
  }

  /** The text from a character on. */
  from(character: number): string {
    return this.#text.slice(character - this.#offset)
  }

  /** The first match of one of the patterns, which `searchable` has made, in text that was not searched yet. */
  search(patterns: readonly RegExp[], isThorough: boolean): Match | undefined {
    const { length } = this.#text
    const thorough = isThorough || length - this.#thorough >= THOROUGH
    if (length === (thorough ? this.#thorough : this.#searched)) return undefined
    const from = thorough ? this.#first : Math.max(this.#first, this.#searched - NEAR)
    for (const pattern of patterns) {
      pattern.lastIndex = from
      const found = pattern.exec(this.#text)
      if (!found) continue
      const start = this.#offset + found.index
      return { start, end: start + found[0].length, text: found[0] }
    }
    this.#searched = length
    if (thorough) this.#thorough = length
    if (thorough && length > WINDOW) this.#trim(length - WINDOW - 1)
    return undefined
  }

  #trim(count: number): void {
    this.#text = this.#text.slice(count)
    this.#offset += count
    this.#first = 1
    this.#searched -= count
    this.#thorough -= count
  }
}
