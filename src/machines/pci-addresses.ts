// What firmware does before an operating system runs: gives the functions of a PCI bus their addresses.

import { PCI_COMMAND, type PciBus, type PciPlace, type PciSpace } from "../../devices/kit/index.ts"
import { WiringError } from "../wiring-error.ts"

/** Addresses of a space of the bus from which functions get theirs. */
export type PciAddresses = { readonly [space in PciSpace]: { readonly base: number; readonly bytes: number } }

const ROM_REGISTER = 0x30
const ROM_ENABLE = 1

/**
 * Writes base address and command registers, slot by slot and register by register, each region at the next multiple of its
 * size, as OpenBIOS does. WiringError if a space is too small.
 */
export function assignPciAddresses(bus: PciBus, addresses: PciAddresses): void {
  const next = { memory: addresses.memory.base, io: addresses.io.base }
  const take = (name: string, space: PciSpace, bytes: number) => {
    const at = Math.ceil(next[space] / bytes) * bytes
    const { base, bytes: size } = addresses[space]
    if (at + bytes > base + size) throw new WiringError(`${bus.name} has no ${space} addresses left for ${name}.`)
    next[space] = at + bytes
    return at
  }
  for (const place of bus.functions) assign(place, take)
}

function assign({ name, pci }: PciPlace, take: (name: string, space: PciSpace, bytes: number) => number): void {
  const { bars = {}, rom } = pci.definition
  let command = 0
  for (const n of Object.keys(bars).map(Number)) {
    const { space } = bars[n]!
    pci.configuration.write(0x10 + 4 * n, 4, take(name, space, pci.bytesOf(n)))
    command |= space === "io" ? PCI_COMMAND.IO : PCI_COMMAND.MEMORY
  }
  if (rom !== undefined) {
    pci.configuration.write(ROM_REGISTER, 4, take(name, "memory", pci.bytesOf(undefined)) | ROM_ENABLE)
    command |= PCI_COMMAND.MEMORY
  }
  if (command !== 0) pci.configuration.write(4, 2, command | PCI_COMMAND.BUS_MASTER)
}
