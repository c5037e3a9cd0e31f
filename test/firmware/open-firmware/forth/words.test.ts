// Words beyond what OpenBIOS shows: the standard's meaning of each, and of ANS X3.215-1994.

import { describe, expect, it } from "vitest"
import { BUILT_IN } from "../../../../firmware/open-firmware/forth/words/index.ts"
import { ForthBench } from "./bench.ts"

const answer = (line: string) => new ForthBench().type(line).trim()

describe("strings", () => {
  it.each([
    // Section 7.3.4.2 of IEEE 1275: escapes behind a quotation mark.
    ['" a""b" type', 'a"b'],
    ['" x"ty" type', "x\ty"],
    ['" "(41 4243)"^A" . 3 + c@ .', "4 1"],
    [': f c" abc" count type ; f', "abc"],
    ['" abcdef" drop " abcxyz" drop 3 comp .', "0"],
    ['" abd" drop " abc" drop 3 comp .', "1"],
    ['" abc" drop " abd" drop 3 comp .', "-1"],
    ['" abc" " abc" $= . " abc" " abd" $= .', "-1 0"],
    ['" 1f,20" parse-2int . .', "1f 20"],
    ["parse-word hello type", "hello"],
    ["2f parse one/ type", "one"],
  ])("%s", (line, expected) => {
    expect(answer(line)).toBe(expected)
  })
})

describe("numbers", () => {
  it.each([
    // ANS: the high half of a double number is on top.
    ["123. . .", "0 123"],
    ["-1. . .", "-1 -1"],
    ["decimal -7. 2 fm/mod . . -7. 2 sm/rem . .", "-4 1 -3 -1"],
    ["-1. dabs . . 5. dnegate . .", "0 1 -1 -5"],
    ["binary 101 . hex", "101"],
    ["b# 101 .", "5"],
    ["d# 12z", "12z: not a number in base 10"],
    ['0 0 " 123" drop 1- convert drop . .', "0 123"],
  ])("%s", (line, expected) => {
    expect(answer(line)).toBe(expected)
  })
})

describe("+loop ends when the index crosses the border below the limit", () => {
  it.each([
    ["3 0 do i . 2 +loop", "0 2"],
    ["0 3 do i . -2 +loop", "3 1"],
    ["0 -4 do i . 3 +loop", "-4 -1"],
    ["80000002 7ffffffe do i u. loop", "7ffffffe 7fffffff 80000000 80000001"],
    ["5 0 do i . 7fffffff +loop", "0"],
  ])("%s", (line, expected) => {
    expect(answer(line)).toBe(expected)
  })
})

describe("structures outside of a definition", () => {
  it.each([
    ["3 0 do i 1 = if .( ) i . then loop", "1"],
    [': f 3 0 do " i drop" drop drop i . loop ; f', "0 1 2"],
    ['" 3 0 do i . loop" evaluate 4 .', "0 1 2 4"],
    ["2 0 do 2 0 do 1 if j i + . then loop loop", "0 1 1 2"],
    ['5 case 5 of 1 if ." five" then endof endcase', "five"],
    ["0 begin 1+ dup 3 = until .", "3"],
  ])("%s", (line, expected) => {
    expect(answer(line)).toBe(expected)
  })
})

describe("see", () => {
  it.each([
    [": f 5 0 do i . loop ;", ": f\n  5 0 do\n    i .\n  loop\n;"],
    [": f if 1 else 2 then 3 ;", ": f\n  if\n    1\n  else\n    2\n  then\n  3\n;"],
    [": f begin dup while 1- repeat drop ;", ": f\n  begin\n    dup\n  while\n    1-\n  repeat\n  drop\n;"],
    [": f begin 1- dup 0= until ;", ": f\n  begin\n    1- dup 0=\n  until\n;"],
    [': f ." hi" " str" 2drop ;', ': f\n  ." hi" " str" 2drop\n;'],
    ["5 constant f", "5 constant f"],
    ["7 value f", "7 value f"],
    [": f case 1 of 2 endof 3 endcase ;", ": f\n  case\n    1 of 2 endof\n    3\n  endcase\n;"],
    [": f dup ; immediate", ": f\n  dup\n; immediate"],
  ])("gives back %s", (source, listing) => {
    const bench = new ForthBench()
    bench.type(source)
    expect(bench.type("see f")).toBe(listing)
  })

  it("shows the stack comment of a built-in word", () => {
    expect(answer("see dup")).toBe("dup ( x -- x x ) \\ built in")
  })
})

describe("the dictionary", () => {
  it("finds an older word again when a newer one of its name is forgotten", () => {
    expect(new ForthBench().lines(": f 1 ;", ": f 2 ;", "forget f", "f .")).toBe("1 ")
  })

  it("patches the first use of a word or a number", () => {
    expect(new ForthBench().lines(": f 5 2 + ;", "patch * + f", "patch 7 5 f", "f .")).toBe("e ")
  })

  it("lists words, the latest first, and those that contain a text", () => {
    const bench = new ForthBench()
    bench.type(": zebra-one ; : zebra-two ;")
    expect(bench.type("words")).toMatch(/^zebra-two zebra-one /)
    expect(bench.type("sifting zebra")).toBe("zebra-two zebra-one ")
  })

  it("gives each FCode number to one word", () => {
    const numbers = BUILT_IN.flatMap(({ fcode }) => (fcode === undefined ? [] : [fcode]))
    expect(new Set(numbers).size).toBe(numbers.length)
  })

  it("describes each name once", () => {
    const names = BUILT_IN.map(({ name }) => name)
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([])
  })
})
