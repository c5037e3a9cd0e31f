// Unit addresses as text and as cells (IEEE 1275-1994, section 3.2.1; PCI Bus Binding, section 2.2.1.3).

import type { DeviceNode } from "./device-node.ts"

const DEVICE = { shift: 11, mask: 0x1f } as const
const FUNCTION = { shift: 8, mask: 7 } as const

/** The unit address of a child as its `reg` property gives it; empty without that property. */
export function unitFromReg(child: DeviceNode): string {
  const cells = child.cells("reg")
  const parent = child.parent
  if (!parent || cells.length === 0) return ""
  return encodeUnit(parent, cells.slice(0, addressCells(parent)))
}

/** The cells of a unit address below a bus; undefined if the text is none. */
export function decodeUnit(bus: DeviceNode, text: string): number[] | undefined {
  const parts = text.split(",")
  if (!parts.every((part) => /^[0-9a-f]{1,8}$/i.test(part))) return undefined
  const numbers = parts.map((part) => Number.parseInt(part, 16))
  if (isPci(bus)) {
    const [device = 0, fn = 0] = numbers
    return [((device & DEVICE.mask) << DEVICE.shift) | ((fn & FUNCTION.mask) << FUNCTION.shift), 0, 0]
  }
  const count = addressCells(bus)
  if (numbers.length > count) return undefined
  return [...numbers, ...Array<number>(count - numbers.length).fill(0)]
}

/** The text of a unit address below a bus. */
export function encodeUnit(bus: DeviceNode, cells: readonly number[]): string {
  const [high = 0] = cells
  if (isPci(bus)) {
    const device = ((high >>> DEVICE.shift) & DEVICE.mask).toString(16)
    const fn = (high >>> FUNCTION.shift) & FUNCTION.mask
    return fn === 0 ? device : `${device},${fn.toString(16)}`
  }
  return cells.map((cell) => (cell >>> 0).toString(16)).join(",")
}

/** Cells of an address below a bus: its `#address-cells`, 2 if it does not say. */
export function addressCells(bus: DeviceNode): number {
  return Math.min(bus.cells("#address-cells")[0] ?? 2, MAX_CELLS)
}

/** A unit address has at most four cells, whatever a guest writes into the property. */
const MAX_CELLS = 4

/** Whether units below a node are PCI devices. */
export function isPci(bus: DeviceNode): boolean {
  return bus.text("device_type") === "pci"
}
