// The predecoded pages: which one makes room, and what is known of those that did.

import { beforeEach, describe, expect, it } from "vitest"
import { CODE_END, CODE_PAGES, CURRENT_PAGE, PAGE_NUMBERS, PAGE_POINTERS } from "../../../cpu/codegen/layout.ts"
import { type CodePage, CodePages } from "../../../cpu/interpreter/code-pages.ts"
import type { CodeFormat } from "../../../cpu/isa/index.ts"

const format = { name: "sample" } as CodeFormat
const { buffer } = new WebAssembly.Memory({ initial: CODE_END / 65_536, maximum: CODE_END / 65_536 })
const words = new Int32Array(buffer)

let pages: CodePages
let stays: (page: CodePage) => boolean
let evicted: number[]
let forgotten: number[]
let unfetched: number[]

beforeEach(() => {
  words[CURRENT_PAGE >> 2] = 0
  stays = () => false
  ;[evicted, forgotten, unfetched] = [[], [], []]
  pages = new CodePages(buffer, 2, {
    unfetch: ({ physical }) => unfetched.push(physical),
    evict(page) {
      evicted.push(page.physical)
      return stays(page)
    },
    forget(page) {
      forgotten.push(page.physical)
      pages.remove(page)
    },
  })
})

/** A page as the cache makes it when it is first fetched. */
function fetched(physical: number, isa = 0): CodePage {
  const page = pages.find(physical, isa) ?? pages.add(physical, isa, format, 4096 * physical)
  if (page.pointer === 0) pages.place(page)
  page.isRecent = true
  return page
}

const pointerCell = ({ number }: CodePage) => words[(PAGE_POINTERS >> 2) + number]

describe("predecoded pages", () => {
  it("are found by physical page and format, and by place", () => {
    const [first, second, far] = [fetched(7, 0), fetched(7, 1), fetched(2 ** 38, 1)]
    expect([pages.find(7, 0), pages.find(7, 1), pages.find(2 ** 38, 1)]).toEqual([first, second, far])
    expect([pages.find(8, 0), pages.find(2 ** 38, 0)]).toEqual([undefined, undefined])
    expect([pages.at(first.pointer), pages.at(second.pointer + 16)]).toEqual([first, second])
    expect(pages.inRange(0, 100)).toEqual([first, second])
    pages.remove(first)
    expect([pages.find(7, 0), pages.at(second.pointer), pages.count]).toEqual([undefined, second, 2])
  })

  it("make room one by one, those that were not fetched again first", () => {
    const all = Array.from({ length: CODE_PAGES }, (_, n) => fetched(n))
    expect([pages.count, evicted]).toEqual([CODE_PAGES, []])
    fetched(CODE_PAGES)
    // The first round has made the TLB forget every page, and has taken the first one.
    expect([unfetched.length, evicted]).toEqual([CODE_PAGES, [0]])
    all[1]!.isRecent = true
    for (let n = 1; n <= 3; n++) fetched(CODE_PAGES + n)
    expect(evicted).toEqual([0, 2, 3, 4])
    expect(pages.count).toBe(CODE_PAGES)
  })

  it("never make room while the interpreter is in them", () => {
    const first = fetched(0)
    words[CURRENT_PAGE >> 2] = first.pointer
    for (let n = 1; n < 3 * CODE_PAGES; n++) fetched(n)
    expect(pages.at(first.pointer)).toBe(first)
    pages.remove(first)
    expect([pages.find(0, 0), pages.at(words[CURRENT_PAGE >> 2]!)?.format]).toEqual([undefined, format])
  })

  it("keep their numbers while translations need them, and have no place meanwhile", () => {
    stays = ({ physical }) => physical === 0
    const first = fetched(0)
    const before = first.pointer
    expect(pointerCell(first)).toBe(before)
    for (let n = 1; n <= 2 * CODE_PAGES; n++) fetched(n)
    expect([pages.find(0, 0), first.pointer, pointerCell(first)]).toEqual([first, 0, -1])
    expect(pages.byAge()[0]).toBe(first)
    words[(before >> 2) + 5] = 1
    fetched(0)
    expect(pointerCell(first)).toBe(first.pointer)
    expect(words.subarray(first.pointer >> 2, (first.pointer >> 2) + 8192).every((word) => word === 0)).toBe(true)
  })

  it("are forgotten, the oldest first, when their numbers run out", () => {
    stays = () => true
    for (let n = 0; n < PAGE_NUMBERS + 100; n++) fetched(n)
    expect(forgotten.slice(0, 3)).toEqual([0, 1, 2])
    expect(forgotten.length).toBeGreaterThanOrEqual(100)
    expect(Math.max(...pages.all().map(({ number }) => number))).toBeLessThan(PAGE_NUMBERS)
  })
})
