// The DBDMA controller: expected values from the DBDMA chapter of "Macintosh Technology in the Common Hardware Reference
// Platform" (5.5 and 5.6), and from what Linux's drivers for it do.
import { describe, expect, it } from "vitest"
import { dbdma } from "../../devices/dma/dbdma.ts"
import { DmaLink } from "../../devices/kit/index.ts"
import { TestBench } from "../../devices/testing.ts"

const RUN = 0x8000
const PAUSE = 0x4000
const WAKE = 0x1000
const DEAD = 0x0800
const ACTIVE = 0x0400
const BT = 0x0100
const OUTPUT_LAST = 0x1000
const INPUT_LAST = 0x3000
const STORE_QUAD = 0x4600
const LOAD_QUAD = 0x5600
const NOP = 0x6000
const STOP = 0x7000
const ALWAYS = { interrupt: 0x30, branch: 0x0c, wait: 0x03 }

/** A controller whose channel 3 has a device that gives what is fed, and keeps what it is sent. */
function make() {
  const bench = new TestBench()
  const ram = new Uint8Array(0x1_0000)
  const link = new DmaLink()
  const fed: number[] = []
  const sent: number[] = []
  link.connect({
    read(into) {
      const bytes = fed.splice(0, into.length)
      into.set(bytes)
      return bytes.length
    },
    write(from) {
      sent.push(...from)
      return from.length
    },
  })
  const dma = dbdma.create({
    clock: bench.clock,
    log: bench.log,
    wires: { memory: bench.memory(ram), channels: { 3: link }, irq: { 3: bench.line("irq") } },
  })
  const view = new DataView(ram.buffer)
  const list = (
    at: number,
    ...commands: readonly (readonly [word: number, count?: number, address?: number, argument?: number])[]
  ) => {
    for (const [n, [word, count = 0, address = 0, argument = 0]] of commands.entries()) {
      view.setUint16(at + 16 * n, count, true)
      view.setUint16(at + 16 * n + 2, word, true)
      view.setUint32(at + 16 * n + 4, address, true)
      view.setUint32(at + 16 * n + 8, argument, true)
    }
  }
  const at = (register: number) => 3 * 0x80 + register
  const control = (mask: number, value: number) => dma.write(at(0), 4, ((mask << 16) | value) >>> 0)
  const pass = (ns = 1e6) => bench.clock.advanceTo(bench.clock.nowNs() + ns)
  const start = (pointer: number) => {
    dma.write(at(0x0c), 4, pointer)
    control(RUN, RUN)
    pass()
  }
  const status = () => dma.read(at(4), 4)
  const pointer = () => dma.read(at(0x0c), 4)
  const result = (command: number) => [view.getUint16(command + 12, true), view.getUint16(command + 14, true)]
  return { bench, ram, view, link, fed, sent, dma, list, at, control, pass, start, status, pointer, result }
}

describe("dbdma", () => {
  it("moves data both ways and stops", () => {
    const { ram, fed, sent, list, start, status, pointer, result } = make()
    ram.set([1, 2, 3, 4, 5], 0x800)
    fed.push(9, 8, 7)
    list(0x100, [OUTPUT_LAST, 5, 0x800], [INPUT_LAST, 3, 0x901], [STOP])
    start(0x100)
    expect(sent).toEqual([1, 2, 3, 4, 5])
    expect([...ram.subarray(0x900, 0x905)]).toEqual([0, 9, 8, 7, 0])
    expect([status(), pointer()]).toEqual([RUN, 0x120])
    expect([result(0x100), result(0x110)]).toEqual([
      [0, RUN | ACTIVE],
      [0, RUN | ACTIVE],
    ])
  })

  it("waits for its device, which asks when it has more", () => {
    const { ram, link, fed, list, start, pass, status } = make()
    list(0x100, [INPUT_LAST, 4, 0x900], [STOP])
    fed.push(1)
    start(0x100)
    expect([status() & ACTIVE, ...ram.subarray(0x900, 0x902)]).toEqual([ACTIVE, 1, 0])
    fed.push(2, 3, 4)
    pass()
    expect(ram[0x901]).toBe(0)
    link.request()
    pass()
    expect([status() & ACTIVE, ...ram.subarray(0x900, 0x904)]).toEqual([0, 1, 2, 3, 4])
  })

  it("takes time for data", () => {
    const { fed, list, at, dma, control, pass, status } = make()
    fed.push(...new Array<number>(1000).fill(5))
    list(0x100, [INPUT_LAST, 1000, 0x900], [STOP])
    dma.write(at(0x0c), 4, 0x100)
    control(RUN, RUN)
    pass(9999)
    expect(status() & ACTIVE).toBe(ACTIVE)
    pass(1000)
    expect(status() & ACTIVE).toBe(0)
  })

  it("stores and loads quads of 1, 2 and 4 bytes", () => {
    const { ram, view, list, start } = make()
    ram.set([0x11, 0x22, 0x33, 0x44], 0x880)
    list(
      0x100,
      [STORE_QUAD, 4, 0x801, 0x4433_2211],
      [STORE_QUAD, 2, 0x811, 0x4433_2211],
      [STORE_QUAD, 1, 0x823, 0x4433_2211],
      [LOAD_QUAD, 4, 0x880],
      [LOAD_QUAD, 2, 0x882],
      [STOP],
    )
    start(0x100)
    expect([...ram.subarray(0x800, 0x805)]).toEqual([0x11, 0x22, 0x33, 0x44, 0])
    expect([...ram.subarray(0x810, 0x813)]).toEqual([0x11, 0x22, 0])
    expect([...ram.subarray(0x822, 0x825)]).toEqual([0, 0x11, 0])
    expect([view.getUint32(0x138, true), view.getUint32(0x148, true)]).toEqual([0x4433_2211, 0x4433])
  })

  it("interrupts by a pulse", () => {
    const { bench, list, start } = make()
    list(0x100, [NOP | ALWAYS.interrupt], [STOP])
    start(0x100)
    expect(bench.edges.map((edge) => edge.split(" ")[1])).toEqual(["irq=1", "irq=0"])
  })

  it("tests conditions of the device bits for interrupts and branches", () => {
    const { bench, dma, list, at, control, start, status, pointer, result } = make()
    // Interrupt if s0 is set, branch if s1 is clear.
    dma.write(at(0x10), 4, 0x0001_0001)
    dma.write(at(0x14), 4, 0x0002_0002)
    control(0x00ff, 0x01)
    list(0x100, [NOP | 0x10], [NOP | 0x20], [NOP | 0x04, 0, 0, 0x300], [NOP | 0x08, 0, 0, 0x200])
    list(0x200, [STOP])
    list(0x300, [NOP])
    start(0x100)
    expect(bench.edges.length).toBe(2)
    expect([status(), pointer(), result(0x130)[1]]).toEqual([RUN | BT | 1, 0x200, RUN | ACTIVE | BT | 1])
  })

  it("waits while a condition holds", () => {
    const { dma, list, at, control, pass, start, status, pointer } = make()
    dma.write(at(0x18), 4, 0x0080_0080)
    control(0x00ff, 0x80)
    list(0x100, [NOP | 0x01], [STOP])
    start(0x100)
    expect([status() & ACTIVE, pointer()]).toEqual([ACTIVE, 0x100])
    control(0x0080, 0)
    pass()
    expect([status(), pointer()]).toEqual([RUN, 0x110])
  })

  it("goes on behind a stop when it is woken", () => {
    const { list, control, pass, start, status, pointer } = make()
    list(0x100, [STOP])
    start(0x100)
    list(0x100, [NOP], [STOP])
    control(RUN, RUN)
    pass()
    expect(pointer()).toBe(0x100)
    control(RUN | WAKE, RUN | WAKE)
    pass()
    expect([status(), pointer()]).toEqual([RUN, 0x110])
  })

  it("pauses and goes on", () => {
    const { dma, list, at, control, pass, pointer, status } = make()
    list(0x100, [NOP], [NOP], [STOP])
    dma.write(at(0x0c), 4, 0x100)
    control(RUN | PAUSE, RUN | PAUSE)
    pass()
    expect([status(), pointer()]).toEqual([RUN | PAUSE, 0x100])
    control(PAUSE, 0)
    pass()
    expect([status(), pointer()]).toEqual([RUN, 0x120])
  })

  it("dies at what it cannot do, until run is cleared", () => {
    const { bench, list, control, start, status, pointer } = make()
    const lists = [
      [0x8000],
      [0x1400],
      [STORE_QUAD - 0x100],
      [OUTPUT_LAST, 4, 0xffff_fff0],
      [INPUT_LAST, 1, 0x1_0000],
    ] as const
    for (const [n, command] of lists.entries()) {
      bench.edges.length = 0
      list(0x100, command)
      start(0x100)
      // The last one has no data to put anywhere: it waits.
      const isDead = n < 4
      expect([n, status(), pointer(), bench.edges.length]).toEqual([
        n,
        RUN | (isDead ? DEAD : ACTIVE),
        0x100,
        isDead ? 2 : 0,
      ])
      control(RUN, 0)
      expect(status()).toBe(0)
    }
    start(0xf_fff0)
    expect(status()).toBe(RUN | DEAD)
  })

  it("keeps its command pointer while it is active, aligned to 16 bytes", () => {
    const { dma, list, at, start, pointer } = make()
    list(0x100, [INPUT_LAST, 4, 0x900])
    start(0x10f)
    dma.write(at(0x0c), 4, 0x200)
    expect(pointer()).toBe(0x100)
  })

  it("takes virtual time for an endless list, a step at a time", () => {
    const { bench, dma, list, at, control } = make()
    list(0x100, [NOP | ALWAYS.branch, 0, 0, 0x100])
    dma.write(at(0x0c), 4, 0x100)
    control(RUN, RUN)
    let steps = 0
    for (; steps < 1000; steps++) bench.clock.advanceTo(bench.clock.nextDeadlineNs()!)
    expect(bench.clock.nowNs()).toBeGreaterThanOrEqual(100 * steps)
  })
})
