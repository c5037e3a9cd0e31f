// SP804: expected values from ARM DDI 0271D, chapters 2 and 3.
import { describe, expect, it } from "vitest"
import { TestBench } from "../../devices/testing.ts"
import { sp804 } from "../../devices/timer/sp804.ts"

const [LOAD, VALUE, CONTROL, CLEAR, RIS, MIS, BGLOAD] = [0x00, 0x04, 0x08, 0x0c, 0x10, 0x14, 0x18]
const US = 1000

function make(clockHz = 1_000_000) {
  const bench = new TestBench()
  const timer = sp804.create({
    clock: bench.clock,
    log: bench.log,
    wires: { irq: bench.line("irq") },
    options: { clockHz },
  })
  return { bench, timer, at: (us: number) => bench.clock.advanceTo(us * US) }
}

describe("sp804", () => {
  it("has the reset values of the manual", () => {
    const { timer } = make()
    for (const base of [0, 0x20]) {
      const values = [LOAD, CONTROL, RIS, MIS, BGLOAD].map((at) => timer.read(base + at, 4))
      expect(values).toEqual([0, 0x20, 0, 0, 0])
    }
    expect([0xfe0, 0xfe4, 0xfe8, 0xfec].map((at) => timer.read(at, 4))).toEqual([0x04, 0x18, 0x14, 0])
  })

  it("interrupts at a constant interval of the load value in periodic mode", () => {
    const { bench, timer, at } = make()
    timer.write(LOAD, 4, 10_000)
    timer.write(CONTROL, 4, 0xe2)
    for (let n = 1; n <= 3; n++) {
      at(n * 10_000)
      expect(bench.edges.at(-1)).toBe(`${n * 10_000 * US} irq=1`)
      at(n * 10_000 + 300)
      expect(timer.read(VALUE, 4)).toBe(9700)
      timer.write(CLEAR, 4, 1)
    }
    expect(bench.edges.length).toBe(6)
  })

  it("misses no period while an interrupt stays uncleared", () => {
    const { bench, timer, at } = make()
    timer.write(LOAD, 4, 1000)
    timer.write(CONTROL, 4, 0xe2)
    at(2500)
    expect(timer.read(VALUE, 4)).toBe(500)
    timer.write(CLEAR, 4, 1)
    at(3100)
    expect(bench.edges).toEqual(["1000000 irq=1", "2500000 irq=0", "3000000 irq=1"])
  })

  it("stops at zero in one-shot mode and starts again when loaded", () => {
    const { bench, timer, at } = make()
    timer.write(0x20 + LOAD, 4, 500)
    timer.write(0x20 + CONTROL, 4, 0xa3)
    at(2000)
    expect([timer.read(0x20 + VALUE, 4), timer.read(0x20 + RIS, 4)]).toEqual([0, 1])
    timer.write(0x20 + CLEAR, 4, 0)
    at(3000)
    timer.write(0x20 + LOAD, 4, 5)
    at(4000)
    expect(bench.edges).toEqual(["500000 irq=1", "2000000 irq=0", "3005000 irq=1"])
  })

  it("wraps to all ones in free-running mode, 16 or 32 bits wide", () => {
    for (const [control, top] of [
      [0x82, 0xffff_ffff],
      [0x80, 0xffff],
    ] as const) {
      const { timer, at } = make()
      timer.write(LOAD, 4, 3)
      timer.write(CONTROL, 4, control)
      at(3)
      expect([timer.read(VALUE, 4), timer.read(RIS, 4), timer.read(MIS, 4)]).toEqual([0, 1, 0])
      at(4)
      expect(timer.read(VALUE, 4)).toBe(top)
    }
  })

  it("divides its clock by 1, 16 or 256", () => {
    for (const [prescale, divisor] of [1, 16, 256].entries()) {
      const { bench, timer, at } = make()
      timer.write(LOAD, 4, 100)
      timer.write(CONTROL, 4, 0xe2 | (prescale << 2))
      at(100 * divisor)
      expect(bench.edges).toEqual([`${100 * divisor * US} irq=1`])
    }
  })

  it("takes a background load at the next reload", () => {
    const { bench, timer, at } = make()
    timer.write(LOAD, 4, 100)
    timer.write(CONTROL, 4, 0xe2)
    at(40)
    timer.write(BGLOAD, 4, 1000)
    expect(timer.read(VALUE, 4)).toBe(60)
    at(100)
    expect([timer.read(VALUE, 4), bench.edges.at(-1)]).toEqual([1000, "100000 irq=1"])
  })

  it("counts 24 MHz without drift", () => {
    const { timer, bench } = make(24_000_000)
    timer.write(LOAD, 4, 0xffff_ffff)
    timer.write(CONTROL, 4, 0xc2)
    bench.clock.advanceTo(10e9 + 41)
    expect(timer.read(VALUE, 4)).toBe(0xffff_ffff - 240_000_000)
    bench.clock.advanceTo(10e9 + 42)
    expect(timer.read(VALUE, 4)).toBe(0xffff_ffff - 240_000_001)
  })
})
