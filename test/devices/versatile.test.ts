// Interrupt controllers and system registers of the Versatile/PB. Expected values from ARM DDI 0181E (PL190) and
// ARM DUI 0225D (SIC, system registers); identity values as QEMU 7.2's `versatilepb` reports them.
import { describe, expect, it } from "vitest"
import { pl190 } from "../../devices/interrupt/pl190.ts"
import { versatileSic } from "../../devices/interrupt/versatile-sic.ts"
import { versatileI2c } from "../../devices/misc/versatile-i2c.ts"
import { versatileSysreg } from "../../devices/misc/versatile-sysreg.ts"
import { TestBench } from "../../devices/testing.ts"

function makeVic() {
  const bench = new TestBench()
  const wires = { irq: bench.line("irq"), fiq: bench.line("fiq") }
  const vic = pl190.create({ clock: bench.clock, log: bench.log, wires })
  return { bench, vic, read: (at: number) => vic.read(at, 4), write: (at: number, v: number) => vic.write(at, 4, v) }
}

describe("pl190", () => {
  it("masks its inputs and drops its line with them", () => {
    const { bench, vic, read, write } = makeVic()
    vic.input(12).set(true)
    expect([read(0x00), read(0x08), bench.edges.length]).toEqual([0, 1 << 12, 0])
    write(0x10, 1 << 12)
    expect([read(0x00), read(0x04), bench.levels["irq"]]).toEqual([1 << 12, 0, true])
    write(0x14, 1 << 12)
    expect([read(0x10), bench.levels["irq"]]).toEqual([0, false])
  })

  it("turns selected interrupts into FIQ", () => {
    const { bench, vic, read, write } = makeVic()
    write(0x0c, 1 << 31)
    write(0x10, 0xffff_ffff)
    vic.input(31).set(true)
    expect([bench.edges, read(0x00), read(0x04)]).toEqual([["0 fiq=1"], 0, 0x8000_0000])
  })

  it("raises and clears interrupts by software", () => {
    const { bench, read, write } = makeVic()
    write(0x10, 4)
    write(0x18, 5)
    expect([read(0x08), read(0x18), bench.levels["irq"]]).toEqual([5, 5, true])
    write(0x1c, 4)
    expect([read(0x08), bench.levels["irq"]]).toEqual([1, false])
  })

  it("gives vectors by priority and nests them", () => {
    const { bench, vic, read, write } = makeVic()
    write(0x10, 0xffff_ffff)
    write(0x34, 0xdef)
    write(0x100, 0x1000)
    write(0x200, 0x20 | 7)
    write(0x13c, 0x2000)
    write(0x23c, 0x20 | 3)
    vic.input(9).set(true)
    expect([read(0x30), bench.levels["irq"]]).toEqual([0xdef, false])
    vic.input(3).set(true)
    expect([bench.levels["irq"], read(0x30), bench.levels["irq"]]).toEqual([true, 0x2000, false])
    vic.input(7).set(true)
    expect([read(0x30), bench.levels["irq"]]).toEqual([0x1000, false])
    for (const n of [7, 3, 9]) vic.input(n).set(false)
    for (let n = 0; n < 3; n++) write(0x30, 0)
    vic.input(3).set(true)
    expect([bench.levels["irq"], read(0x30)]).toEqual([true, 0x2000])
  })

  it("has a test control register of one bit, which drivers clear", () => {
    const { bench, read, write } = makeVic()
    expect(read(0x300)).toBe(0)
    write(0x300, 0xffff_ffff)
    expect(read(0x300)).toBe(1)
    write(0x300, 0)
    expect([read(0x300), bench.messages]).toEqual([0, []])
  })

  it("carries the identity that drivers look for", () => {
    const { read } = makeVic()
    expect([0xfe0, 0xfe4, 0xfe8, 0xfec, 0xff0].map(read)).toEqual([0x90, 0x11, 0x04, 0x00, 0x0d])
  })
})

describe("versatile-sic", () => {
  const make = () => {
    const bench = new TestBench()
    const wires = { irq: bench.line("irq"), direct: { 22: bench.line("direct22") } }
    const sic = versatileSic.create({ clock: bench.clock, log: bench.log, wires })
    return { bench, sic, read: (at: number) => sic.read(at, 4), write: (at: number, v: number) => sic.write(at, 4, v) }
  }

  it("merges enabled interrupts into one", () => {
    const { bench, sic, read, write } = make()
    write(0x08, 1 << 6)
    sic.input(6).set(true)
    sic.input(3).set(true)
    expect([read(0x00), read(0x04), read(0x08), bench.edges]).toEqual([1 << 6, 0b100_1000, 1 << 6, ["0 irq=1"]])
    write(0x0c, 1 << 6)
    expect(bench.levels["irq"]).toBe(false)
  })

  it("raises input 0 by software", () => {
    const { bench, read, write } = make()
    write(0x08, 1)
    write(0x10, 1)
    expect([read(0x00), bench.levels["irq"]]).toEqual([1, true])
    write(0x14, 1)
    expect([read(0x00), bench.levels["irq"]]).toEqual([0, false])
  })

  it("passes inputs 21 to 30 straight on when told to", () => {
    const { bench, sic, read, write } = make()
    sic.input(22).set(true)
    write(0x20, 0xffff_ffff)
    expect([read(0x20), bench.edges]).toEqual([0x7fe0_0000, ["0 direct22=1"]])
    write(0x24, 1 << 22)
    expect(bench.edges.at(-1)).toBe("0 direct22=0")
  })
})

describe("versatile-sysreg", () => {
  const make = () => {
    const bench = new TestBench()
    const sysreg = versatileSysreg.create({ clock: bench.clock, log: bench.log, wires: { reset: bench.line("reset") } })
    const write = (at: number, v: number) => sysreg.write(at, 4, v)
    return { bench, sysreg, read: (at: number) => sysreg.read(at, 4), write }
  }

  it("identifies the board", () => {
    const { read } = make()
    expect([0x00, 0x44, 0x50, 0x84, 0x88].map(read)).toEqual([0x4100_7004, 1, 0x1f00, 0x0200_0000, 0xff00_0000])
  })

  it("counts at 24 MHz and at 100 Hz from reset", () => {
    const { bench, sysreg, read } = make()
    bench.clock.advanceTo(1.5e9)
    expect([read(0x5c), read(0x24)]).toEqual([36_000_000, 150])
    bench.clock.advanceTo(200e9)
    expect(read(0x5c)).toBe((200 * 24_000_000) % 2 ** 32)
    sysreg.reset()
    expect([read(0x5c), read(0x24)]).toEqual([0, 0])
  })

  it("keeps flags until cleared, and non-volatile ones over a reset", () => {
    const { sysreg, read, write } = make()
    for (const at of [0x30, 0x38]) {
      write(at, 0xf0)
      write(at, 0x0f)
      write(at + 4, 0x3c)
      expect(read(at)).toBe(0xc3)
    }
    sysreg.reset()
    expect([read(0x30), read(0x38)]).toEqual([0, 0xc3])
  })

  it("resets the board only when unlocked", () => {
    const { bench, sysreg, read, write } = make()
    write(0x40, 0x105)
    expect([bench.edges, read(0x40), read(0x20)]).toEqual([[], 0, 0x1_0000])
    write(0x20, 0xa05f)
    write(0x40, 0x105)
    expect([bench.edges, read(0x20)]).toEqual([["0 reset=1"], 0xa05f])
    sysreg.reset()
    expect(bench.levels["reset"]).toBe(false)
  })
})

describe("versatile-i2c", () => {
  it("lets software pull each line down and let go of it", () => {
    const i2c = versatileI2c.create({ clock: new TestBench().clock, wires: {} })
    expect(i2c.read(0, 4)).toBe(0b11)
    i2c.write(4, 4, 0b10)
    expect(i2c.read(0, 4)).toBe(0b01)
    i2c.write(4, 4, 0b01)
    expect(i2c.read(0, 4)).toBe(0b00)
    i2c.write(0, 4, 0b01)
    expect(i2c.read(0, 4)).toBe(0b01)
    i2c.write(0, 4, 0b10)
    expect(i2c.read(0, 4)).toBe(0b11)
  })
})
