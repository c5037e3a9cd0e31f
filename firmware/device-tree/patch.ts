// A boot loader's changes to a device tree (Devicetree Specification v0.4, sections 3.4 and 3.6; the initrd properties are Linux's).

import { hex, ImageError } from "../image-error.ts"
import {
  baseName,
  type DeviceTreeNode,
  type MemoryRange,
  type PropertyItem,
  type PropertyValue,
  readCells,
  readStrings,
} from "./tree.ts"

/** Facts from the boot loader for the kernel; addresses are physical, `initrdEnd` is exclusive. */
export interface Chosen {
  bootargs?: string
  initrdStart?: bigint
  initrdEnd?: bigint
}

/** A copy of the tree with the given facts in /chosen; facts that are not given stay as they are. */
export function setChosen(root: DeviceTreeNode, chosen: Chosen): DeviceTreeNode {
  const { addressCells } = cellCounts(root)
  const before = root.children.find((child) => child.name === "chosen")
  const properties: Record<string, PropertyValue> = { ...before?.properties }
  if (chosen.bootargs !== undefined) properties["bootargs"] = chosen.bootargs
  if (chosen.initrdStart !== undefined) {
    properties["linux,initrd-start"] = inCells(chosen.initrdStart, addressCells, "initrd start")
  }
  if (chosen.initrdEnd !== undefined) {
    properties["linux,initrd-end"] = inCells(chosen.initrdEnd, addressCells, "initrd end")
  }
  const after = { name: "chosen", properties, children: before?.children ?? [] }
  const children = before ? root.children.map((child) => (child === before ? after : child)) : [...root.children, after]
  return { ...root, children }
}

/** A copy of the tree whose memory nodes are replaced by one node with the given ranges. */
export function setMemory(root: DeviceTreeNode, ranges: readonly MemoryRange[]): DeviceTreeNode {
  const { addressCells, sizeCells } = cellCounts(root)
  const first = ranges[0]
  if (!first) throw new ImageError("A device tree needs at least one range of memory.")
  const reg = ranges.flatMap(({ address, size }) => [
    ...inCells(address, addressCells, "memory address"),
    ...inCells(size, sizeCells, "memory size"),
  ])
  const memory: DeviceTreeNode = {
    name: `memory@${first.address.toString(16)}`,
    properties: { device_type: "memory", reg },
    children: [],
  }
  const at = root.children.findIndex(isMemory)
  const others = root.children.filter((child) => !isMemory(child))
  return { ...root, children: others.toSpliced(at < 0 ? others.length : at, 0, memory) }
}

function isMemory(child: DeviceTreeNode): boolean {
  const type = child.properties["device_type"]
  return baseName(child) === "memory" || (type !== undefined && readStrings(type)[0] === "memory")
}

function cellCounts(root: DeviceTreeNode): { addressCells: number; sizeCells: number } {
  return { addressCells: cellCount(root, "#address-cells", 2), sizeCells: cellCount(root, "#size-cells", 1) }
}

function cellCount(root: DeviceTreeNode, name: string, absent: number): number {
  const value = root.properties[name]
  const count = value === undefined ? absent : readCells(value)[0]
  if (count === 1 || count === 2) return count
  throw new ImageError(`The device tree's ${name} is ${count}; only 1 and 2 are supported.`)
}

function inCells(value: bigint, count: number, what: string): PropertyItem[] {
  if (count === 2) return [value]
  if (value < 1n << 32n) return [Number(value)]
  throw new ImageError(`The ${what} ${hex(value)} needs two cells, but this device tree gives it one; use less memory.`)
}
