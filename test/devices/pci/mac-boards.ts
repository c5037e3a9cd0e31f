// The PCI side of the Macintosh boards, with a CPU that does nothing: bridge, I/O controller and interrupt controller.

import { heathrowPic } from "../../../devices/interrupt/heathrow-pic.ts"
import { openpic } from "../../../devices/interrupt/openpic.ts"
import { fanOut, LocalBus, PciBus, type PciRoute } from "../../../devices/kit/index.ts"
import { grackle } from "../../../devices/pci/grackle.ts"
import { macIo } from "../../../devices/pci/mac-io.ts"
import { uninorthPci } from "../../../devices/pci/uninorth.ts"
import { uninorthControl } from "../../../devices/pci/uninorth-control.ts"
import { Machine } from "../../../src/machine.ts"
import type { Part } from "../../../src/part.ts"
import type { Access } from "../../support/qtest.ts"

/** A machine with a big-endian CPU that does nothing. */
export function bigEndianMachine(name: string): Machine {
  const machine = new Machine({ name, clockRate: 1e9, log: () => {} })
  const run = () => ({ executed: 0, reason: "budget", left: 0 })
  const none = { executed: 0, isInterrupted: false, limit() {}, delay() {}, reset() {}, stats: () => ({}) }
  const memoryPort = { read: () => false, write: () => false }
  machine.addCpu({ ...none, byteOrder: "big", run, memoryPort })
  return machine
}

/** A board, its interrupt controller, and whether that interrupts the CPU. */
export type MacBoard = {
  readonly machine: Machine
  readonly bus: PciBus
  readonly pic: Part
  readonly macIo: Part
  isInterrupted(): boolean
}

/** A line to the CPU. */
function interruptPin() {
  let isHigh = false
  const pin = { owner: "cpu", label: "external", set: (level: boolean) => void (isHigh = level) }
  return { pin, isHigh: () => isHigh }
}

/** PCI of a Power Macintosh G3 (beige). */
export function g3beige(): MacBoard {
  const machine = bigEndianMachine("g3beige")
  const { pin, isHigh } = interruptPin()
  const route: PciRoute = (slot, number) => pic.input(0x15 + ((slot + number - 1) & 3))
  const bus = new PciBus("pci", route)
  const cells = new LocalBus("cells")
  machine.add("grackle", grackle, {
    at: 0xfec0_0000,
    regions: { data: 0xfee0_0000, io: 0xfe00_0000, isaMemory: 0xfd00_0000, memory: 0x8000_0000 },
    byteOrder: "little",
    pci: { bus, slot: 0 },
    wires: { bus },
    node: { name: "pci", range: { at: 0x8000_0000, bytes: 0x7f00_0000 } },
  })
  const io = machine.addPci("mac-io", macIo, { bus, slot: 16, wires: { cells }, options: { kind: "heathrow" } })
  const pic: Part = machine.add("pic", heathrowPic, { on: cells, at: 0x10, wires: { irq: fanOut(pin) } })
  return { machine, bus, pic, macIo: io, isInterrupted: isHigh }
}

/** PCI of a Power Macintosh G4 (AGP graphics). */
export function mac99(): MacBoard {
  const machine = bigEndianMachine("mac99")
  const { pin, isHigh } = interruptPin()
  const route: PciRoute = (slot, number) => pic.input(0x1b + ((slot + number - 1) & 3))
  const bus = new PciBus("pci", route)
  const cells = new LocalBus("cells")
  machine.add("uni-n", uninorthControl, { at: 0xf800_0000, wires: {} })
  machine.add("pci", uninorthPci, {
    at: 0xf280_0000,
    regions: { data: 0xf2c0_0000, io: 0xf200_0000, memory: 0x8000_0000 },
    byteOrder: "little",
    pci: { bus, slot: 11 },
    wires: { bus },
    node: { name: "pci", range: { at: 0xf200_0000, bytes: 0x200_0000 } },
  })
  const others = [
    ["internal", 0xf400_0000, 0xa000_0000, 14],
    ["agp", 0xf000_0000, 0x9000_0000, 11],
  ] as const
  for (const [kind, at, memory, slot] of others) {
    const other = new PciBus(kind)
    machine.add(kind, uninorthPci, {
      at: at + 0x80_0000,
      regions: { data: at + 0xc0_0000, io: at, memory },
      byteOrder: "little",
      pci: { bus: other, slot },
      wires: { bus: other },
      options: { kind, memoryBase: memory },
      node: { name: "pci", range: { at, bytes: 0x200_0000 } },
    })
  }
  const io = machine.addPci("mac-io", macIo, { bus, slot: 12, wires: { cells }, options: { kind: "keylargo" } })
  const pic: Part = machine.add("pic", openpic, { on: cells, at: 0x4_0000, wires: { int: [pin] } })
  return { machine, bus, pic, macIo: io, isInterrupted: isHigh }
}

/** Carries out the accesses; gives what the reads read. */
export function carryOut({ machine, pic, isInterrupted }: MacBoard, accesses: readonly Access[]): number[] {
  return accesses.flatMap((access) => {
    const [kind] = access
    if (kind === "interrupt") return [isInterrupted() ? 1 : 0]
    if (kind === "read") return [machine.bus.read(access[1], access[2]) ?? -1]
    if (kind === "line") pic.input(access[1]).set(access[2])
    else machine.bus.write(access[1], access[2], access[3])
    return []
  })
}
