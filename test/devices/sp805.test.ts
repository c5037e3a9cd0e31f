// SP805: expected values from ARM DDI 0270B, chapters 2 and 3.
import { describe, expect, it } from "vitest"
import { TestBench } from "../../devices/testing.ts"
import { sp805 } from "../../devices/watchdog/sp805.ts"

function make() {
  const bench = new TestBench()
  const wires = { irq: bench.line("irq"), reset: bench.line("reset") }
  return { bench, dog: sp805.create({ clock: bench.clock, log: bench.log, wires }) }
}

describe("sp805", () => {
  it("has the reset values of the manual", () => {
    const { dog } = make()
    expect([0, 4, 8, 0x10, 0x14, 0xc00].map((at) => dog.read(at, 4))).toEqual([0xffff_ffff, 0xffff_ffff, 0, 0, 0, 0])
    expect([0xfe0, 0xfe4, 0xfe8, 0xfec].map((at) => dog.read(at, 4))).toEqual([0x05, 0x18, 0x14, 0])
  })

  it("interrupts at zero, and resets at the next zero", () => {
    const { bench, dog } = make()
    dog.write(0, 4, 1000)
    dog.write(8, 4, 3)
    bench.clock.advanceTo(400_000)
    expect(dog.read(4, 4)).toBe(600)
    bench.clock.advanceTo(10e6)
    expect(bench.edges).toEqual(["1000000 irq=1", "2000000 reset=1"])
  })

  it("is fed by clearing its interrupt", () => {
    const { bench, dog } = make()
    dog.write(0, 4, 1000)
    dog.write(8, 4, 3)
    bench.clock.advanceTo(1.5e6)
    dog.write(0xc, 4, 0)
    bench.clock.advanceTo(2.4e6)
    expect(bench.edges).toEqual(["1000000 irq=1", "1500000 irq=0"])
    bench.clock.advanceTo(4e6)
    expect(bench.edges.slice(2)).toEqual(["2500000 irq=1", "3500000 reset=1"])
  })

  it("only interrupts without RESEN", () => {
    const { bench, dog } = make()
    dog.write(0, 4, 10)
    dog.write(8, 4, 1)
    bench.clock.advanceTo(1e6)
    expect([bench.edges, bench.clock.nextDeadlineNs()]).toEqual([["10000 irq=1"], undefined])
    bench.clock.advanceTo(1_003_000)
    expect(dog.read(4, 4)).toBe(7)
    dog.write(8, 4, 3)
    bench.clock.advanceTo(2e6)
    expect(bench.edges.slice(1)).toEqual(["1010000 reset=1"])
  })

  it("ignores writes while locked", () => {
    const { bench, dog } = make()
    dog.write(0xc00, 4, 1)
    dog.write(8, 4, 3)
    expect([dog.read(0xc00, 4), dog.read(8, 4)]).toEqual([1, 0])
    expect(bench.messages).toEqual(["sp805: write while locked"])
    dog.write(0xc00, 4, 0x1acc_e551)
    dog.write(8, 4, 3)
    expect([dog.read(0xc00, 4), dog.read(8, 4)]).toEqual([0, 3])
  })
})
