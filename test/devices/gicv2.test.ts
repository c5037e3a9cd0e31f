// GICv2: expected values from ARM IHI 0048B, chapters 3 and 4; reset values as QEMU 7.2's `virt` board reports them.
import { describe, expect, it } from "vitest"
import { gicv2 } from "../../devices/interrupt/gicv2.ts"
import { TestBench } from "../../devices/testing.ts"

const SPURIOUS = 1023

function make(cpus = 1) {
  const bench = new TestBench()
  const lines = (name: string) => Array.from({ length: cpus }, (_, n) => bench.line(`${name}${n}`))
  const gic = gicv2.create({
    clock: bench.clock,
    log: bench.log,
    options: { cpus },
    wires: { irq: lines("irq"), fiq: lines("fiq") },
  })
  const { cpuInterface } = gic.regions
  const d = {
    read: (at: number, size = 4, cpu = 0) => gic.read(at, size, cpu),
    write: (at: number, value: number, size = 4, cpu = 0) => gic.write(at, size, value, cpu),
  }
  const c = {
    read: (at: number, cpu = 0) => cpuInterface.read(at, 4, cpu),
    write: (at: number, value: number, cpu = 0) => cpuInterface.write(at, 4, value, cpu),
  }
  const enable = (...ids: number[]) => {
    d.write(0x000, 1)
    for (let cpu = 0; cpu < cpus; cpu++) {
      c.write(0x00, 1, cpu)
      c.write(0x04, 0xf0, cpu)
    }
    for (const id of ids) {
      d.write(0x100 + 4 * (id >> 5), 2 ** (id & 31))
      d.write(0x400 + id, 0xa0, 1)
    }
  }
  const acknowledge = (cpu = 0) => c.read(0x0c, cpu)
  const end = (id: number, cpu = 0) => c.write(0x10, id, cpu)
  return { bench, gic, d, c, enable, acknowledge, end }
}

describe("gicv2 registers", () => {
  it("have the reset values of a `virt` board", () => {
    const { d, c, gic } = make()
    const values: { [at: number]: number } = {}
    for (const { at, width, isReadable } of gic.map)
      if (width === 4 && isReadable && d.read(at)) values[at] = d.read(at)
    expect(values).toEqual({
      4: 8,
      8: 0x43b,
      256: 0xffff,
      384: 0xffff,
      3072: 0xaaaa_aaaa,
      4048: 4,
      4064: 0x90,
      4068: 0xb4,
      4072: 0x2b,
      4080: 0x0d,
      4084: 0xf0,
      4088: 0x05,
      4092: 0xb1,
    })
    const at = [0x00, 0x04, 0x08, 0x0c, 0x14, 0x18, 0x1c, 0xd0, 0xfc]
    expect(at.map((n) => c.read(n))).toEqual([0, 0, 0, 0x3ff, 0xff, 0x3ff, 1, 0, 0x2043b])
  })

  it("keep what is written as on a `virt` board", () => {
    const { d, c } = make()
    const kept = (at: number) => {
      d.write(at, 0xffff_ffff)
      return d.read(at)
    }
    expect([0x000, 0x080, 0x084, 0x100, 0x120, 0x124].map(kept)).toEqual([3, -1 >>> 0, -1 >>> 0, -1 >>> 0, -1 >>> 0, 0])
    expect([0x200, 0x300, 0x400, 0x51c, 0x520].map(kept)).toEqual([0xffff_0000, -1 >>> 0, -1 >>> 0, -1 >>> 0, 0])
    expect([0x800, 0x820, 0xc00, 0xc04, 0xc44, 0xc48].map(kept)).toEqual([0, 0, ...Array(3).fill(0xaaaa_aaaa), 0])
    const keptByCpu = (at: number) => {
      c.write(at, 0xffff_ffff)
      return c.read(at)
    }
    expect([0x00, 0x04, 0x08, 0x1c, 0xd0, 0xec].map(keptByCpu)).toEqual([0x21f, 0xff, 7, 7, -1 >>> 0, -1 >>> 0])
  })

  it("take bytes of priorities and targets", () => {
    const { d } = make(2)
    d.write(0x422, 0xc0, 1)
    expect([d.read(0x420), d.read(0x422, 1), d.read(0x422, 2)]).toEqual([0x00c0_0000, 0xc0, 0xc0])
    d.write(0x820, 0x0302_01ff)
    expect([d.read(0x820), d.read(0x800, 4, 1)]).toEqual([0x0302_0103, 0x0202_0202])
  })
})

describe("gicv2", () => {
  it("takes a level-sensitive SPI from its line to its end", () => {
    const { bench, gic, d, c, enable, acknowledge, end } = make()
    enable(33)
    const line = gic.input(33)
    line.set(true)
    expect(bench.edges).toEqual(["0 irq0=1"])
    expect([c.read(0x18), acknowledge(), c.read(0x14)]).toEqual([33, 33, 0xa0])
    expect([bench.levels["irq0"], d.read(0x304), d.read(0x204)]).toEqual([false, 2, 2])
    expect(acknowledge()).toBe(SPURIOUS)
    end(33)
    expect([bench.levels["irq0"], d.read(0x304), c.read(0x14)]).toEqual([true, 0, 0xff])
    line.set(false)
    expect([bench.levels["irq0"], acknowledge(), d.read(0x204)]).toEqual([false, SPURIOUS, 0])
  })

  it("remembers one edge of an edge-triggered SPI", () => {
    const { bench, gic, d, enable, acknowledge, end } = make()
    enable(40)
    d.write(0xc08, 2 << (2 * 8))
    const line = gic.input(40)
    for (const level of [true, false, true, false]) line.set(level)
    expect([bench.levels["irq0"], acknowledge()]).toEqual([true, 40])
    line.set(true)
    end(40)
    expect([acknowledge(), bench.levels["irq0"]]).toEqual([40, false])
    end(40)
    expect(acknowledge()).toBe(SPURIOUS)
  })

  it("lets only a higher priority preempt", () => {
    const { bench, gic, d, c, enable, acknowledge, end } = make()
    enable(32, 34, 35)
    d.write(0x420, 0x80, 1)
    d.write(0x422, 0x80, 1)
    d.write(0x423, 0x40, 1)
    gic.input(34).set(true)
    gic.input(32).set(true)
    expect(acknowledge()).toBe(32)
    expect(bench.levels["irq0"]).toBe(false)
    gic.input(35).set(true)
    expect([bench.levels["irq0"], acknowledge(), c.read(0x14)]).toEqual([true, 35, 0x40])
    gic.input(35).set(false)
    end(35)
    expect([c.read(0x14), acknowledge()]).toEqual([0x80, SPURIOUS])
    end(32)
    expect(c.read(0x14)).toBe(0xff)
  })

  it("compares group priorities as the binary point says", () => {
    const { bench, gic, d, c, enable, acknowledge } = make()
    enable(32, 33)
    c.write(0x08, 4)
    d.write(0x420, 0xb8, 1)
    d.write(0x421, 0xa0, 1)
    gic.input(32).set(true)
    expect([acknowledge(), c.read(0x14)]).toEqual([32, 0xa0])
    gic.input(33).set(true)
    expect(bench.levels["irq0"]).toBe(false)
    d.write(0x421, 0x98, 1)
    expect(bench.levels["irq0"]).toBe(true)
  })

  it("holds back what does not exceed the priority mask", () => {
    const { bench, gic, c, enable } = make()
    enable(32)
    c.write(0x04, 0xa0)
    gic.input(32).set(true)
    expect([bench.levels["irq0"] ?? false, c.read(0x18)]).toEqual([false, SPURIOUS])
    c.write(0x04, 0xa8)
    expect(bench.levels["irq0"]).toBe(true)
  })

  it("prefers the lower number among equal priorities", () => {
    const { gic, enable, acknowledge } = make()
    enable(287, 27)
    gic.input(287).set(true)
    gic.input(27).set(true)
    expect(acknowledge()).toBe(27)
  })

  it("sends SGIs with the number of their sender, each CPU having its own", () => {
    const { bench, d, enable, acknowledge, end } = make(4)
    enable()
    d.write(0xf00, (0b0110 << 16) | 5, 4, 0)
    d.write(0xf00, (0b0100 << 16) | 5, 4, 3)
    expect(bench.edges).toEqual(["0 irq1=1", "0 irq2=1"])
    expect([acknowledge(0), acknowledge(1), acknowledge(2)]).toEqual([SPURIOUS, 5, 5])
    end(5, 2)
    expect([acknowledge(2), acknowledge(1)]).toEqual([5 | (3 << 10), SPURIOUS])
    d.write(0xf00, (1 << 24) | 1, 4, 1)
    expect([0, 1, 2, 3].map((cpu) => d.read(0x200, 4, cpu) & 2)).toEqual([2, 0, 2, 2])
    d.write(0xf00, (2 << 24) | 2, 4, 1)
    expect([0, 1, 2, 3].map((cpu) => d.read(0x200, 4, cpu) & 4)).toEqual([0, 4, 0, 0])
    d.write(0xf10, 0x0000_0200, 4, 2)
    expect([d.read(0x200, 4, 2) & 2, d.read(0xf20, 4, 3)]).toEqual([0, 0x0000_0200])
  })

  it("banks PPIs and sends SPIs to their targets", () => {
    const { bench, gic, d, enable, acknowledge } = make(2)
    enable(27, 32)
    d.write(0x100, 1 << 27, 4, 1)
    d.write(0x400 + 27, 0x50, 1, 1)
    gic.input(27, 1).set(true)
    expect(bench.edges).toEqual(["0 irq1=1"])
    expect([acknowledge(0), acknowledge(1)]).toEqual([SPURIOUS, 27])
    gic.input(32).set(true)
    expect(bench.levels["irq0"] ?? false).toBe(false)
    d.write(0x820, 1, 1)
    expect([bench.levels["irq0"], acknowledge()]).toEqual([true, 32])
  })

  it("gives group 0 as FIQ when asked, and hides group 1 from GICC_IAR", () => {
    const { bench, gic, d, c, enable, acknowledge } = make()
    enable(32, 33)
    d.write(0x000, 3)
    c.write(0x00, 0b1011)
    gic.input(32).set(true)
    expect(bench.edges).toEqual(["0 fiq0=1"])
    expect(acknowledge()).toBe(32)
    c.write(0x10, 32)
    gic.input(32).set(false)
    d.write(0x084, 2)
    gic.input(33).set(true)
    expect(bench.edges.slice(-1)).toEqual(["0 irq0=1"])
    expect([acknowledge(), c.read(0x20)]).toEqual([1022, 33])
  })

  it("drops priority and deactivates apart when EOImode is set", () => {
    const { gic, d, c, enable, acknowledge, end } = make()
    enable(32)
    c.write(0x00, 0x201)
    gic.input(32).set(true)
    expect(acknowledge()).toBe(32)
    end(32)
    expect([c.read(0x14), d.read(0x304), acknowledge()]).toEqual([0xff, 1, SPURIOUS])
    c.write(0x1000, 32)
    expect([d.read(0x304), acknowledge()]).toEqual([0, 32])
  })

  it("sets and clears pending and active states by software", () => {
    const { bench, d, enable, acknowledge } = make()
    enable(50)
    d.write(0x204, 1 << 18)
    expect(bench.levels["irq0"]).toBe(true)
    d.write(0x304, 1 << 18)
    expect(bench.levels["irq0"]).toBe(false)
    d.write(0x384, 1 << 18)
    d.write(0x284, 1 << 18)
    expect([bench.levels["irq0"], acknowledge()]).toEqual([false, SPURIOUS])
  })

  it("ignores ends and inputs that are none", () => {
    const { gic, c, end } = make()
    end(SPURIOUS)
    end(33)
    c.write(0x1000, 1020)
    gic.input(3).set(true)
    expect(c.read(0x14)).toBe(0xff)
    expect(() => gic.input(288)).toThrow(RangeError)
  })
})
