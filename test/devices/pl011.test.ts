// PL011: expected values from ARM DDI 0183G, sections 2.8, 3.3 and 3.4.
import { describe, expect, it } from "vitest"
import { pl011 } from "../../devices/serial/pl011.ts"
import { TestBench } from "../../devices/testing.ts"

const DR = 0x00
const FR = 0x18
const LCR_H = 0x2c
const CR = 0x30
const IFLS = 0x34
const IMSC = 0x38
const RIS = 0x3c
const MIS = 0x40
const ICR = 0x44
const RX = 1 << 4
const TX = 1 << 5
const RT = 1 << 6
const BYTE_NS = Math.ceil(10e9 / 115_200)

function make() {
  const bench = new TestBench()
  const port = bench.port()
  const uart = pl011.create({ clock: bench.clock, log: bench.log, wires: { irq: bench.line("irq"), console: port } })
  const pass = (ns: number) => bench.clock.advanceTo(bench.clock.nowNs() + ns)
  const enable = (lineControl = 0x70) => {
    uart.write(LCR_H, 4, lineControl)
    uart.write(CR, 4, 0x301)
  }
  return { bench, port, uart, pass, enable }
}

describe("pl011", () => {
  it("has the reset values of the manual", () => {
    const { uart } = make()
    const read = (at: number) => uart.read(at, 4)
    expect([FR, CR, IFLS, LCR_H, IMSC, RIS, MIS].map(read)).toEqual([0x90, 0x300, 0x12, 0, 0, 0, 0])
    expect([0xfe0, 0xfe4, 0xfe8, 0xfec].map(read)).toEqual([0x11, 0x10, 0x14, 0x00])
    expect([0xff0, 0xff4, 0xff8, 0xffc].map(read)).toEqual([0x0d, 0xf0, 0x05, 0xb1])
  })

  it("sends at once and interrupts when unmasked", () => {
    const { uart, bench, enable } = make()
    enable()
    for (const byte of Buffer.from("hi")) uart.write(DR, 1, byte)
    expect(String.fromCharCode(...bench.sent)).toBe("hi")
    expect([uart.read(FR, 4), uart.read(RIS, 4), uart.read(MIS, 4)]).toEqual([0x90, TX, 0])
    uart.write(IMSC, 4, TX)
    expect(bench.levels["irq"]).toBe(true)
    uart.write(ICR, 4, TX)
    expect(bench.levels["irq"]).toBe(false)
  })

  it("sends while disabled, and says so", () => {
    const { uart, bench } = make()
    uart.write(DR, 4, 0x41)
    expect(bench.sent).toEqual([0x41])
    expect(bench.messages).toEqual(["pl011: byte sent while the transmitter is disabled"])
  })

  it("leaves bytes outside until it is enabled", () => {
    const { uart, port, pass, enable } = make()
    port.feed("x")
    pass(1e9)
    expect([port.waiting, uart.read(FR, 4) & 0x10]).toEqual([1, 0x10])
    enable()
    pass(BYTE_NS)
    expect([port.waiting, uart.read(FR, 4) & 0x10, uart.read(DR, 4)]).toEqual([0, 0, 0x78])
  })

  it("leaves a byte outside that it is not enabled long enough for", () => {
    const { uart, port, pass, enable } = make()
    port.feed("x")
    // What a program does that switches the port on for a line of output, time and again.
    for (let n = 0; n < 10; n++) {
      enable()
      pass(BYTE_NS - 1)
      uart.write(CR, 4, 0x300)
      pass(1e6)
    }
    expect([port.waiting, uart.read(FR, 4) & 0x10]).toEqual([1, 0x10])
    enable()
    pass(BYTE_NS - 1)
    expect(port.waiting).toBe(1)
    pass(1)
    expect([port.waiting, uart.read(DR, 4)]).toEqual([0, 0x78])
  })

  it("raises the receive interrupt at the level of UARTIFLS", () => {
    for (const [select, level] of [2, 4, 8, 12, 14].entries()) {
      const { uart, port, pass, enable } = make()
      enable()
      uart.write(IFLS, 4, select << 3)
      port.feed(new Uint8Array(level))
      pass((level - 1) * BYTE_NS)
      expect(uart.read(RIS, 4) & RX).toBe(0)
      pass(BYTE_NS)
      expect(uart.read(RIS, 4) & RX).toBe(RX)
      uart.read(DR, 4)
      expect(uart.read(RIS, 4) & RX).toBe(0)
    }
  })

  it("raises the receive timeout 32 bit times after the last byte and drops it when emptied", () => {
    const { uart, bench, port, pass, enable } = make()
    enable()
    uart.write(IMSC, 4, RT)
    port.feed("ab")
    pass(2 * BYTE_NS + Math.floor(32e9 / 115_200) - 1)
    expect(bench.levels["irq"] ?? false).toBe(false)
    pass(2)
    expect([bench.levels["irq"], uart.read(MIS, 4)]).toEqual([true, RT])
    expect(uart.read(DR, 4)).toBe(0x61)
    expect(uart.read(MIS, 4)).toBe(RT)
    expect(uart.read(DR, 4)).toBe(0x62)
    expect([bench.levels["irq"], uart.read(MIS, 4)]).toEqual([false, 0])
  })

  it("interrupts for each byte while the FIFOs are off", () => {
    const { uart, port, pass, enable } = make()
    enable(0x60)
    port.feed("ab")
    pass(1e6)
    expect([uart.read(FR, 4) & 0x40, uart.read(RIS, 4) & RX, port.waiting]).toEqual([0x40, RX, 1])
    expect(uart.read(DR, 4)).toBe(0x61)
    expect(uart.read(RIS, 4) & RX).toBe(0)
    pass(1e6)
    expect(uart.read(DR, 4)).toBe(0x62)
  })

  it("loses nothing of a paste of 100 kB", () => {
    const { uart, bench, port, enable } = make()
    enable()
    uart.write(IMSC, 4, RX | RT)
    const paste = Uint8Array.from({ length: 100_000 }, (_, n) => n * 31)
    port.feed(paste)
    const got: number[] = []
    while (bench.clock.nextDeadlineNs() !== undefined) {
      bench.clock.advanceTo(bench.clock.nextDeadlineNs()!)
      if (bench.levels["irq"]) while (!(uart.read(FR, 4) & 0x10)) got.push(uart.read(DR, 4))
    }
    expect(got.length).toBe(paste.length)
    expect(got.every((byte, n) => byte === paste[n])).toBe(true)
  })

  it("loops back, and overruns when nobody reads", () => {
    const { uart, bench, enable } = make()
    enable()
    uart.write(CR, 4, 0x381)
    for (let n = 0; n < 17; n++) uart.write(DR, 4, n)
    expect(bench.sent).toEqual([])
    expect([uart.read(FR, 4) & 0x40, uart.read(0x04, 4), uart.read(RIS, 4) & (1 << 10)]).toEqual([0x40, 8, 1 << 10])
    expect(uart.read(DR, 4)).toBe(0)
    uart.write(0x04, 4, 0)
    expect(uart.read(0x04, 4)).toBe(0)
  })
})
