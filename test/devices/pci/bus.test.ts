// PCI buses: decoding by base address registers, configuration cycles, interrupts that slots share, nothing that answers.

import { describe, expect, it } from "vitest"
import { device, PciBus, wire } from "../../../devices/kit/index.ts"
import { grackle } from "../../../devices/pci/grackle.ts"
import { WiringError } from "../../../src/wiring-error.ts"
import { bigEndianMachine } from "./mac-boards.ts"

/** A function with a word of memory, a byte of I/O, and a register in configuration space; high while the word is odd. */
const card = device({
  name: "card",
  wires: { inta: wire.line },
  size: 0x20,
  options: {},
  state: () => ({ word: 0, own: 0 }),
  registers: { WORD: { at: 0, read: (c) => c.state.word, write: (c, v) => (c.state.word = v) } },
  regions: { io: { size: 8, registers: { SEVEN: { at: 0, width: 1, read: () => 7 } } } },
  pci: {
    vendor: 0x1234,
    device: 0x5678,
    classCode: 0x12_3456,
    interruptPin: 1,
    capabilities: 0x40,
    bars: { 0: { space: "memory" }, 1: { space: "io", region: "io" } },
    registers: { OWN: { at: 0x40, read: (c) => c.state.own, write: (c, v) => (c.state.own = v) } },
  },
  drive: (c) => c.wires.inta.set((c.state.word & 1) !== 0),
})

function makeBoard(masterAbort: "ones" | "error" = "ones") {
  const machine = bigEndianMachine("sample")
  const pins = ["A", "B"].map((label) => {
    const pin = { owner: "pic", label, isHigh: false, set: (level: boolean) => void (pin.isHigh = level) }
    return pin
  })
  const bus = new PciBus("pci", (slot) => pins[slot & 1]!)
  machine.add("host", grackle, {
    at: 0xfec0_0000,
    regions: { data: 0xfee0_0000, io: 0xfe00_0000, isaMemory: 0xfd00_0000, memory: 0x8000_0000 },
    byteOrder: "little",
    pci: { bus, slot: 0 },
    wires: { bus },
    options: { masterAbort },
  })
  const add = (slot: number, number = 0) =>
    machine.addPci(`card${slot}.${number}`, card, { bus, slot, function: number, wires: {} })
  const setUp = (slot: number, memory: number, io: number, command = 3) => {
    bus.writeConfiguration(slot, 0, 0x10, 4, memory)
    bus.writeConfiguration(slot, 0, 0x14, 4, io)
    bus.writeConfiguration(slot, 0, 4, 2, command)
  }
  return { machine, bus, pins, add, setUp }
}

describe("a PCI function", () => {
  it("answers where its registers say, while its command register lets it", () => {
    const { machine, add, setUp } = makeBoard()
    add(1)
    setUp(1, 0x8000_1000, 0x300)
    machine.bus.write(0x8000_1000, 4, 0x0201_0000)
    expect(machine.bus.read(0x8000_1000, 4)).toBe(0x0201_0000)
    expect(machine.bus.read(0xfe00_0300, 1)).toBe(7)
    setUp(1, 0x8000_2000, 0x300, 2)
    expect([machine.bus.read(0x8000_1000, 4), machine.bus.read(0x8000_2000, 4)]).toEqual([0xffff_ffff, 0x0201_0000])
    expect(machine.bus.read(0xfe00_0300, 1)).toBe(0xff)
  })

  it("tells the sizes of its regions to who writes ones", () => {
    const { bus, add } = makeBoard()
    add(1)
    const sizes = [0x10, 0x14, 0x18, 0x30].map((register) => {
      bus.writeConfiguration(1, 0, register, 4, 0xffff_ffff)
      return bus.readConfiguration(1, 0, register, 4)
    })
    expect(sizes).toEqual([0xffff_ffe0, 0xffff_fff9, 0, 0])
  })

  it("has registers of its own, holes that read as zero, and a capability", () => {
    const { bus, add } = makeBoard()
    add(1)
    bus.writeConfiguration(1, 0, 0x42, 1, 0xab)
    bus.writeConfiguration(1, 0, 0x44, 4, 0xab)
    const read = (register: number) => bus.readConfiguration(1, 0, register, 4)
    expect([read(0x40), read(0x44), read(0x34), read(4), read(8)]).toEqual([0xab_0000, 0, 0x40, 0x10_0000, 0x1234_5600])
  })

  it("keeps its registers in a snapshot, and loses them in a reset", () => {
    const { bus, machine, add, setUp } = makeBoard()
    const { instance } = add(1)
    setUp(1, 0x8000_1000, 0x300)
    const saved = JSON.parse(JSON.stringify(instance.snapshot()))
    instance.reset()
    expect([bus.readConfiguration(1, 0, 0x10, 4), machine.bus.read(0x8000_1000, 4)]).toEqual([0, 0xffff_ffff])
    instance.restore(saved)
    expect([bus.readConfiguration(1, 0, 0x10, 4), machine.bus.read(0x8000_1000, 4)]).toEqual([0x8000_1000, 0])
  })
})

describe("a PCI bus", () => {
  it("gives overlapping addresses to the first slot, and to another when that moves away", () => {
    const { machine, add, setUp } = makeBoard()
    for (const slot of [1, 2]) {
      add(slot)
      setUp(slot, 0x8000_1000, 0x300)
    }
    const { bus } = machine
    bus.write(0x8000_1000, 4, 0x1000_0000)
    setUp(1, 0x8000_3000, 0x300)
    expect([bus.read(0x8000_1000, 4), bus.read(0x8000_3000, 4)]).toEqual([0, 0x1000_0000])
  })

  it("reads ones where nothing is, or lets the CPU have a bus error", () => {
    const { machine } = makeBoard()
    expect([machine.bus.read(0x9000_0000, 2), machine.bus.write(0x9000_0000, 2, 0)]).toEqual([0xffff, true])
    const { machine: strict, add, setUp } = makeBoard("error")
    add(1)
    setUp(1, 0x8000_1000, 0x300)
    expect([strict.bus.read(0x9000_0000, 2), strict.bus.write(0x9000_0000, 2, 0)]).toEqual([undefined, false])
    expect(strict.bus.read(0x8000_1000, 4)).toBe(0)
  })

  it("says that a slot has several functions", () => {
    const { bus, add } = makeBoard()
    add(1)
    add(2)
    add(2, 1)
    const headers = [1, 2].map((slot) => bus.readConfiguration(slot, 0, 0x0c, 4))
    expect([...headers, bus.readConfiguration(2, 1, 0x0e, 1)]).toEqual([0, 0x80_0000, 0])
    expect(bus.readConfiguration(2, 2, 0, 4)).toBe(0xffff_ffff)
  })

  it("holds an interrupt high while any function that shares it asks for one", () => {
    const { machine, pins, add, setUp } = makeBoard()
    for (const slot of [1, 3]) {
      add(slot)
      setUp(slot, 0x8000_0000 + 0x1000 * slot, 0x300)
    }
    const set = (slot: number, value: number) => machine.bus.write(0x8000_0000 + 0x1000 * slot, 4, value << 24)
    set(1, 1)
    set(3, 1)
    set(1, 0)
    expect(pins.map(({ isHigh }) => isHigh)).toEqual([false, true])
    set(3, 0)
    expect(pins[1]!.isHigh).toBe(false)
    expect(machine.parts.at(-1)!.wiring).toBe("inta -> pic B")
  })

  it("refuses two functions in one place, and parts that are no functions", () => {
    const { add, bus, machine } = makeBoard()
    add(1)
    expect(() => machine.addPci("other", card, { bus, slot: 1, wires: {} })).toThrow(
      new WiringError("other in slot 1, function 0 of pci: card1.0 is there."),
    )
    expect(() => machine.addPci("other", card, { bus, slot: 32, wires: {} })).toThrow(/there is no such place/)
  })
})
