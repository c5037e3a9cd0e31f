// GPIO, timer and feature control of KeyLargo: expected values from QEMU 7.2's mac99,via=pmu and Linux's keylargo.h.
import { describe, expect, it } from "vitest"
import { featureControl } from "../../devices/macio/feature-control.ts"
import { keylargoGpio } from "../../devices/macio/keylargo-gpio.ts"
import { keylargoTimer } from "../../devices/macio/keylargo-timer.ts"
import { TestBench } from "../../devices/testing.ts"

describe("keylargo-gpio", () => {
  function make() {
    const bench = new TestBench()
    const wires = { irqs: { 1: bench.line("pmu"), 9: bench.line("nmi") } }
    const part = keylargoGpio.create({ clock: bench.clock, log: bench.log, wires })
    return { bench, part }
  }

  it("shows the PMU's request as a low level of pin 1, and passes it on", () => {
    const { bench, part } = make()
    expect([part.read(0x09, 1), bench.levels["pmu"]]).toEqual([2, undefined])
    part.input(1).set(false)
    expect([part.read(0x09, 1), bench.levels["pmu"]]).toEqual([0, true])
    part.reset()
    expect(bench.levels["pmu"]).toBe(true)
    part.input(1).set(true)
    expect([part.read(0x09, 1), bench.levels["pmu"]]).toEqual([2, false])
  })

  it("interrupts for the programmer's switch while its pin is high", () => {
    const { bench, part } = make()
    part.input(9).set(true)
    expect(bench.levels["nmi"]).toBe(true)
  })

  it("drives pins that are outputs", () => {
    const { part } = make()
    part.write(0x1b, 1, 0x05)
    expect(part.read(0x1b, 1)).toBe(0x07)
    part.write(0x1b, 1, 0x06)
    expect(part.read(0x1b, 1)).toBe(0x04)
  })
})

describe("keylargo-timer", () => {
  it("counts at 18.432 MHz in 64 bits", () => {
    const { clock, log } = new TestBench()
    const part = keylargoTimer.create({ clock, log, wires: {} })
    clock.advanceTo(1e9)
    expect([part.read(0x38, 4), part.read(0x3c, 4)]).toEqual([18_432_000, 0])
    clock.advanceTo(1000e9)
    expect([part.read(0x38, 4), part.read(0x3c, 4)]).toEqual([18_432_000_000 % 2 ** 32, 4])
  })
})

describe("feature-control", () => {
  it("holds what is written", () => {
    const { clock, log } = new TestBench()
    const part = featureControl.create({ clock, log, wires: {}, options: { count: 6 } })
    part.write(0x04, 4, 0x1234_5678)
    part.write(0x05, 1, 0xff)
    expect([part.size, part.read(0x04, 4), part.read(0x14, 4)]).toEqual([24, 0x1234_ff78, 0])
    part.reset()
    expect(part.read(0x04, 4)).toBe(0)
  })
})
