// What firmware does with a PCI bus before anything else: it gives every function its addresses (PCI Local Bus
// Specification 2.1, 6.2.5).

import { PCI_COMMAND, type PciBus, type PciPlace, type PciSpace } from "../../../devices/kit/index.ts"
import type { PciBar, PciFunction } from "../../../firmware/open-firmware/index.ts"

/** Offsets in configuration space. */
const REGISTER = {
  command: 0x04,
  cacheLineSize: 0x0c,
  bars: 0x10,
  rom: 0x30,
  minimumGrant: 0x3e,
  maximumLatency: 0x3f,
}
const ROM_ENABLE = 1

/** Where the addresses to give out begin. */
export type PciSpaces = { readonly memory: number; readonly io: number }

/** Gives the functions of a bus addresses in the order of their slots, and lets them answer. */
export function assignAddresses(bus: PciBus, spaces: PciSpaces): void {
  const next = { ...spaces }
  const take = (space: PciSpace, bytes: number) => {
    // Large pages of a memory management unit should not hold two functions.
    const unit = space === "memory" ? Math.max(bytes, 0x1_0000) : bytes
    const address = Math.ceil(next[space] / unit) * unit
    next[space] = address + unit
    return address
  }
  for (const { slot, function: number, pci } of bus.functions) {
    let command = 0
    for (const [n, { space }] of Object.entries(pci.definition.bars ?? {})) {
      bus.writeConfiguration(slot, number, REGISTER.bars + 4 * Number(n), 4, take(space, pci.bytesOf(Number(n))))
      command |= space === "memory" ? PCI_COMMAND.MEMORY : PCI_COMMAND.IO
    }
    if (pci.definition.rom !== undefined) {
      const address = take("memory", pci.bytesOf(undefined))
      bus.writeConfiguration(slot, number, REGISTER.rom, 4, (address | ROM_ENABLE) >>> 0)
      command |= PCI_COMMAND.MEMORY
    }
    if (command !== 0) bus.writeConfiguration(slot, number, REGISTER.command, 2, command | PCI_COMMAND.BUS_MASTER)
  }
}

/** A function as its configuration space now describes it. */
export function describeFunction(place: PciPlace, interrupt: number | undefined): PciFunction {
  const { definition, configuration } = place.pci
  const { subsystem } = definition
  return {
    device: place.slot,
    function: place.function,
    vendorId: definition.vendor,
    deviceId: definition.device,
    revision: definition.revision ?? 0,
    classCode: definition.classCode,
    ...(subsystem && { subsystem: [subsystem.vendor, subsystem.device] as const }),
    cacheLineSize: configuration.read(REGISTER.cacheLineSize, 1),
    minGrant: configuration.read(REGISTER.minimumGrant, 1),
    maxLatency: configuration.read(REGISTER.maximumLatency, 1),
    bars: barsOf(place),
    ...(interrupt !== undefined && definition.interruptPin !== undefined && { interrupt }),
  }
}

function barsOf({ pci }: PciPlace): PciBar[] {
  return Object.entries(pci.definition.bars ?? {}).map(([n, { space, isPrefetchable }]) => {
    const register = REGISTER.bars + 4 * Number(n)
    return {
      register,
      space,
      prefetchable: isPrefetchable ?? false,
      size: pci.bytesOf(Number(n)),
      address: (pci.configuration.read(register, 4) & ~(space === "io" ? 3 : 15)) >>> 0,
    }
  })
}
