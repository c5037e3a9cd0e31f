// The engine in slices, and what a hostile program cannot do to it.

import { describe, expect, it } from "vitest"
import { BUILT_IN } from "../../../../firmware/open-firmware/forth/words/index.ts"
import { DATA, ForthBench } from "./bench.ts"
import { TestTree } from "./test-tree.ts"

/** The prompt answers. */
const isAlive = (bench: ForthBench) => bench.type("1 2 + .").trim() === "3"

describe("the engine", () => {
  it("stops an endless loop at the end of a slice, and Ctrl-C gives back the prompt", () => {
    const bench = new ForthBench()
    bench.press("begin again\r")
    for (let i = 0; i < 20; i++) expect(bench.forth.run(1000)).toEqual({ steps: 1000, status: "running" })
    bench.press("\x03")
    expect(bench.settle()).toContain("Interrupted\r\nok ")
    expect(isAlive(bench)).toBe(true)
  })

  it("gives back the prompt after interrupt(), even if the program catches everything", () => {
    const bench = new ForthBench()
    bench.press(": spin begin again ; : stubborn begin ['] spin catch drop again ; stubborn\r")
    bench.settle(50_000)
    bench.forth.interrupt()
    expect(bench.settle()).toContain("Interrupted")
    expect(isAlive(bench)).toBe(true)
  })

  it("does the same in slices of any size", () => {
    const shown = (budget: number) => {
      const bench = new ForthBench()
      bench.press(": t 20 0 do i dup * . loop ; t  here 40 erase here 20 dump\r")
      while (bench.forth.run(budget).status === "running");
      return bench.output
    }
    expect(shown(1)).toBe(shown(100_000))
  })

  it.each([
    ["pushes without end", ": f begin 1 again ; f", "Stack overflow"],
    ["pops without end", ": f begin drop again ; f", "Stack underflow"],
    ["calls itself without end", ": f recurse 1 ; f", "Return stack overflow"],
    [
      "pops the return stack without end",
      ": f begin r> drop again ; f",
      /The return stack is damaged|Return stack underflow/,
    ],
    ["fills the dictionary", ": f begin 1000 allot again ; f", "Out of memory"],
    ["fills the dictionary with words", ': f begin " create x" evaluate again ; f', /Out of memory$/],
    ["takes all of the heap", ": f begin 1000 alloc-mem drop again ; f", "Out of memory"],
    ["reads where nothing answers", "fff00000 @ .", "Nothing answers at address fff00000"],
    ["writes where nothing answers", "5 fff00000 !", "Nothing answers at address fff00000"],
    ["executes a number", "0 execute", "There is no code at address 00000000"],
    ["executes data", "here execute", /There is no code at address/],
    ["returns to a number", ": f 1234 >r ; f", "The return stack is damaged"],
    ["divides by zero", "1 0 /", "Division by zero"],
    ["sets a base that has no digits", "0 base ! 5 .", /base 0/],
    ["takes a word as long as memory", "100000 0 do loop 0 7fffffff evaluate", "String too long"],
    ["reads a string as long as memory", "0 7fffffff encode-bytes", "String too long"],
    ["ends a definition in the middle of a structure", ": f if ;", "Control structure is not balanced"],
    ["closes what is not open", ": f then ;", "Control structure is not balanced"],
    ["mixes structures", ": f begin if repeat ;", /not balanced/],
    ["executes a deferred word that calls itself", "defer d ' d to d d", undefined],
    ["changes a built-in word", "5 to true", "Only a value or a deferred word can be set"],
    ["forgets a built-in word", "forget dup", "A built-in word cannot be forgotten"],
    ["throws what nobody knows", "1234 throw", /4660/],
    ["leaves a name out", "5 constant", "A name is missing"],
    ["leaves a number out", "constant x", "Stack underflow"],
  ])("survives a program that %s", (_, line, message) => {
    const bench = new ForthBench()
    const shown = bench.type(line)
    if (message === undefined) bench.forth.interrupt()
    else if (typeof message === "string") expect(shown).toBe(message)
    else expect(shown).toMatch(message)
    bench.settle()
    bench.type("hex")
    expect(isAlive(bench)).toBe(true)
  })

  it("survives damage to its own code", () => {
    const bench = new ForthBench()
    bench.press(`${DATA.toString(16)} 80000 ff fill\r`)
    bench.settle(100_000)
    bench.press("1 2 + .\r")
    expect(() => bench.settle(100_000)).not.toThrow()
  })

  it("cuts work on all of memory into steps", () => {
    const bench = new ForthBench()
    bench.press("0 80000 0 fill\r")
    const { steps, status } = bench.forth.run(100)
    expect(status).toBe("running")
    expect(steps).toBeLessThan(200)
    expect(bench.settle()).toContain("ok ")
  })

  it("waits for a time of the machine", () => {
    const bench = new ForthBench()
    bench.press("64 ms .( done)\r")
    expect(bench.settle()).not.toContain("done\r\nok")
    expect(bench.forth.run(100)).toMatchObject({ status: "waiting", untilMs: 100 })
    bench.milliseconds = 100
    expect(bench.settle()).toContain("done")
  })
})

describe("random lines of the engine's own words", () => {
  const names = BUILT_IN.map(({ name }) => name)
  const operands = [
    "0",
    "1",
    "3",
    "-1",
    "4000",
    "7fffffff",
    "ffffffff",
    "' +",
    '" /pci/disk"',
    "here",
    "my-self",
    "1010",
  ]

  it.each([1, 2, 3, 4])("never throw out of the engine, and leave it alive (seed %i)", (seed) => {
    let state = seed
    const random = (below: number) => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
      return (state >>> 8) % below
    }
    const bench = new ForthBench({ tree: new TestTree(), system: { load: () => undefined, go: () => undefined } })
    for (let line = 0; line < 200; line++) {
      const words = Array.from({ length: 3 + random(10) }, () => {
        return random(3) > 0 ? names[random(names.length)] : operands[random(operands.length)]
      })
      bench.press(`${words.join(" ")}\r`)
      bench.settle(20_000)
      bench.forth.resume()
    }
    bench.forth.interrupt()
    expect(() => bench.settle(20_000)).not.toThrow()
  })
})

describe("a call from outside", () => {
  it("takes arguments and gives results, while the prompt keeps its line", () => {
    const bench = new ForthBench()
    bench.press("1 2")
    bench.settle()
    expect(bench.evaluate("over * 7", [3, 4])).toEqual({ code: 0, message: "", results: [3, 12, 7] })
    expect(bench.type(" + .").trim()).toBe("3")
  })

  it("gives the throw code", () => {
    const bench = new ForthBench()
    expect(bench.evaluate("1 5 throw")).toEqual({ code: 5, message: "Exception 5", results: [] })
    expect(bench.evaluate("nonsense")).toMatchObject({ code: -13, message: "nonsense: undefined word" })
    expect(bench.evaluate("drop drop", [1])).toMatchObject({ code: -4 })
    expect(isAlive(bench)).toBe(true)
  })

  it("waits for a key, and is interrupted like a program", () => {
    const bench = new ForthBench()
    bench.press("1 2")
    bench.settle()
    expect(bench.evaluate("begin ['] key catch drop again")).toMatchObject({ code: -28 })
    expect(bench.type(" + .").trim()).toBe("3")
  })

  it("runs in slices of its caller's", () => {
    const bench = new ForthBench()
    bench.forth.begin("400 0 do loop 5", [])
    let slices = 0
    while (bench.forth.run(50).status !== "done") slices++
    expect(slices).toBeGreaterThan(5)
    expect(bench.forth.takeResult()).toMatchObject({ code: 0, results: [5] })
  })

  it("works while a client program runs, which then goes on", () => {
    const started: string[] = []
    const bench = new ForthBench({
      system: { load: (p) => void started.push(`load ${p}`), go: () => void started.push("go"), isLoaded: () => true },
    })
    bench.type("boot hd:1 -v single")
    expect(started).toEqual(["load hd:1 -v single", "go"])
    expect(bench.forth.isSuspended).toBe(true)
    expect(bench.evaluate("2 3 *").results).toEqual([6])
    expect(bench.forth.isSuspended).toBe(true)
    bench.forth.resume()
    expect(bench.settle()).toContain("ok ")
    expect(isAlive(bench)).toBe(true)
  })

  it("may start a program itself, and ends when that is over", () => {
    const bench = new ForthBench({ system: { load: () => undefined, go: () => undefined, isLoaded: () => true } })
    bench.forth.begin("boot hd:1\n5")
    while (bench.forth.run(1000).status !== "client");
    expect(bench.evaluate("2 3 *").results).toEqual([6])
    expect(bench.forth.isSuspended).toBe(true)
    bench.forth.resume()
    while (bench.forth.run(1000).status !== "done");
    expect(bench.forth.takeResult()).toEqual({ code: 0, message: "", results: [5] })
    expect(isAlive(bench)).toBe(true)
  })
})
