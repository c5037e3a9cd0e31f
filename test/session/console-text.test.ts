// The console's text: decoding of UTF-8, and the search for patterns.

import { describe, expect, it } from "vitest"
import { ConsoleDecoder, ConsoleText, searchable, WINDOW } from "../../src/console-text.ts"

const utf8 = (text: string) => new TextEncoder().encode(text)

describe("the decoder", () => {
  it("joins the bytes of a character that come apart", () => {
    const decoder = new ConsoleDecoder()
    const texts = [...utf8("aé€😀")].map((byte) => {
      decoder.push(byte)
      return decoder.take()
    })
    expect(texts.join("")).toBe("aé€😀")
  })

  it("shows what is no UTF-8 as U+FFFD, and keeps a byte order mark", () => {
    const decoder = new ConsoleDecoder()
    for (const byte of [0xef, 0xbb, 0xbf, 0x61, 0xff, 0x62, 0xc3, 0x63]) decoder.push(byte)
    expect(decoder.take()).toBe("\ufeffa\ufffdb\ufffdc")
  })

  it("keeps every byte, however many come at once", () => {
    const decoder = new ConsoleDecoder()
    for (let n = 0; n < 300_000; n++) decoder.push(0x61 + (n % 26))
    const text = decoder.take()
    expect([text.length, text[299_999]]).toEqual([300_000, String.fromCharCode(0x61 + (299_999 % 26))])
  })
})

describe("the search", () => {
  /** Feeds pieces, searches after each, and gives what was found. */
  function search(pattern: RegExp, pieces: readonly string[], isThorough = false) {
    const text = new ConsoleText()
    const patterns = [searchable(pattern)]
    for (const piece of pieces) {
      text.append(piece)
      const found = text.search(patterns, isThorough)
      if (found) return found
    }
    return undefined
  }

  it("finds a text that comes in pieces", () => {
    expect(search(/needle/, ["a nee", "d", "le"])).toEqual({ start: 2, end: 8, text: "needle" })
  })

  it("finds a text wherever it is in a large piece", () => {
    const hay = "x".repeat(3 * WINDOW)
    expect(search(/needle/, [`needle${hay}`])?.start).toBe(0)
    expect(search(/needle/, [hay, `${hay}needle${hay}`])?.start).toBe(2 * hay.length)
    expect(search(/needle/, [hay, hay, `${hay}needle`])?.start).toBe(3 * hay.length)
  })

  it("finds a match that begins long before the new text, in a thorough search at the latest", () => {
    const long = `begin${"x".repeat(20_000)}`
    expect(search(/begin[\s\S]*end/, [long, "end"], true)?.start).toBe(0)
    expect(search(/begin[\s\S]*end/, [`begin${"x".repeat(2000)}`, "end"])?.start).toBe(0)
    expect(search(/begin[\s\S]*end/, [...long.match(/.{1,1000}/g)!, "end", "y".repeat(WINDOW)])?.start).toBe(0)
  })

  it.each(["", "g", "y", "gy", "i", "u"])("takes a pattern with the flags %j any number of times", (flags) => {
    const text = new ConsoleText()
    const patterns = [searchable(new RegExp("needle", flags))]
    for (let n = 0; n < 3; n++) {
      text.append("hay needle hay")
      const found = text.search(patterns, false)
      expect(found?.text).toBe("needle")
      text.skipTo(found!.end)
    }
  })

  it("does not take the start of what it keeps for the start of a line", () => {
    const pieces = Array.from({ length: 40 }, () => "x".repeat(5000))
    expect(search(/^x{10}y/m, [...pieces, "y"])).toBeUndefined()
    expect(search(/^x{10}y/m, [...pieces, "\nxxxxxxxxxxy"])?.text).toBe("xxxxxxxxxxy")
  })

  it("costs no more in the middle of a long text than at its start", () => {
    const text = new ConsoleText()
    let executed = 0
    const pattern = searchable(/\0/)
    const counted = { exec: (given: string) => (executed += given.length - pattern.lastIndex) && null }
    const patterns = [Object.assign(Object.create(pattern), { exec: counted.exec })]
    Object.defineProperty(patterns[0], "lastIndex", { set: (value) => (pattern.lastIndex = value) })
    for (let n = 0; n < 10_000; n++) {
      text.append("x".repeat(100))
      text.search(patterns, false)
    }
    // A million characters; without the near search, each piece would cost the whole window.
    expect(executed).toBeLessThan(10_000 * 10_000)
  })
})
