// PMU: the protocol and packets that the drivers of Linux 6.1 and OpenBIOS 1.1 count on, and answers of QEMU 7.2.
import { describe, expect, it } from "vitest"
import { pmu } from "../../devices/macio/pmu.ts"
import { pmuLengths } from "../../devices/macio/pmu-commands.ts"
import { TestBench } from "../../devices/testing.ts"

const VIA = { ORB: 0, SR: 0x1400, ACR: 0x1600, IFR: 0x1a00, IER: 0x1c00 }
const LINE = { TACK: 0x08, TREQ: 0x10 }
const SHIFT = { OUT: 0x1c, IN: 0x0c }

function make(options: { epochSeconds?: number; hasAdb?: boolean } = {}) {
  const bench = new TestBench()
  const [keyboard, mouse] = [bench.port(), bench.port()]
  const lines = { irq: bench.line("irq"), interrupt: bench.line("interrupt") }
  const power = { powerOff: bench.line("powerOff"), reset: bench.line("reset") }
  const wires = { ...lines, ...power, keyboard, mouse }
  const part = pmu.create({ clock: bench.clock, log: bench.log, wires, options })
  const read = (register: number) => part.read(register, 1)
  const write = (register: number, value: number) => part.write(register, 1, value)
  /** Passes a byte as Linux does: TREQ low until TACK is low and the shift flag up, then high until TACK is high. */
  const handshake = () => {
    write(VIA.ORB, read(VIA.ORB) & ~LINE.TREQ)
    expect([read(VIA.ORB) & LINE.TACK, read(VIA.IFR) & 4]).toEqual([0, 4])
    write(VIA.IFR, 4)
    const byte = read(VIA.SR)
    write(VIA.ORB, read(VIA.ORB) | LINE.TREQ)
    expect(read(VIA.ORB) & LINE.TACK).toBe(LINE.TACK)
    return byte
  }
  const send = (byte: number) => {
    write(VIA.ACR, SHIFT.OUT)
    write(VIA.SR, byte)
    handshake()
  }
  const receive = () => {
    write(VIA.ACR, SHIFT.IN)
    read(VIA.SR)
    return handshake()
  }
  const request = (code: number, ...data: number[]) => {
    const [sent, answered] = pmuLengths(code)
    send(code)
    if (sent < 0) send(data.length)
    else expect(data.length).toBe(sent)
    for (const byte of data) send(byte)
    const count = answered < 0 ? receive() : answered
    return Array.from({ length: count }, receive)
  }
  const wait = (ns: number) => bench.clock.advanceTo(bench.clock.nowNs() + ns)
  return { bench, part, request, send, receive, read, write, keyboard, mouse, wait }
}

const time = (seconds: number) => [24, 16, 8, 0].map((shift) => (seconds >>> shift) & 0xff)
const EPOCH_1970 = 2_082_844_800
const MATT = [0x4d, 0x41, 0x54, 0x54]
const INT_ACK = 0x78
const SET_INT_MASK = 0x70

describe("pmu", () => {
  it("starts as Linux starts it", () => {
    const { request } = make()
    expect(request(SET_INT_MASK, 0xdc)).toEqual([])
    expect(request(INT_ACK)).toEqual([0])
    expect(request(0xdf, 2)).toEqual([]) // system ready
    expect(request(0xea)).toEqual([0x0c]) // version
    expect(request(0x8f, 0)).toEqual([0, 0]) // events that power up
  })

  it("tells and takes the time in seconds since 1904", () => {
    const { request, part, wait } = make({ epochSeconds: 1_700_000_000 })
    expect(request(0x38)).toEqual(time(1_700_000_000 + EPOCH_1970))
    request(0x30, ...time(4_000_000_000))
    wait(2e9)
    part.reset()
    expect(request(0x38)).toEqual(time(4_000_000_002))
  })

  it("ticks each second on its interrupt line, low until it is acknowledged, while that is not masked", () => {
    const { bench, request, wait } = make()
    expect(bench.levels["interrupt"]).toBe(true)
    wait(1e9)
    expect(bench.edges.at(-1)).toBe("1000000000 interrupt=0")
    wait(5e9)
    expect(request(INT_ACK)).toEqual([0x80])
    expect([bench.levels["interrupt"], request(INT_ACK)]).toEqual([true, [0]])
    request(SET_INT_MASK, 0)
    wait(5e9)
    expect([bench.levels["interrupt"], bench.clock.armedCount]).toEqual([true, 0])
  })

  it("interrupts by its VIA for each byte while that is enabled", () => {
    const { bench, write, read } = make()
    write(VIA.IER, 0x84)
    write(VIA.ACR, SHIFT.OUT)
    write(VIA.SR, 0xea)
    write(VIA.ORB, read(VIA.ORB) & ~LINE.TREQ)
    expect([bench.levels["irq"], read(VIA.IFR)]).toEqual([true, 0x84])
    read(VIA.SR)
    expect(bench.levels["irq"]).toBe(false)
  })

  it("switches off at the magic word alone, and resets", () => {
    const { bench, request, part } = make()
    expect(request(0x7e, 1, 2, 3, 4)).toEqual([0])
    expect(bench.levels["powerOff"]).toBeUndefined()
    expect(request(0x7e, ...MATT)).toEqual([0])
    expect(bench.levels["powerOff"]).toBe(true)
    part.reset()
    expect(bench.levels["powerOff"]).toBe(false)
    request(0xd0)
    expect(bench.levels["reset"]).toBe(true)
  })

  it("keeps parameter RAM over a reset", () => {
    const { request, part } = make()
    request(0x33, 0, 5, 0xaa)
    request(0x31, ...Array.from({ length: 20 }, (_, n) => n))
    request(0x32, 0xff, 2, 7, 8)
    part.reset()
    expect([request(0x3b, 0, 5), request(0x39).slice(0, 3), request(0x3a, 0xff, 3)]).toEqual([
      [5],
      [8, 1, 2],
      [7, 8, 1],
    ])
  })

  it("remembers power events", () => {
    const { request } = make()
    request(0x8f, 1, 0x01, 0x82)
    request(0x8f, 2, 0x00, 0x80)
    request(0x8f, 4, 0x00, 0x08)
    expect([request(0x8f, 0), request(0x8f, 3)]).toEqual([
      [0x01, 0x02],
      [0x00, 0x08],
    ])
  })

  it("is on mains, without a battery or a lid, and finds no I2C device", () => {
    const { request } = make()
    expect(request(0x6b)).toEqual([1, 0, 0, 0, 0, 0, 0, 0])
    expect(request(0x6f, 1)).toEqual([3, 1, 0, 0, 0, 0])
    expect([request(0xdc), request(0x9a, 1, 2)]).toEqual([[0], [0xff]])
  })

  it("answers unknown commands with zeros of the right number", () => {
    const { request } = make()
    expect([request(0x68), request(0xe8, 1, 2, 3), request(0x01, 1, 2, 3)]).toEqual([[0, 0, 0], [], []])
  })

  it("takes a command in place of the reading of an answer", () => {
    const { send, receive, request } = make()
    send(0x38)
    receive()
    expect(request(0xea)).toEqual([0x0c])
  })

  it("does not answer where there is nothing to read", () => {
    const { bench, read, write } = make()
    write(VIA.ACR, SHIFT.IN)
    write(VIA.ORB, read(VIA.ORB) & ~LINE.TREQ)
    expect([read(VIA.IFR), bench.messages]).toEqual([0, ["pmu: byte asked for while there is none"]])
  })
})

describe("pmu with ADB", () => {
  it("answers commands by an interrupt, with the command before the data", () => {
    const { request, bench } = make({ hasAdb: true })
    request(0x20, 0x2f, 0, 0)
    expect(bench.levels["interrupt"]).toBe(false)
    expect(request(INT_ACK)).toEqual([0x10, 0x2f, 0x62, 2])
    request(0x20, 0x2b, 0, 2, 0x2f, 0xfe)
    expect(request(INT_ACK)).toEqual([0x10, 0x2b])
    request(0x20, 0xff, 0, 0)
    expect(request(INT_ACK)).toEqual([0x10, 0xff, 0x6f, 2])
    expect([request(INT_ACK), bench.levels["interrupt"]]).toEqual([[0], true])
  })

  it("polls the addresses that it is given until it is told to stop", () => {
    const { request, keyboard, wait } = make({ hasAdb: true })
    request(0x20, 0, 0x86, 0xff, 0xff)
    keyboard.feed(Uint8Array.of(0x24, 0xa4, 0x25))
    wait(11e6)
    expect(request(INT_ACK)).toEqual([0x14, 0x2c, 0x24, 0xa4])
    wait(11e6)
    expect(request(INT_ACK)).toEqual([0x14, 0x2c, 0x25, 0xff])
    request(0x21)
    keyboard.feed(Uint8Array.of(0xa5))
    wait(0.1e9)
    expect(request(INT_ACK)).toEqual([0])
  })

  it("gives ADB data before other interrupts", () => {
    const { request, wait } = make({ hasAdb: true })
    wait(1e9)
    request(0x20, 0x4c, 0, 0)
    expect([request(INT_ACK), request(INT_ACK)]).toEqual([[0x10, 0x4c], [0x80]])
  })

  it("has no bus unless the board says so", () => {
    const { request } = make()
    request(0x20, 0x2f, 0, 0)
    expect(request(INT_ACK)).toEqual([0])
  })
})
