// Architected timer: expected values from ARM DDI 0406C, chapter B8, at QEMU's 62.5 MHz (16 ns a tick).
import { describe, expect, it } from "vitest"
import { TestBench } from "../../devices/testing.ts"
import { ArchitectedTimer } from "../../devices/timer/architected-timer.ts"

function make(counterFrequencyHz?: number) {
  const bench = new TestBench()
  const lines = { physical: bench.line("physical"), virtual: bench.line("virtual") }
  const options = counterFrequencyHz === undefined ? {} : { counterFrequencyHz }
  return { bench, timer: new ArchitectedTimer({ clock: bench.clock, lines, ...options }) }
}

describe("ArchitectedTimer", () => {
  it("counts 62.5 million ticks a second", () => {
    const { bench, timer } = make()
    expect(timer.counterFrequencyHz).toBe(62_500_000)
    bench.clock.advanceTo(15)
    expect(timer.physicalCount()).toBe(0n)
    bench.clock.advanceTo(1e9)
    expect(timer.physicalCount()).toBe(62_500_000n)
  })

  it("raises its line at the first nanosecond at which the count reaches the compare value", () => {
    const { bench, timer } = make()
    timer.setCompareValue("virtual", 1000n)
    timer.setControl("virtual", 1)
    bench.clock.advanceTo(15_999)
    expect([bench.edges.length, timer.control("virtual")]).toEqual([0, 1])
    bench.clock.advanceTo(16_000)
    expect([bench.edges, timer.control("virtual")]).toEqual([["16000 virtual=1"], 5])
  })

  it("rounds up where a tick is no whole number of nanoseconds", () => {
    const { bench, timer } = make(24_000_000)
    timer.setCompareValue("physical", 1n)
    timer.setControl("physical", 1)
    bench.clock.advanceTo(100)
    expect(bench.edges).toEqual(["42 physical=1"])
  })

  it("masks and disables its line", () => {
    const { bench, timer } = make()
    bench.clock.advanceTo(100)
    timer.setControl("physical", 1)
    timer.setControl("physical", 3)
    expect(timer.control("physical")).toBe(7)
    timer.setControl("physical", 1)
    timer.setControl("physical", 0)
    expect(timer.control("physical")).toBe(0)
    expect(bench.edges).toEqual([1, 0, 1, 0].map((level) => `100 physical=${level}`))
  })

  it("takes the timer value as a signed distance", () => {
    const { bench, timer } = make()
    bench.clock.advanceTo(1600)
    timer.setTimerValue("physical", 50)
    expect([timer.compareValue("physical"), timer.timerValue("physical")]).toEqual([150n, 50])
    timer.setTimerValue("physical", 0xffff_ffff)
    expect([timer.compareValue("physical"), timer.timerValue("physical")]).toEqual([99n, 0xffff_ffff])
    timer.setControl("physical", 1)
    expect(bench.levels["physical"]).toBe(true)
    timer.setTimerValue("physical", 10)
    bench.clock.advanceTo(3000)
    expect(bench.edges).toEqual(["1600 physical=1", "1600 physical=0", "1760 physical=1"])
  })

  it("offsets the virtual count", () => {
    const { bench, timer } = make()
    bench.clock.advanceTo(1600)
    timer.virtualOffset = 40n
    expect(timer.virtualCount()).toBe(60n)
    timer.setCompareValue("virtual", 70n)
    timer.setControl("virtual", 1)
    bench.clock.advanceTo(2000)
    expect(bench.edges).toEqual(["1760 virtual=1"])
    timer.virtualOffset = 200n
    expect(timer.virtualCount()).toBe(2n ** 64n - 75n)
    expect(bench.levels["virtual"]).toBe(true)
    bench.clock.advanceTo(4000)
    expect(bench.edges).toEqual(["1760 virtual=1", "3200 virtual=0"])
  })

  it("never fires for a compare value that is out of reach", () => {
    const { bench, timer } = make()
    timer.setCompareValue("virtual", 2n ** 64n - 1n)
    timer.setControl("virtual", 1)
    expect(bench.clock.nextDeadlineNs()).toBeUndefined()
    bench.clock.advanceTo(2 ** 52)
    expect(bench.edges).toEqual([])
  })

  it("goes on from a snapshot without an edge", () => {
    const { bench, timer } = make()
    timer.setCompareValue("virtual", 1000n)
    timer.setControl("virtual", 1)
    const saved = JSON.parse(JSON.stringify(timer.snapshot()))
    timer.reset()
    const sets = bench.sets.length
    timer.restore(saved)
    expect(bench.sets.length).toBe(sets)
    bench.clock.advanceTo(20_000)
    expect(bench.edges).toEqual(["16000 virtual=1"])
    expect(timer.snapshot()).toEqual(saved)
    expect(() => timer.restore({})).toThrow(TypeError)
  })
})
