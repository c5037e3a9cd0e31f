// Device-tree nodes of PCI functions, of host bridges and of what stands behind a function.
// Reference: PCI Bus Binding to IEEE 1275-1994, revision 2.1, sections 2.2, 2.5 and 4.1; the recommended practice on
// interrupt mapping.

import { LocalBus, PCI_COMMAND, PciBus, type PciPlace } from "../../devices/kit/index.ts"
import type { DeviceTreeNode, PropertyValue } from "../../firmware/device-tree/index.ts"
import type { Machine } from "../machine.ts"
import { isInterruptPin, locationOf, type Part, type PciSlot, type Pin } from "../part.ts"

type Properties = { [name: string]: PropertyValue }

/** Address spaces in the first cell of a PCI address. */
const SPACE = { configuration: 0, io: 0x0100_0000, memory: 0x0200_0000 } as const
const PREFETCHABLE = 0x4000_0000
/** Offset of the register of the expansion ROM. */
const ROM_REGISTER = 0x30
const SLOT_MASK = 0xf800
const PIN_MASK = 7

/** The unit address of a function: its slot, and its number if that is not 0. */
export function pciUnitAddress(slot: PciSlot): string {
  const { slot: number, function: of } = locationOf(slot)
  return of === 0 ? number.toString(16) : `${number.toString(16)},${of}`
}

/** The function's own registers as the first cell of its addresses. */
const deviceCell = ({ slot, function: number }: { slot: number; function: number }) => (slot << 11) | (number << 8)

/** A register of the function as its bus sees it now. */
const readWord = ({ pci }: PciPlace, offset: number) => pci.configuration.read(offset, 4)

/** The first cell of the address behind a base address register; undefined if there is no such register. */
function barCell(place: PciPlace, n: number): number | undefined {
  const bar = place.pci.definition.bars?.[n]
  if (!bar) return undefined
  return deviceCell(place) | SPACE[bar.space] | (bar.isPrefetchable ? PREFETCHABLE : 0) | (0x10 + 4 * n)
}

type Assigned = { readonly cell: number; readonly address: number; readonly bytes: number }

/** The base address registers of a function, with what they hold. */
function addressesOf(place: PciPlace): Assigned[] {
  const { pci } = place
  const bars = [0, 1, 2, 3, 4, 5].flatMap((n) => {
    const cell = barCell(place, n)
    if (cell === undefined) return []
    const flags = pci.definition.bars![n]!.space === "io" ? 3 : 15
    return [{ cell: cell >>> 0, address: (readWord(place, 0x10 + 4 * n) & ~flags) >>> 0, bytes: pci.bytesOf(n) }]
  })
  if (pci.definition.rom === undefined) return bars
  const cell = deviceCell(place) | SPACE.memory | ROM_REGISTER
  return [...bars, { cell, address: (readWord(place, ROM_REGISTER) & ~0x7ff) >>> 0, bytes: pci.bytesOf(undefined) }]
}

/** Whether firmware has placed the function's regions. */
function isAssigned(place: PciPlace): boolean {
  return (readWord(place, 4) & (PCI_COMMAND.IO | PCI_COMMAND.MEMORY)) !== 0
}

/** What a node says of a function: what it is, its registers, and where firmware has placed its regions. */
export function pciProperties(part: Part, slot: PciSlot): Properties {
  const place = placeOf(slot)
  const { definition } = place.pci
  const { subsystem, status = 0 } = definition
  const addresses = addressesOf(place)
  const identity: Properties = {
    "vendor-id": definition.vendor,
    "device-id": definition.device,
    "revision-id": definition.revision ?? 0,
    "class-code": definition.classCode,
    "min-grant": definition.minimumGrant ?? 0,
    "max-latency": definition.maximumLatency ?? 0,
    "devsel-speed": (status >>> 9) & 3,
    ...(subsystem && { "subsystem-vendor-id": subsystem.vendor, "subsystem-id": subsystem.device }),
  }
  // The node of a host bridge describes its place on the CPU's bus.
  if (part.ranges.length > 0) return identity
  return {
    ...identity,
    reg: [[deviceCell(place), 0, 0, 0, 0], ...addresses.map(({ cell, bytes }) => [cell, 0, 0, 0, bytes])].flat(),
    ...(isAssigned(place) && addresses.length > 0
      ? { "assigned-addresses": addresses.flatMap(({ cell, address, bytes }) => [cell, 0, address, 0, bytes]) }
      : {}),
  }
}

/** The entry of its bus for a function in a slot. */
function placeOf(slot: PciSlot): PciPlace {
  const { slot: number, function: of } = locationOf(slot)
  return slot.bus.at(number, of)!
}

/** What a node says of the buses behind its part: how addresses there are written, and to what they correspond. */
export function busProperties(part: Part, machine: Machine, of: (part: Part) => DeviceTreeNode): Properties {
  const bus = part.buses.find((one) => one instanceof PciBus)
  if (bus) {
    return {
      "#address-cells": 3,
      "#size-cells": 2,
      "#interrupt-cells": 1,
      "bus-range": [0, 0],
      ranges: windowRanges(part),
      ...interruptMap(bus, machine, of),
    }
  }
  const isController = part.buses.some((one) => one instanceof LocalBus)
  if (!isController) return {}
  return { "#address-cells": 1, "#size-cells": 1, ...localRanges(part) }
}

/** The windows of a host bridge: an address and a size on its bus, and between them the CPU's address. */
function windowRanges({ ranges }: Part): number[] {
  return ranges.flatMap(({ at, region }) => {
    const { opensOnto } = region
    return opensOnto ? [SPACE[opensOnto.space], 0, opensOnto.address, at, 0, region.size] : []
  })
}

/** Offsets behind a function, as PCI addresses: a window of its first base address register. */
function localRanges(part: Part): Properties {
  if (!part.pci) return {}
  const [first] = addressesOf(placeOf(part.pci))
  return first ? { ranges: [0, first.cell, 0, first.address, first.bytes] } : {}
}

/** Where the interrupt pins of a bus lead, if that is a controller with a node. */
function interruptMap(bus: PciBus, machine: Machine, of: (part: Part) => DeviceTreeNode): Properties {
  const functions = machine.parts.filter((part) => part.pci?.bus === bus && part.ranges.length === 0)
  const map = functions.flatMap((part) => {
    const place = placeOf(part.pci!)
    const pin = place.pci.definition.interruptPin
    const end: Pin | undefined = part.connections.find(({ wire }) => wire === "inta")?.pin
    if (pin === undefined || !end || !isInterruptPin(end) || end.property !== undefined) return []
    return [place.slot << 11, 0, 0, pin, of(end.controller), ...end.specifier]
  })
  return map.length === 0 ? {} : { "interrupt-map": map, "interrupt-map-mask": [SLOT_MASK, 0, 0, PIN_MASK] }
}
