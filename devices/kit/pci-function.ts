// Makes the PCI function of a part: its configuration space, and the windows that this opens.
import type { Region } from "./device.ts"
import {
  configurationRegisters,
  PCI_CONFIGURATION_BYTES,
  type PciDefinition,
  type PciFunction,
  type PciRegisters,
  pciBarBytes,
  pciRomBytes,
  pciWindows,
} from "./pci.ts"
import type { Registers } from "./registers.ts"

/**
 * Makes the function of a part. `regionOf` gives a region by its name, the first if undefined; `regionFrom` makes the region
 * of the configuration space. The part calls `changed` when it has replaced the registers.
 */
export function createPciFunction<C extends { readonly pci: PciRegisters }>(
  definition: PciDefinition<C, string>,
  registers: () => PciRegisters,
  regionOf: (name: string | undefined) => Region,
  regionFrom: (size: number, registers: Registers<C>) => Region,
): { readonly function: PciFunction; changed(): void } {
  const sizeOf = (name: string | undefined) => regionOf(name).size
  const space = regionFrom(PCI_CONFIGURATION_BYTES, configurationRegisters(definition, sizeOf))
  let changed = () => {}
  return {
    changed: () => changed(),
    function: {
      definition,
      configuration: {
        ...space,
        write(offset, bytes, value, requester) {
          space.write(offset, bytes, value, requester)
          changed()
        },
      },
      windows: () => pciWindows(definition, registers(), regionOf),
      bytesOf(bar) {
        const { bars, rom } = definition
        if (bar === undefined) return rom === undefined ? 0 : pciRomBytes(rom, sizeOf)
        return bars?.[bar] ? pciBarBytes(bars[bar], sizeOf) : 0
      },
      onChange: (callback) => (changed = callback),
    },
  }
}
