// OpenPIC: what QEMU's does not have, or has otherwise. Expected values from the Register Interface Specification 1.2.
import { describe, expect, it } from "vitest"
import { openpic } from "../../devices/interrupt/openpic.ts"
import { TestBench } from "../../devices/testing.ts"

const TASK_PRIORITY = 0x80
const ACKNOWLEDGE = 0xa0
const END = 0xb0

function make() {
  const bench = new TestBench()
  const wires = { int: [bench.line("int0"), bench.line("int1")], init: [bench.line("init0"), bench.line("init1")] }
  const pic = openpic.create({ clock: bench.clock, log: bench.log, wires, options: { cpus: 2, timerHz: 1_000_000 } })
  const write = (at: number, value: number) => pic.write(at, 4, value)
  const read = (at: number) => pic.read(at, 4)
  const cpu = (n: number, at: number) => 0x2_0000 + 0x1000 * n + at
  for (const n of [0, 1]) write(cpu(n, TASK_PRIORITY), 0)
  return { bench, pic, write, read, cpu, isHigh: (n: number) => bench.levels[`int${n}`] ?? false }
}

describe("an interprocessor interrupt", () => {
  it("reaches the CPUs that the write names, and each acknowledges its own", () => {
    const { write, read, cpu, isHigh } = make()
    write(0x10a0 + 0x10, 0x000a_0042)
    write(cpu(0, 0x50), 0b11)
    expect([isHigh(0), isHigh(1)]).toEqual([true, true])
    expect(read(0x10b0) >>> 0).toBe(0x400a_0042)
    expect([read(cpu(1, ACKNOWLEDGE)), isHigh(0), isHigh(1)]).toEqual([0x42, true, false])
    expect([read(cpu(0, ACKNOWLEDGE)), isHigh(0)]).toEqual([0x42, false])
    write(cpu(0, END), 0)
    write(cpu(1, END), 0)
    expect(read(0x10b0)).toBe(0x000a_0042)
  })

  it("is reached by a CPU's own registers at the start of the map", () => {
    const { pic, write, isHigh } = make()
    write(0x10a0, 0x0001_0007)
    pic.write(0x40, 4, 0b10, 1)
    expect([isHigh(0), isHigh(1)]).toEqual([false, true])
    expect([pic.read(0x90, 4, 1), pic.read(ACKNOWLEDGE, 4, 1)]).toEqual([1, 7])
  })
})

describe("a timer", () => {
  const BASE = 0x1110

  it("counts down, interrupts, toggles and begins again", () => {
    const { bench, write, read, cpu, isHigh } = make()
    write(BASE + 0x10, 0x0008_0011)
    write(BASE + 0x20, 1)
    write(BASE, 1000)
    bench.clock.advanceTo(400_000)
    expect([read(0x1100), isHigh(0)]).toEqual([600, false])
    bench.clock.advanceTo(1_000_000)
    expect([read(0x1100), isHigh(0)]).toEqual([0x8000_0000 + 1000, true])
    expect(bench.edges).toEqual(["1000000 int0=1"])
    expect(read(cpu(0, ACKNOWLEDGE))).toBe(0x11)
    write(cpu(0, END), 0)
    bench.clock.advanceTo(2_000_000)
    expect([read(0x1100), isHigh(0)]).toEqual([1000, true])
  })

  it("requests once however often it expires before it is acknowledged", () => {
    const { bench, write, read, cpu, isHigh } = make()
    write(BASE + 0x10, 0x0008_0011)
    write(BASE + 0x20, 1)
    write(BASE, 10)
    bench.clock.advanceTo(1_000_005)
    expect(bench.clock.armedCount).toBe(0)
    read(cpu(0, ACKNOWLEDGE))
    write(cpu(0, END), 0)
    expect(isHigh(0)).toBe(false)
    bench.clock.advanceTo(1_010_000)
    expect(isHigh(0)).toBe(true)
  })

  it("stands while it is inhibited", () => {
    const { bench, write, read } = make()
    write(BASE, 0x8000_0000 + 1000)
    bench.clock.advanceTo(5_000_000)
    expect([read(0x1100), read(BASE)]).toEqual([0, 0x8000_03e8])
    expect(bench.clock.armedCount).toBe(0)
  })
})

describe("an input", () => {
  it("requests by its level while that stands, and by an edge once", () => {
    const { pic, write, read, cpu, isHigh } = make()
    write(0x1_0000, 0x0045_0020)
    write(0x1_0010, 1)
    write(0x1_0020, 0x0005_0021)
    write(0x1_0030, 1)
    for (const [input, isAgain] of [
      [0, true],
      [1, false],
    ] as const) {
      pic.input(input).set(true)
      expect(read(cpu(0, ACKNOWLEDGE))).toBe(0x20 + input)
      expect(isHigh(0)).toBe(false)
      write(cpu(0, END), 0)
      expect(isHigh(0)).toBe(isAgain)
      pic.input(input).set(false)
    }
  })

  it("is hidden by one of its priority in service, and gives the spurious vector then", () => {
    const { pic, write, read, cpu, isHigh } = make()
    for (const n of [0, 1]) {
      write(0x1_0000 + 0x20 * n, 0x0045_0020 + n)
      write(0x1_0010 + 0x20 * n, 1)
      pic.input(n).set(true)
    }
    write(0x10e0, 0xfe)
    expect([read(cpu(0, ACKNOWLEDGE)), isHigh(0), read(cpu(0, ACKNOWLEDGE))]).toEqual([0x20, false, 0xfe])
    write(0x1_0020, 0x0046_0021)
    expect([isHigh(0), read(cpu(0, ACKNOWLEDGE))]).toEqual([true, 0x21])
  })
})

it("resets by its configuration register, but for the levels of its inputs", () => {
  const { pic, write, read } = make()
  pic.input(3).set(true)
  write(0x1_0060, 0x0045_0020)
  write(0x1020, 0x8000_0000)
  expect([read(0x1_0060), read(0x1020), read(0x2_0080)]).toEqual([0x8000_0000, 0, 15])
  write(0x1_0060, 0x0045_0020)
  expect(read(0x1_0060)).toBe(0x4045_0020)
})

it("drives a CPU's reset by the processor init register", () => {
  const { bench, write } = make()
  write(0x1090, 0b10)
  write(0x1090, 0)
  expect(bench.edges).toEqual(["0 init1=1", "0 init1=0"])
})
