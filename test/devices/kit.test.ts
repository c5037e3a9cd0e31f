// The device kit: clock, registers, ports and snapshots.
import { describe, expect, it } from "vitest"
import {
  type ByteOrder,
  CharLink,
  device,
  fanOut,
  fromPlain,
  Rate,
  toPlain,
  VirtualClock,
  wire,
  wiredOr,
} from "../../devices/kit/index.ts"
import { TestBench } from "../../devices/testing.ts"

describe("VirtualClock", () => {
  it("sets off alarms at their deadlines, equal ones in the order in which they were made", () => {
    const clock = new VirtualClock()
    const rung: string[] = []
    const [a, b, c] = ["a", "b", "c"].map((name) => clock.alarm(() => rung.push(`${name}@${clock.nowNs()}`)))
    c!.set(50)
    b!.set(50)
    a!.set(70)
    expect(clock.nextDeadlineNs()).toBe(50)
    clock.advanceTo(60)
    expect(rung).toEqual(["b@50", "c@50"])
    expect(clock.nowNs()).toBe(60)
    clock.advanceTo(100)
    expect(rung).toEqual(["b@50", "c@50", "a@70"])
    expect(clock.nextDeadlineNs()).toBeUndefined()
  })

  it("takes back cancelled and replaced deadlines", () => {
    const clock = new VirtualClock()
    let rung = 0
    const alarm = clock.alarm(() => rung++)
    alarm.set(10)
    alarm.set(20)
    clock.advanceTo(15)
    expect([rung, alarm.deadlineNs]).toEqual([0, 20])
    alarm.cancel()
    clock.advanceTo(30)
    expect([rung, alarm.deadlineNs]).toEqual([0, undefined])
  })

  it("lets an alarm rearm itself, even for the present", () => {
    const clock = new VirtualClock()
    let rung = 0
    const alarm = clock.alarm(() => {
      if (++rung < 5) alarm.set(clock.nowNs())
    })
    alarm.set(0)
    clock.advanceTo(10)
    expect(rung).toBe(5)
  })

  it("never sets off an alarm beyond 2^53 ns", () => {
    const clock = new VirtualClock()
    const alarm = clock.alarm(() => {})
    for (const deadline of [2 ** 60, Number.POSITIVE_INFINITY, Number.NaN]) {
      alarm.set(deadline)
      expect(alarm.deadlineNs).toBeUndefined()
    }
  })

  it("refuses to go back", () => {
    const clock = new VirtualClock(5)
    expect(() => clock.advanceTo(4)).toThrow(RangeError)
  })
})

describe("Rate", () => {
  it("converts exactly, as big integers do", () => {
    for (const hz of [1, 100, 32_768, 1_000_000, 1_843_200, 24_000_000, 62_500_000]) {
      const rate = new Rate(hz)
      for (const ns of [0, 1, 41, 42, 999_999_999, 1e9, 123_456_789_012_345, 2 ** 50 + 1]) {
        expect(BigInt(rate.ticks(ns))).toBe((BigInt(ns) * BigInt(hz)) / 1_000_000_000n)
      }
      for (const ticks of [0, 1, 2, 3, 99, 12_345]) {
        const ns = rate.ns(ticks)
        expect(rate.ticks(ns)).toBe(ticks)
        if (ns > 0) expect(rate.ticks(ns - 1)).toBe(ticks - 1)
      }
    }
  })
})

describe("registers", () => {
  const make = (byteOrder: ByteOrder = "little") => {
    const bench = new TestBench()
    const part = device({
      name: "sample",
      wires: { irq: wire.line },
      size: 0x40,
      options: { start: 0x1122_3344 },
      state: ({ start }) => ({ word: start, bytes: new Uint8Array(8), events: 0, half: 0 }),
      registers: {
        word: { at: 0, read: (c) => c.state.word, write: (c, v) => (c.state.word = v) },
        events: { at: 4, otherLanes: "zero", read: () => 0xffff_ffff, write: (c, v) => (c.state.events = v) },
        bytes: {
          at: 8,
          width: 1,
          count: 8,
          read: (c, n) => c.state.bytes[n]!,
          write: (c, v, n) => (c.state.bytes[n] = v),
        },
        half: { at: 0x10, width: 2, read: (c) => c.state.half, write: (c, v) => (c.state.half = v) },
        sparse: { at: 0x20, count: 2, stride: 8, read: (_, n) => n + 1 },
        last: { at: 0x30, write: () => {} },
      },
    }).create({ clock: bench.clock, log: bench.log, byteOrder, wires: { irq: bench.line("irq") } })
    return { part, bench }
  }

  it("reads and writes lanes of a register", () => {
    const { part } = make()
    expect([0, 1, 2, 3].map((at) => part.read(at, 1))).toEqual([0x44, 0x33, 0x22, 0x11])
    expect(part.read(2, 2)).toBe(0x1122)
    part.write(1, 1, 0xaa)
    part.write(2, 2, 0xbeef)
    expect(part.read(0, 4)).toBe(0xbeef_aa44)
  })

  it("reads and writes lanes of a big-endian register, the most significant byte first", () => {
    const { part } = make("big")
    expect([0, 1, 2, 3].map((at) => part.read(at, 1))).toEqual([0x11, 0x22, 0x33, 0x44])
    expect([part.read(0, 4), part.read(0, 2)]).toEqual([0x1122_3344, 0x1122])
    part.write(1, 1, 0xaa)
    part.write(2, 2, 0xbeef)
    expect(part.read(0, 4)).toBe(0x11aa_beef)
  })

  it("spreads a wide access over narrow big-endian registers, the first of which is the most significant", () => {
    const { part } = make("big")
    part.write(8, 4, 0xaabb_ccdd)
    expect([8, 9, 10, 11].map((at) => part.read(at, 1))).toEqual([0xaa, 0xbb, 0xcc, 0xdd])
    expect(part.read(10, 2)).toBe(0xccdd)
  })

  it("fills other lanes with zeros where ones act", () => {
    const { part } = make()
    part.write(6, 2, 0x8001)
    expect((part.snapshot() as { events: number }).events).toBe(0x8001_0000)
  })

  it("spreads a wide access over narrow registers", () => {
    const { part } = make()
    part.write(8, 4, 0xddcc_bbaa)
    expect([8, 9, 10, 11].map((at) => part.read(at, 1))).toEqual([0xaa, 0xbb, 0xcc, 0xdd])
    expect(part.read(10, 2)).toBe(0xddcc)
  })

  it("places a bank by its stride and logs what lies between", () => {
    const { part, bench } = make()
    expect([part.read(0x20, 4), part.read(0x28, 4), part.read(0x24, 4)]).toEqual([1, 2, 0])
    expect(bench.messages).toEqual(["sample: read of 4 at 0x24: no register"])
  })

  it("tells why an access fails", () => {
    const { part, bench } = make()
    part.read(0x30, 4)
    part.write(0x20, 4, 1)
    part.read(2, 4)
    part.read(0x10, 4)
    expect(bench.messages).toEqual([
      "sample: read of 4 at 0x30: last is write-only",
      "sample: write of 4 at 0x20: sparse0 is read-only",
      "sample: read of 4 at 0x2: misaligned or outside",
      "sample: read of 4 at 0x10: no register",
    ])
  })

  it("rejects overlapping registers when the part is made", () => {
    const overlapping = device({
      name: "bad",
      wires: {},
      size: 8,
      options: {},
      state: () => ({}),
      registers: { a: { at: 0, read: () => 0 }, b: { at: 2, width: 2, read: () => 0 } },
    })
    expect(() => overlapping.create({ clock: new VirtualClock(), wires: {} })).toThrow("register b overlaps")
  })

  it("rejects a wire that is missing, for parts in JavaScript", () => {
    const wired = device({
      name: "wired",
      size: 8,
      options: {},
      wires: { irq: wire.line, more: wire.optionalLines },
      state: () => ({}),
      registers: {},
    })
    const wires = JSON.parse("{}")
    expect(() => wired.create({ clock: new VirtualClock(), wires })).toThrow("wired: the wire irq is missing")
  })

  it("rejects a snapshot of another part", () => {
    const { part } = make()
    expect(() => part.restore({ nothing: 1 })).toThrow("not a snapshot of sample")
    expect(() => part.restore(null)).toThrow(TypeError)
  })
})

describe("CharLink", () => {
  it("keeps every byte of a long paste in order until it is taken", () => {
    const link = new CharLink()
    let calls = 0
    link.onReady(() => calls++)
    const paste = Uint8Array.from({ length: 100_000 }, (_, n) => n * 7)
    link.feed(paste.subarray(0, 60_000))
    link.feed(paste.subarray(60_000))
    expect([link.waiting, link.isWaiting(), calls]).toEqual([100_000, true, 1])
    expect(paste.every((byte) => link.receive() === byte)).toBe(true)
    expect([link.receive(), link.waiting, link.isWaiting()]).toEqual([undefined, 0, false])
    link.feed("é")
    expect([link.receive(), link.receive(), calls]).toEqual([0xc3, 0xa9, 2])
  })

  it("is full at 64 KiB, and calls the host once half of that is taken", () => {
    const link = new CharLink()
    let calls = 0
    link.onDrained(() => calls++)
    link.feed(new Uint8Array(65_535))
    expect(link.isFull).toBe(false)
    link.feed(new Uint8Array(1))
    while (link.waiting > 32_769) link.receive()
    expect([link.isFull, calls]).toEqual([true, 0])
    link.receive()
    expect([link.isFull, calls]).toEqual([false, 1])
    while (link.isWaiting()) link.receive()
    expect(calls).toBe(1)
  })

  it("sends a text as bytes", () => {
    const sent: number[] = []
    new CharLink((byte) => sent.push(byte)).sendText("a\xff")
    expect(sent).toEqual([0x61, 0xff])
  })
})

describe("lines", () => {
  it("fan out and join", () => {
    const bench = new TestBench()
    const [a, b] = wiredOr(2, fanOut(bench.line("x"), bench.line("y")))
    a!.set(true)
    b!.set(true)
    a!.set(false)
    b!.set(false)
    expect(bench.edges).toEqual(["0 x=1", "0 y=1", "0 x=0", "0 y=0"])
  })
})

describe("snapshots", () => {
  it("survive JSON", () => {
    const state = {
      number: 1.5,
      big: 2n ** 63n,
      bytes: Uint8Array.from([1, 2, 255]),
      words: Uint32Array.from([0xffff_ffff]),
      nested: [{ flag: true, none: null }],
    }
    expect(fromPlain(JSON.parse(JSON.stringify(toPlain(state))))).toEqual(state)
  })
})
