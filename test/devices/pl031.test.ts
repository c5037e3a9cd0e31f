// PL031: expected values from ARM DDI 0224C, chapter 3.
import { describe, expect, it } from "vitest"
import { pl031 } from "../../devices/rtc/pl031.ts"
import { TestBench } from "../../devices/testing.ts"

function make() {
  const bench = new TestBench()
  const wires = { irq: bench.line("irq") }
  const rtc = pl031.create({ clock: bench.clock, log: bench.log, wires, options: { epochSeconds: 1_700_000_000 } })
  return { bench, rtc }
}

describe("pl031", () => {
  it("counts seconds of virtual time from the epoch it was given", () => {
    const { bench, rtc } = make()
    expect(rtc.read(0, 4)).toBe(1_700_000_000)
    bench.clock.advanceTo(2_999_999_999)
    expect(rtc.read(0, 4)).toBe(1_700_000_002)
    expect(rtc.read(0x0c, 4)).toBe(1)
  })

  it("keeps the time that was set over a reset", () => {
    const { bench, rtc } = make()
    bench.clock.advanceTo(1.5e9)
    rtc.write(8, 4, 1000)
    expect(rtc.read(0, 4)).toBe(1000)
    bench.clock.advanceTo(3e9)
    rtc.reset()
    expect(rtc.read(0, 4)).toBe(1002)
  })

  it("interrupts in the second that matches, until cleared", () => {
    const { bench, rtc } = make()
    rtc.write(0x10, 4, 1)
    rtc.write(4, 4, 1_700_000_005)
    bench.clock.advanceTo(10e9)
    expect(bench.edges).toEqual(["5000000000 irq=1"])
    expect([rtc.read(0x14, 4), rtc.read(0x18, 4)]).toEqual([1, 1])
    rtc.write(0x1c, 4, 1)
    expect(bench.edges.at(-1)).toBe("10000000000 irq=0")
  })

  it("shows a masked match as raw only", () => {
    const { bench, rtc } = make()
    rtc.write(4, 4, 1_700_000_001)
    bench.clock.advanceTo(1e9)
    expect([rtc.read(0x14, 4), rtc.read(0x18, 4), bench.edges.length]).toEqual([1, 0, 0])
  })

  it("carries its PrimeCell identity", () => {
    const { rtc } = make()
    expect([0xfe0, 0xfe4, 0xfe8, 0xfec].map((at) => rtc.read(at, 4))).toEqual([0x31, 0x10, 0x14, 0])
  })
})
