// One connection of a part: what the bus, the device tree and people get to see of it.

import { describe, expect, it } from "vitest"
import { gicv2 } from "../../devices/interrupt/gicv2.ts"
import { pl190 } from "../../devices/interrupt/pl190.ts"
import { versatileSic } from "../../devices/interrupt/versatile-sic.ts"
import { CharLink, device, fanOut, unconnected, wire, wiredOr } from "../../devices/kit/index.ts"
import { raz } from "../../devices/misc/raz.ts"
import { pl011 } from "../../devices/serial/pl011.ts"
import { node } from "../../firmware/device-tree/index.ts"
import { Machine } from "../../src/machine.ts"
import { partNodes } from "../../src/machines/device-tree.ts"
import { WiringError } from "../../src/wiring-error.ts"

/** A machine whose CPU does nothing. */
function makeMachine(): Machine {
  const machine = new Machine({ name: "sample", clockRate: 1e9, log: () => {} })
  const run = () => ({ executed: 0, reason: "budget", left: 0 })
  const memoryPort = { read: () => false, write: () => false }
  const none = { executed: 0, isInterrupted: false, limit() {}, delay() {}, reset() {}, memoryPort, stats: () => ({}) }
  machine.addCpu({ ...none, byteOrder: "little", run })
  return machine
}

function makeBoard() {
  const machine = makeMachine()
  const gic = machine.add("gic", gicv2, {
    at: 0x1000,
    regions: { cpuInterface: 0x1_0000 },
    wires: { irq: [unconnected], fiq: [unconnected] },
  })
  const vic = machine.add("vic", pl190, { at: 0x2000, wires: { irq: gic.input(40), fiq: unconnected } })
  return { machine, gic, vic }
}

describe("an input of a part", () => {
  it("knows its controller, its number, what the manual calls it and its interrupt specifier", () => {
    const { gic, vic } = makeBoard()
    const { owner, controller, number, label, specifier } = gic.input(33)
    expect({ owner, controller, number, label, specifier }).toEqual({
      owner: "gic",
      controller: gic,
      number: 33,
      label: "SPI 1",
      specifier: [0, 1, 4],
    })
    expect(gic.input(27)).toMatchObject({ label: "PPI 11", specifier: [1, 11, 0x104] })
    expect(gic.input(34, { trigger: "rising" }).specifier).toEqual([0, 2, 1])
    expect(vic.input(5)).toMatchObject({ label: "5", specifier: [5] })
  })

  it("is refused if there is none", () => {
    const { vic } = makeBoard()
    expect(() => vic.input(32)).toThrow(WiringError)
    expect(() => vic.input(32)).toThrow("vic (pl190) has no input 32.")
  })
})

describe("a part", () => {
  it("says where its wires lead, runs of inputs as one, through joints too", () => {
    const { machine, gic, vic } = makeBoard()
    const several = device({
      name: "several",
      size: 4,
      options: {},
      wires: { a: wire.line, b: wire.lines, c: wire.line },
      state: () => ({}),
      registers: {},
    })
    const part = machine.add("several", several, {
      at: 0,
      wires: {
        a: fanOut(gic.input(32), vic.input(1)),
        b: [vic.input(2), vic.input(3), vic.input(4), vic.input(8)],
        c: wiredOr(2, vic.input(0))[1]!,
      },
    })
    expect(part.wiring).toBe("a -> gic SPI 0, vic 1; b -> vic 2-4, vic 8; c -> vic 0")
  })

  it("stands on the bus with all its regions", () => {
    const { machine } = makeBoard()
    expect(machine.bus.registers.map(({ name, base }) => [name, base])).toEqual([
      ["gic", 0x1000],
      ["vic", 0x2000],
      ["gic.cpuInterface", 0x1_0000],
    ])
  })

  it("has all its wires and regions, though a board in JavaScript may forget them", () => {
    const { machine } = makeBoard()
    const wires = JSON.parse("{}")
    expect(() => machine.add("pic", pl190, { at: 0x9000, wires })).toThrow(
      new WiringError("pic (pl190) lacks its wire irq."),
    )
    const placed = { at: 0x9000, wires: { irq: [], fiq: [] } }
    expect(() => machine.add("other", gicv2, { ...placed, regions: JSON.parse("{}") })).toThrow(
      new WiringError("other (gicv2) needs an address for its region cpuInterface."),
    )
  })

  it("has a name of its own", () => {
    const { machine } = makeBoard()
    expect(() => machine.add("vic", raz, { at: 0x9000, wires: {} })).toThrow("There are two parts vic.")
  })
})

describe("the nodes of parts", () => {
  const console = new CharLink()

  it("tell ranges, interrupts and clocks, the clock first", () => {
    const { machine, gic } = makeBoard()
    const clock = node("clock", { "#clock-cells": 0 })
    machine.add("uart", pl011, { at: 0x1_2345_6000, wires: { irq: gic.input(33), console }, clocks: [clock, clock] })
    const { all } = partNodes(machine, { interruptParent: gic })
    expect(all.map(({ name }) => name)).toEqual(["gicv2@1000", "pl190@2000", "clock", "pl011@123456000"])
    expect(all[0]!.properties["reg"]).toEqual([0, 0x1000, 0, 0x1000, 0, 0x1_0000, 0, 0x2000])
    expect(all[3]!.properties).toMatchObject({
      reg: [1, 0x2345_6000, 0, 0x1000],
      interrupts: [0, 1, 4],
      clocks: [clock, clock],
    })
  })

  it("name the controller of interrupts that the root does not name, or one with each", () => {
    const { machine, gic, vic } = makeBoard()
    machine.add("uart", pl011, { at: 0x3000, wires: { irq: vic.input(3), console } })
    const direct = { 21: vic.input(21) }
    machine.add("sic", versatileSic, { at: 0x4000, wires: { irq: gic.input(50), direct } })
    const nodes = partNodes(machine, { interruptParent: gic, addressCells: 1, sizeCells: 1 })
    const [gicNode, vicNode, uartNode, sicNode] = nodes.all
    expect([nodes.of(gic), nodes.of(vic)]).toEqual([gicNode, vicNode])
    expect(uartNode!.properties).toMatchObject({
      reg: [0x3000, 0x1000],
      "interrupt-parent": vicNode,
      interrupts: [3],
    })
    expect(sicNode!.properties["interrupts-extended"]).toEqual([gicNode, 0, 18, 4, vicNode, 21])
  })

  it("are none for a part that tells nothing, and one for parts that share it", () => {
    const { machine } = makeBoard()
    const first = machine.add("first", versatileSic, { at: 0x5000, wires: { irq: unconnected } })
    machine.add("second", raz, { at: 0x6000, wires: {}, node: { joins: first } })
    machine.add("hole", raz, { at: 0x7000, wires: {} })
    const { all, of } = partNodes(machine)
    expect(all).toHaveLength(3)
    expect(of(first).properties["reg"]).toEqual([0, 0x5000, 0, 0x1000, 0, 0x6000, 0, 0x1000])
  })
})
