// VIA 6522, as it stands in CUDA: expected values from the Rockwell R6522 datasheet. It counts at 4.7 MHz / 6.
import { describe, expect, it } from "vitest"
import { cuda } from "../../devices/macio/cuda.ts"
import { TestBench } from "../../devices/testing.ts"

const REG = {
  ORA: 1,
  DDRA: 3,
  T1CL: 4,
  T1CH: 5,
  T1LL: 6,
  T1LH: 7,
  T2CL: 8,
  T2CH: 9,
  ACR: 11,
  PCR: 12,
  IFR: 13,
  IER: 14,
}

function make() {
  const bench = new TestBench()
  const lines = { irq: bench.line("irq"), powerOff: bench.line("powerOff"), reset: bench.line("reset") }
  const part = cuda.create({ clock: bench.clock, log: bench.log, wires: lines })
  const read = (n: number) => part.read(0x200 * n, 1)
  const write = (n: number, value: number) => part.write(0x200 * n, 1, value)
  /** Lets whole ticks pass. */
  const tick = (count: number) =>
    bench.clock.advanceTo(Math.ceil((((bench.clock.nowNs() / 1e9) * 4.7e6 + 6 * count) / 4.7e6) * 1e9))
  return { bench, read, write, tick }
}

describe("via 6522", () => {
  it("interrupts one step after timer 2 passes zero, once", () => {
    const { bench, read, write, tick } = make()
    write(REG.IER, 0xa0)
    write(REG.T2CL, 0x98)
    write(REG.T2CH, 0xb7) // 47,000 ticks are 60 ms, which Linux measures the time base by
    bench.clock.advanceTo(60_000_000)
    expect([bench.edges, read(REG.T2CL), read(REG.T2CH)]).toEqual([[], 0, 0])
    tick(1)
    expect([bench.edges, read(REG.IFR)]).toEqual([["60001277 irq=1"], 0xa0])
    expect([read(REG.T2CH), read(REG.T2CL), bench.levels["irq"]]).toEqual([0xff, 0xff, false])
    tick(100_000)
    expect(bench.edges.length).toBe(2)
  })

  it("repeats timer 1 every latch and two ticks while it runs freely", () => {
    const { bench, read, write, tick } = make()
    write(REG.ACR, 0x40)
    write(REG.IER, 0xc0)
    write(REG.T1CL, 8)
    write(REG.T1CH, 0)
    tick(9)
    expect([read(REG.IFR), read(REG.T1CL)]).toEqual([0xc0, 0xff])
    tick(1)
    expect([read(REG.T1CL), bench.levels["irq"]]).toEqual([8, false])
    tick(9)
    expect(bench.levels["irq"]).toBe(true)
  })

  it("lets timer 1 interrupt once otherwise, though it goes on from its latch", () => {
    const { bench, read, write, tick } = make()
    write(REG.IER, 0xc0)
    write(REG.T1CL, 8)
    write(REG.T1CH, 0)
    tick(9)
    expect(bench.levels["irq"]).toBe(true)
    write(REG.T1LL, 0x34)
    write(REG.T1LH, 0x12)
    expect([read(REG.T1LL), read(REG.T1LH), bench.levels["irq"]]).toEqual([0x34, 0x12, false])
    tick(100)
    expect([read(REG.IFR), bench.edges.length]).toEqual([0, 2])
  })

  it("sets and clears interrupt enables by bit 7", () => {
    const { read, write } = make()
    write(REG.IER, 0xff)
    write(REG.IER, 0x7b)
    expect(read(REG.IER)).toBe(0x84)
  })

  it("reads inputs of port A as high and outputs as set", () => {
    const { read, write } = make()
    expect(read(REG.ORA)).toBe(0xff)
    write(REG.DDRA, 0x0f)
    write(REG.ORA, 0x35)
    expect([read(REG.ORA), read(15)]).toEqual([0xf5, 0xf5])
  })
})
