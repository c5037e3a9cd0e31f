// The prompt and its line editor (IEEE 1275-1994, section 7.4.1).

import { describe, expect, it } from "vitest"
import { ForthBench } from "./bench.ts"

describe("the prompt", () => {
  it("is ok, and ] while a definition is open", () => {
    const bench = new ForthBench()
    expect(bench.output).toBe("ok ")
    bench.press(": five\r")
    expect(bench.settle()).toBe(": five\r\n] ")
    bench.press("5 ; five .\r")
    expect(bench.settle()).toBe("5 ; five .\r\n5 \r\nok ")
  })

  it.each([
    ["erases with backspace", "1 3\b2 + .\r", "3"],
    ["erases with delete", "1 3\x7f2 + .\r", "3"],
    ["drops the line with Ctrl-U", "nonsense\x151 2 + .\r", "3"],
    ["drops a word with Ctrl-W", "1 2 nonsense\x17+ .\r", "3"],
    ["drops the rest with Ctrl-K", "1 2 + . foo\x02\x02\x02\x0b\r", "3"],
    ["inserts at the cursor", "2 + .\x011 \r", "3"],
    ["takes a line feed for Return", "1 2 + .\n", "3"],
    ["takes a tab for a space", "1\t2 + .\r", "3"],
    ["forgets the line after Ctrl-C", "nonsense \x031 2 + .\r", "3"],
    ["brings back the line before with Ctrl-P", "1 2 +\r\x10 + .\r", "6"],
  ])("%s", (_, keys, answer) => {
    const bench = new ForthBench()
    bench.press(keys)
    const lines = bench.settle().trimEnd().split("\r\n")
    expect(lines.at(-2)?.trim()).toBe(answer)
  })

  it("shows the rest of the line when a character in its middle is erased", () => {
    const bench = new ForthBench()
    bench.press("abc\x02\b")
    expect(bench.settle()).toBe("abc\b\bc \b\b")
  })

  it.each([
    ["foo", "foo: undefined word"],
    ["1 2 foo", "foo: undefined word"],
    ["' foo", "foo: undefined word"],
    ["drop", "Stack underflow"],
    ["then", "then: compilation only"],
    ['1 abort" No disk"', "No disk"],
    ["abort", ""],
    [': f abort" never" ; 0 f', ""],
  ])("answers %s with an error in one line", (line, message) => {
    expect(new ForthBench().type(line)).toBe(message)
  })

  it("empties the stack and ends the definition after an error", () => {
    const bench = new ForthBench()
    bench.type("1 2 : five foo")
    expect(bench.type(".s")).toBe("Empty ")
    expect(bench.type("five")).toBe("five: undefined word")
  })

  it("takes only what a line holds", () => {
    const bench = new ForthBench()
    bench.press(`${"1 ".repeat(3000)}\r`)
    bench.settle()
    expect(bench.type("depth . clear").trim()).toBe("1fe")
  })

  it("reads keys and lines for programs", () => {
    const bench = new ForthBench()
    bench.press("key . here 10 accept here swap type\r")
    bench.settle()
    bench.press("Ahallo\bx\r")
    expect(bench.settle()).toContain("hallx\r\nok ")
  })
})
