// CUDA: the protocol and packets that the drivers of Linux 6.1 and OpenBIOS 1.1 count on, and answers of QEMU 7.2.
import { describe, expect, it } from "vitest"
import { cuda } from "../../devices/macio/cuda.ts"
import { TestBench } from "../../devices/testing.ts"
import { CudaHost, LINE, VIA } from "./cuda-host.ts"

function make(epochSeconds = 0) {
  const bench = new TestBench()
  const [keyboard, mouse] = [bench.port(), bench.port()]
  const lines = { irq: bench.line("irq"), powerOff: bench.line("powerOff"), reset: bench.line("reset") }
  const wires = { ...lines, keyboard, mouse }
  const part = cuda.create({ clock: bench.clock, log: bench.log, wires, options: { epochSeconds } })
  const host = new CudaHost(bench, part)
  const wait = (ns: number) => bench.clock.advanceTo(bench.clock.nowNs() + ns)
  return { bench, part, host, keyboard, mouse, wait }
}

/** Bytes of a time in seconds since 1904. */
const time = (seconds: number) => [24, 16, 8, 0].map((shift) => (seconds >>> shift) & 0xff)
const EPOCH_1970 = 2_082_844_800

describe("cuda", () => {
  it("synchronises as Linux asks it to", () => {
    const { host, wait } = make()
    host.write(VIA.IER, 0x7f)
    host.change(VIA.DDRB, LINE.TREQ, LINE.TACK | LINE.TIP)
    host.change(VIA.ACR, 0x1c, 0x0c)
    host.change(VIA.ORB, 0, LINE.TIP | LINE.TACK)
    wait(4e6)
    host.write(VIA.IFR, 4)
    host.change(VIA.ORB, LINE.TACK, 0)
    expect(host.isRequested).toBe(true)
    host.waitForShift()
    host.change(VIA.ORB, 0, LINE.TACK)
    expect(host.isRequested).toBe(false)
    host.waitForShift()
    expect(host.request(1, 1, 1)).toEqual([1, 0, 1])
  })

  it("tells and takes the time in seconds since 1904", () => {
    const { host, part, wait } = make(1_700_000_000)
    expect(host.request(1, 3)).toEqual([1, 0, 3, ...time(1_700_000_000 + EPOCH_1970)])
    expect(host.request(1, 9, ...time(1000))).toEqual([1, 0, 9])
    wait(2e9)
    part.reset()
    expect(host.request(1, 3)).toEqual([1, 0, 3, ...time(1002)])
  })

  it("keeps parameter RAM over a reset, and reads it until the host ends the transfer", () => {
    const { host, part } = make()
    expect(host.request(1, 0x0c, 0, 0xfe, 0xaa, 0xbb, 0xcc)).toEqual([1, 0, 0x0c])
    part.reset()
    host.send(1, 7, 0, 0xfe)
    expect(host.receive(6)).toEqual([1, 0, 7, 0xaa, 0xbb, 0xcc])
    expect(host.isRequested).toBe(false)
    // The same bytes in the memory of the microcontroller.
    host.send(1, 2, 1, 0xff)
    expect(host.receive(4)).toEqual([1, 0, 2, 0xbb])
    expect(host.request(1, 3).length).toBe(7)
  })

  it("answers an unknown command, a wrong type, a short packet and I2C with an error packet", () => {
    const { host } = make()
    expect(host.request(1, 0x7f)).toEqual([2, 2, 1, 0x7f])
    expect(host.request(6, 1)).toEqual([2, 1, 6, 1])
    expect(host.request(1)).toEqual([2, 3, 1, 0])
    expect(host.request(1, 0x22, 0xa0, 0)).toEqual([2, 5, 1, 0x22])
  })

  it("switches off and resets the machine", () => {
    const { host, bench, part } = make()
    expect(host.request(1, 0x0a)).toEqual([1, 0, 0x0a])
    expect(bench.levels["powerOff"]).toBe(true)
    part.reset()
    expect(bench.levels["powerOff"]).toBe(false)
    expect(host.request(1, 0x11)).toEqual([1, 0, 0x11])
    expect(bench.levels["reset"]).toBe(true)
  })

  it("interrupts for the shift register while that is enabled, 20 us after a byte", () => {
    const { host, bench, wait } = make()
    host.write(VIA.IER, 0x84)
    host.write(VIA.ACR, 0x10)
    host.write(VIA.SR, 1)
    host.change(VIA.ORB, LINE.TIP, 0)
    wait(20_000)
    expect([bench.edges, host.read(VIA.IFR)]).toEqual([["20000 irq=1"], 0x84])
    host.read(VIA.SR)
    expect(bench.levels["irq"]).toBe(false)
  })

  it("passes ADB commands on, with the echo of the command that Linux removes", () => {
    const { host } = make()
    expect(host.request(0, 0x00)).toEqual([0, 0, 0x00])
    expect(host.request(0, 0x2f)).toEqual([0, 0, 0x2f, 0x62, 2])
    expect(host.request(0, 0x3f)).toEqual([0, 0, 0x3f, 0x63, 1])
    // Nobody there, and nothing to say.
    expect(host.request(0, 0x4f)).toEqual([0, 2, 0x4f])
    expect(host.request(0, 0x2c)).toEqual([0, 2, 0x2c])
  })

  it("polls for keys and movements, and sends them unasked", () => {
    const { host, keyboard, mouse, wait } = make()
    host.request(1, 1, 1)
    wait(1e9)
    expect(host.isRequested).toBe(false)
    keyboard.feed(Uint8Array.of(0x00, 0x80))
    wait(11e6)
    expect([host.isRequested, host.receive()]).toEqual([true, [0, 0x40, 0x2c, 0x00, 0x80]])
    mouse.feed(Uint8Array.of(1, 5, 0xfd))
    wait(11e6)
    expect(host.receive()).toEqual([0, 0x40, 0x3c, 0x7d, 0x85])
    host.request(1, 1, 0)
    keyboard.feed(Uint8Array.of(0x01))
    wait(1e9)
    expect(host.isRequested).toBe(false)
  })

  it("says in answers that another device requests service", () => {
    const { host, mouse } = make()
    mouse.feed(Uint8Array.of(1, 0, 0))
    expect(host.request(0, 0x2c)).toEqual([0, 3, 0x2c])
    expect(host.request(0, 0x3c)).toEqual([0, 0, 0x3c, 0x00, 0x80])
    expect(host.request(0, 0x2c)).toEqual([0, 2, 0x2c])
  })

  it("keeps a packet of its own when the host starts one at the same time", () => {
    const { host, keyboard, wait } = make()
    host.request(1, 1, 1)
    keyboard.feed(Uint8Array.of(0x24))
    wait(11e6)
    // The host has not looked at TREQ: it sends its first byte, sees the collision and gives up.
    host.write(VIA.ACR, 0x10)
    host.write(VIA.SR, 1)
    host.change(VIA.ORB, LINE.TIP, 0)
    host.waitForShift()
    expect(host.isRequested).toBe(true)
    host.write(VIA.ACR, 0)
    host.read(VIA.SR)
    host.change(VIA.ORB, 0, LINE.TIP | LINE.TACK)
    expect(host.receive()).toEqual([0, 0x40, 0x2c, 0x24, 0xff])
    expect(host.request(1, 0x16)).toEqual([1, 0, 0x16, 11])
  })

  it("serves a host that does not fetch answers", () => {
    const { host } = make()
    host.send(1, 0x14, 20)
    host.waitForShift()
    expect(host.request(1, 0x16)).toEqual([1, 0, 0x16, 20])
  })

  it("sends a packet each second if asked to: the first with the time, then ticks", () => {
    const { host, wait } = make()
    host.request(1, 0x1b, 3)
    wait(1e9)
    expect(host.receive()).toEqual([1, 0, 3, ...time(EPOCH_1970 + 1)])
    wait(1e9)
    expect(host.receive()).toEqual([3])
    host.request(1, 0x1b, 0)
    wait(2e9)
    expect(host.isRequested).toBe(false)
  })

  it("polls at the rate and the addresses that the host sets", () => {
    const { host, keyboard, mouse, wait } = make()
    expect(host.request(1, 0x14, 20)).toEqual([1, 0, 0x14])
    expect(host.request(1, 0x19, 0, 0x08)).toEqual([1, 0, 0x19])
    expect(host.request(1, 0x1a)).toEqual([1, 0, 0x1a, 0, 0x08])
    host.request(1, 1, 1)
    keyboard.feed(Uint8Array.of(0x24))
    wait(1e9)
    expect(host.isRequested).toBe(false)
    mouse.feed(Uint8Array.of(0, 1, 0))
    wait(20e6)
    expect(host.receive()).toEqual([0, 0x40, 0x3c, 0x80, 0x81])
  })
})
