// Z8530: expected values from the Zilog SCC/ESCC User Manual UM010903, chapters 2 and 5.
import { describe, expect, it } from "vitest"
import { z8530 } from "../../devices/serial/z8530.ts"
import { TestBench } from "../../devices/testing.ts"

/** Addresses in a Mac I/O chip: control and data of each channel. */
const B = { control: 0x00, data: 0x10 }
const A = { control: 0x20, data: 0x30 }
type Channel = typeof A

function make() {
  const bench = new TestBench()
  const [portA, portB] = [bench.port(), bench.port()]
  const wires = { irqA: bench.line("irqA"), irqB: bench.line("irqB"), portA, portB }
  const scc = z8530.create({ clock: bench.clock, log: bench.log, wires })
  const put = ({ control }: Channel, n: number, value: number) => {
    // The pointer of WR0 reaches registers from 8 on by the command "point high".
    if (n > 0) scc.write(control, 1, (n & 7) | (n > 7 ? 0x08 : 0))
    scc.write(control, 1, value)
  }
  const get = ({ control }: Channel, n: number) => {
    if (n > 0) scc.write(control, 1, (n & 7) | (n > 7 ? 0x08 : 0))
    return scc.read(control, 1)
  }
  /** Eight bits, no parity, one stop bit, both directions enabled. */
  const open = (ch: Channel) => {
    put(ch, 4, 0x44)
    put(ch, 3, 0xc1)
    put(ch, 5, 0xea)
  }
  const wait = (ns = 1e6) => bench.clock.advanceTo(bench.clock.nowNs() + ns)
  return { bench, scc, portA, portB, put, get, open, wait }
}

const RX_AVAILABLE = 0x01
const TX_EMPTY = 0x04
const LINE_INTERRUPTS = 0x13
const MIE = 0x08

describe("z8530", () => {
  it("sends and receives on each channel", () => {
    const { bench, scc, portA, portB, get, open, wait } = make()
    for (const [ch, port] of [
      [A, portA],
      [B, portB],
    ] as const) {
      open(ch)
      expect(get(ch, 0) & (RX_AVAILABLE | TX_EMPTY)).toBe(TX_EMPTY)
      scc.write(ch.data, 1, 0x41)
      expect(bench.sent.splice(0)).toEqual([0x41])
      port.feed("xy")
      wait()
      expect(get(ch, 0) & RX_AVAILABLE).toBe(1)
      expect([scc.read(ch.data, 1), get(ch, 8)]).toEqual([0x78, 0x79])
      expect(get(ch, 0) & RX_AVAILABLE).toBe(0)
    }
  })

  it("has the same channels at the addresses of escc-legacy", () => {
    const { bench, scc, put, open } = make()
    open(A)
    put(B, 12, 0x5a)
    const { legacy } = scc.regions
    legacy.write(6, 1, 0x42)
    expect(bench.sent).toEqual([0x42])
    legacy.write(0, 1, 0x0c)
    expect(legacy.read(0, 1)).toBe(0x5a)
  })

  it("returns to register 0 after each access to another", () => {
    const { scc, get, put } = make()
    put(A, 12, 0x12)
    put(A, 13, 0x34)
    expect([get(A, 12), get(A, 13), scc.read(A.control, 1) & TX_EMPTY]).toEqual([0x12, 0x34, TX_EMPTY])
  })

  it("takes from outside only what its FIFO of eight holds, and nothing while the receiver is off", () => {
    const { scc, portA, open, put, get, wait } = make()
    portA.feed("0123456789")
    wait()
    expect(portA.waiting).toBe(10)
    open(A)
    wait(1e9)
    expect(portA.waiting).toBe(2)
    put(A, 3, 0xc0)
    for (let n = 0; n < 8; n++) expect(scc.read(A.data, 1)).toBe(0x30 + n)
    wait()
    expect([get(A, 0) & RX_AVAILABLE, portA.waiting]).toEqual([0, 2])
  })

  it("receives a byte in the time of ten bits", () => {
    const { bench, portA, open, get } = make()
    open(A)
    portA.feed("x")
    bench.clock.advanceTo(86_805)
    expect(get(A, 0) & RX_AVAILABLE).toBe(0)
    bench.clock.advanceTo(86_806)
    expect(get(A, 0) & RX_AVAILABLE).toBe(1)
  })

  it("interrupts for received bytes while the master enable is set", () => {
    const { bench, scc, portA, open, put, get, wait } = make()
    open(A)
    put(A, 1, LINE_INTERRUPTS)
    portA.feed("x")
    wait()
    expect([get(A, 3), get(B, 3), bench.levels["irqA"]]).toEqual([0x20, 0, undefined])
    put(A, 9, MIE)
    expect([bench.levels["irqA"], bench.levels["irqB"]]).toEqual([true, undefined])
    scc.read(A.data, 1)
    expect([get(A, 3), bench.levels["irqA"]]).toEqual([0, false])
  })

  it("interrupts when the transmit buffer becomes empty, not when the interrupt is enabled", () => {
    const { bench, scc, open, put, get } = make()
    open(B)
    scc.write(B.data, 1, 1)
    put(B, 1, 0x02)
    put(B, 9, MIE)
    expect(get(A, 3)).toBe(0)
    scc.write(B.data, 1, 2)
    expect([get(A, 3), bench.levels["irqB"]]).toEqual([0x02, true])
    put(B, 0, 0x28) // reset transmit interrupt pending
    expect([get(A, 3), bench.levels["irqB"]]).toEqual([0, false])
  })

  it("interrupts at the first character alone, until it is armed again", () => {
    const { scc, portA, open, put, get, wait } = make()
    open(A)
    put(A, 1, 0x08)
    portA.feed("ab")
    wait()
    expect(get(A, 3)).toBe(0x20)
    scc.read(A.data, 1)
    expect(get(A, 3)).toBe(0)
    put(A, 0, 0x20) // enable interrupt on next character
    portA.feed("c")
    wait()
    expect(get(A, 3)).toBe(0x20)
  })

  it("holds external conditions from their interrupt until it is reset", () => {
    const { scc, put, get } = make()
    put(A, 15, 0x08)
    put(A, 1, 0x01)
    scc.input(0).set(true) // DCD
    expect([get(A, 3), get(A, 0) & 0x08]).toEqual([0x08, 0x08])
    scc.input(0).set(false)
    expect(get(A, 0) & 0x08).toBe(0x08)
    put(A, 0, 0x10)
    // The condition has changed since, so it interrupts at once.
    expect([get(A, 3), get(A, 0) & 0x08]).toEqual([0x08, 0])
    put(A, 0, 0x10)
    expect(get(A, 3)).toBe(0)
  })

  it("puts the source of highest priority into the vector that channel B reads", () => {
    const { scc, open, put, get, portB, wait } = make()
    open(A)
    open(B)
    put(A, 2, 0xf0)
    expect([get(A, 2), get(B, 2)]).toEqual([0xf0, 0xf6])
    put(B, 1, 0x12)
    portB.feed("x")
    wait()
    expect(get(B, 2)).toBe(0xf4)
    put(A, 1, 0x02)
    scc.write(A.data, 1, 0)
    expect(get(B, 2)).toBe(0xf8)
    put(A, 9, 0x10) // status high
    expect(get(B, 2)).toBe(0x90)
  })

  it("keeps lower priorities back while an interrupt is under service", () => {
    const { bench, scc, open, put, get, portA, wait } = make()
    open(A)
    put(A, 1, 0x12)
    put(A, 9, MIE | 0x20)
    scc.write(A.data, 1, 0)
    get(A, 2) // acknowledges by software
    expect(bench.levels["irqA"]).toBe(false)
    portA.feed("x")
    wait()
    expect(bench.levels["irqA"]).toBe(true)
    get(A, 2)
    expect(bench.levels["irqA"]).toBe(false)
    scc.read(A.data, 1)
    put(A, 0, 0x38) // reset highest IUS: receive
    expect(bench.levels["irqA"]).toBe(false)
    put(A, 0, 0x38) // transmit, which is still pending
    expect(bench.levels["irqA"]).toBe(true)
  })

  it("receives what it sends in local loopback, and loses what does not fit", () => {
    const { bench, scc, open, put, get } = make()
    open(A)
    put(A, 14, 0x10)
    for (let n = 0; n < 9; n++) scc.write(A.data, 1, n)
    expect([bench.sent, get(A, 1)]).toEqual([[], 0x27])
    put(A, 0, 0x30) // error reset
    expect(get(A, 1)).toBe(0x07)
    for (let n = 0; n < 8; n++) expect(scc.read(A.data, 1)).toBe(n)
    expect(get(A, 0) & RX_AVAILABLE).toBe(0)
    put(A, 5, 0xfa) // send break
    expect(get(A, 0) & 0x80).toBe(0x80)
  })

  it("echoes what it receives", () => {
    const { bench, portA, open, put, wait } = make()
    open(A)
    put(A, 14, 0x08)
    portA.feed("x")
    wait()
    expect(bench.sent).toEqual([0x78])
  })

  it("resets one channel, or both and the master control", () => {
    const { put, get } = make()
    for (const ch of [A, B]) {
      put(ch, 12, 0x55)
      put(ch, 15, 0x02)
    }
    put(A, 9, 0x80)
    expect([get(A, 15), get(B, 15), get(A, 12)]).toEqual([0xf8, 0x02, 0x55])
    put(A, 9, 0xc0)
    expect([get(B, 15), get(A, 0), get(A, 1)]).toEqual([0xf8, 0x44, 0x07])
  })

  it("reads write registers back where the extended read of WR7' asks for it", () => {
    const { put, get } = make()
    put(A, 3, 0xc1)
    put(A, 15, 0x01)
    put(A, 7, 0x40)
    expect([get(A, 9), get(A, 4), get(A, 14)]).toEqual([0xc1, 0x04, 0x40])
    put(A, 7, 0)
    expect(get(A, 4)).toBe(get(A, 0))
  })
})
