// Addresses on buses, translated to addresses of the CPU by `ranges` (IEEE 1275-1994, annex A, "ranges").

import type { DeviceNode } from "./device-node.ts"
import { addressCells, isPci } from "./unit-address.ts"

/** Parts of phys.hi: register, function, space, and the mark of an absolute address (PCI Bus Binding, section 2.2.1.1). */
const REGISTER = 0xff
const FUNCTION = 0x00ff_ff00
const SPACE = 0x0300_0000
const NOT_RELOCATABLE = 0x8000_0000

/**
 * The address that the CPU uses for an address below a bus; the cells come most significant first. A PCI address that
 * names a base address register is relative to it. Undefined if no range has the address.
 */
export function cpuAddress(bus: DeviceNode, cells: readonly number[]): number | undefined {
  const [high = 0, , low = 0] = cells
  const isRelative = isPci(bus) && (high & NOT_RELOCATABLE) === 0 && (high & REGISTER) !== 0
  if (!isRelative) return absolute(bus, cells)
  const address = barAddress(bus, high, low)
  return address === undefined ? undefined : absolute(bus, [high, 0, address])
}

function absolute(bus: DeviceNode, cells: readonly number[]): number | undefined {
  const { parent } = bus
  const address = cells.at(-1) ?? 0
  if (!parent) return address
  const ranges = bus.properties.get("ranges")
  if (!ranges) return undefined
  if (ranges.length === 0) return absolute(parent, cells)
  const own = addressCells(bus)
  const outer = addressCells(parent)
  const row = own + outer + Math.max(1, Math.min(bus.cells("#size-cells")[0] ?? 1, 2))
  const values = bus.cells("ranges")
  for (let at = 0; at + row <= values.length; at += row) {
    const isSameSpace = !isPci(bus) || ((values[at]! ^ (cells[0] ?? 0)) & SPACE) === 0
    const offset = address - values[at + own - 1]!
    if (!isSameSpace || offset < 0 || offset >= values[at + row - 1]!) continue
    // The lowest cell of the parent's address takes the offset.
    const base = values.slice(at + own, at + own + outer)
    return absolute(parent, [...base.slice(0, -1), (base.at(-1) ?? 0) + offset])
  }
  return undefined
}

function barAddress(bus: DeviceNode, high: number, offset: number): number | undefined {
  for (const child of bus.children) {
    const values = child.cells("assigned-addresses")
    for (let at = 0; at + 5 <= values.length; at += 5) {
      const isSame = ((values[at]! ^ high) & (FUNCTION | REGISTER)) === 0
      if (isSame && offset < values[at + 4]!) return values[at + 2]! + offset
    }
  }
  return undefined
}
