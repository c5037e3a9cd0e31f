// PL061: expected values from ARM DDI 0190B, chapter 3.
import { describe, expect, it } from "vitest"
import { pl061 } from "../../devices/gpio/pl061.ts"
import { TestBench } from "../../devices/testing.ts"

function make() {
  const bench = new TestBench()
  const wires = { irq: bench.line("irq"), pins: [bench.line("pin0"), bench.line("pin1")] }
  const gpio = pl061.create({ clock: bench.clock, log: bench.log, wires })
  return { bench, gpio, read: (at: number) => gpio.read(at, 4), write: (at: number, v: number) => gpio.write(at, 4, v) }
}

describe("pl061", () => {
  it("masks data by the address", () => {
    const { gpio, read, write } = make()
    for (const n of [0, 1, 7]) gpio.input(n).set(true)
    expect([read(0x3fc), read(0x004), read(0x208), read(0x000)]).toEqual([0x83, 0x01, 0x82, 0])
    write(0x400, 0xff)
    write(0x3fc, 0xff)
    write(0x0c, 0)
    expect(read(0x3fc)).toBe(0xfc)
  })

  it("drives pins that are outputs", () => {
    const { bench, write } = make()
    write(0x3fc, 0xff)
    write(0x400, 0x02)
    write(0x3fc, 0xff)
    expect(bench.edges).toEqual(["0 pin1=1"])
  })

  it("catches rising, falling or both edges", () => {
    for (const [both, event, caught] of [
      [0, 1, ["rise"]],
      [0, 0, ["fall"]],
      [1, 0, ["rise", "fall"]],
    ] as const) {
      const { bench, gpio, read, write } = make()
      write(0x408, both << 3)
      write(0x40c, event << 3)
      write(0x410, 1 << 3)
      write(0x41c, 0xff)
      const seen: string[] = []
      for (const [name, level] of [
        ["rise", true],
        ["fall", false],
      ] as const) {
        gpio.input(3).set(level)
        if (bench.levels["irq"]) seen.push(name)
        expect(read(0x418)).toBe(bench.levels["irq"] ? 8 : 0)
        write(0x41c, 8)
        expect(bench.levels["irq"] ?? false).toBe(false)
      }
      expect(seen).toEqual(caught)
    }
  })

  it("follows the level when told to", () => {
    const { bench, gpio, write } = make()
    write(0x40c, 0x01)
    write(0x404, 0x01)
    write(0x410, 0x01)
    gpio.input(0).set(true)
    write(0x41c, 0x01)
    expect(bench.levels["irq"]).toBe(true)
    gpio.input(0).set(false)
    expect(bench.levels["irq"]).toBe(false)
  })

  it("takes a reset for no edge", () => {
    const { gpio, read } = make()
    gpio.input(5).set(true)
    gpio.reset()
    gpio.input(6).set(false)
    expect([read(0x414), read(0x3fc)]).toEqual([0, 0x20])
  })

  it("carries its PrimeCell identity", () => {
    const { read } = make()
    expect([0xfe0, 0xfe4, 0xfe8, 0xfec].map(read)).toEqual([0x61, 0x10, 0x04, 0x00])
  })
})
