// Device-tree nodes of the PCI side of the Macintosh boards: expected values from the trees that OpenBIOS makes on QEMU.

import { describe, expect, it } from "vitest"
import { printSource } from "../../../firmware/device-tree/index.ts"
import { partNodes } from "../../../src/machines/device-tree.ts"
import { assignAddresses } from "../../../src/machines/macintosh/pci-setup.ts"
import { g3beige, mac99 } from "./mac-boards.ts"

const ONE = { addressCells: 1, sizeCells: 1 } as const
const SPACES = { memory: 0x8000_0000, io: 0x1000 }

describe("the tree of a PCI bus", () => {
  it("has a host bridge with its windows, and below it functions with their registers", () => {
    const { machine, bus, macIo } = g3beige()
    assignAddresses(bus, SPACES)
    const { all, of } = partNodes(machine, ONE)
    expect(all.map(({ name }) => name)).toEqual(["pci@80000000"])
    expect(all[0]!.children.map(({ name }) => name)).toEqual(["mac-io@10"])
    expect(all[0]!.properties).toMatchObject({
      reg: [0x8000_0000, 0x7f00_0000],
      ranges: [
        ...[0x0100_0000, 0, 0, 0xfe00_0000, 0, 0x80_0000],
        ...[0x0200_0000, 0, 0, 0xfd00_0000, 0, 0x100_0000],
        ...[0x0200_0000, 0, 0x8000_0000, 0x8000_0000, 0, 0x7000_0000],
      ],
      "vendor-id": 0x1057,
      "class-code": 0x06_0001,
      "bus-range": [0, 0],
    })
    expect(of(macIo).properties).toMatchObject({
      "device-id": 0x10,
      reg: [0x8000, 0, 0, 0, 0, 0x0200_8010, 0, 0, 0, 0x8_0000],
      "assigned-addresses": [0x0200_8010, 0, 0x8000_0000, 0, 0x8_0000],
      ranges: [0, 0x0200_8010, 0, 0x8000_0000, 0x8_0000],
    })
  })

  it("has what stands behind a function below that function, at offsets", () => {
    const { machine, macIo, pic, bus } = mac99()
    assignAddresses(bus, SPACES)
    const { of, all } = partNodes(machine, ONE)
    expect(all.map(({ name }) => name)).toEqual([
      "uninorth-control@f8000000",
      "pci@f2000000",
      "pci@f4000000",
      "pci@f0000000",
    ])
    expect(of(macIo).children).toEqual([of(pic)])
    expect(of(pic)).toMatchObject({
      name: "openpic@40000",
      properties: { reg: [0x4_0000, 0x4_0000], "#interrupt-cells": 2, compatible: "chrp,open-pic" },
    })
    expect(() => printSource({ name: "", properties: {}, children: [...all] })).not.toThrow()
  })

  it("tells no address that firmware has not assigned", () => {
    const { machine, macIo } = g3beige()
    expect(partNodes(machine, ONE).of(macIo).properties).not.toHaveProperty("assigned-addresses")
  })
})
