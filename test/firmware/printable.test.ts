// Text for a terminal: what is escaped, and what stays.

import { describe, expect, it } from "vitest"
import { ImageError } from "../../firmware/image-error.ts"
import { printable } from "../../firmware/printable.ts"

describe("printable text", () => {
  it.each([
    ["the controls of ASCII", "\0a\t\n\r\x1b[31m\x7f", "\\x00a\\x09\\x0a\\x0d\\x1b[31m\\x7f"],
    ["the controls of Latin-1", "\x80\x9b31m\x9f", "\\x80\\x9b31m\\x9f"],
    ["marks that reverse text", "a\u202eb\u2066c\u061c\u200f", "a\\u{202e}b\\u{2066}c\\u{61c}\\u{200f}"],
    ["separators of lines", "a\u2028b\u2029", "a\\u{2028}b\\u{2029}"],
    ["half a surrogate pair", "\ud800x", "\\u{d800}x"],
    ["invisible tags", "\u{e0041}\ufeff", "\\u{e0041}\\u{feff}"],
  ])("escapes %s", (_, text, escaped) => {
    expect(printable(text)).toBe(escaped)
  })

  it("keeps letters of all scripts, signs and spaces", () => {
    const text = "pl011@9000000 é ß 漢字 עברית 😀 ~"
    expect(printable(text)).toBe(text)
  })

  it("is what every ImageError says, in one line", () => {
    expect(new ImageError("a\nb\x1b[2J").message).toBe("a\\x0ab\\x1b[2J")
  })
})
