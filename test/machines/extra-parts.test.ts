// Parts added to a finished board: what their wires lead to if the user does not say.

import { expect, it } from "vitest"
import { ide } from "../../devices/block/ide.ts"
import { dbdma } from "../../devices/dma/dbdma.ts"
import type { Device } from "../../devices/kit/index.ts"
import { TestBench } from "../../devices/testing.ts"
import { Machine } from "../../src/machine.ts"
import { addParts } from "../../src/machines/extra-parts.ts"
import { WiringError } from "../../src/wiring-error.ts"

type AnyDevice = Device<object, object, string>

function make() {
  const machine = new Machine({ name: "sample", clockRate: 1e9, log: () => {} })
  const ram = new Uint8Array(64)
  machine.addCpu({
    byteOrder: "little",
    executed: 0,
    isInterrupted: false,
    limit() {},
    delay() {},
    reset() {},
    run: () => ({ executed: 0, reason: "budget", left: 0 }),
    stats: () => ({}),
    memoryPort: new TestBench().memory(ram),
  })
  return { machine, ram }
}

it("a bus master gets the machine's memory", () => {
  const { machine, ram } = make()
  // A NOP that interrupts, then STOP.
  ram.set([0, 0, 0x30, 0x60], 16)
  ram.set([0, 0, 0, 0x70], 32)
  addParts(machine, [{ device: dbdma as unknown as AnyDevice, at: 0x1000 }])
  machine.bus.write(0x100c, 4, 16)
  machine.bus.write(0x1000, 4, 0x8000_8000)
  machine.skipTo(1000)
  expect([machine.bus.read(0x1004, 4), machine.bus.read(0x100c, 4)]).toEqual([0x8000, 32])
})

it("connectors of drives are free, and cannot be given as text", () => {
  const { machine } = make()
  const device = ide as unknown as AnyDevice
  addParts(machine, [{ device, at: 0x2000, wires: { irq: "none" } }])
  expect(machine.bus.read(0x2070, 1)).toBe(0)
  const drive0 = "disk.img"
  expect(() => addParts(machine, [{ device, name: "second", at: 0x4000, wires: { irq: "none", drive0 } }])).toThrow(
    new WiringError("The wire drive0 of second cannot be given here: leave it out."),
  )
})
