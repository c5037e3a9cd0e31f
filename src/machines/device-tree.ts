// The nodes of a board's device tree that are derived from its parts: addresses, interrupts and clocks.

import { type DeviceTreeNode, node, type PropertyValue } from "../../firmware/device-tree/index.ts"
import type { Machine } from "../machine.ts"
import { isInterruptPin, type Part, type PlacedRegion } from "../part.ts"

const WORD = 2 ** 32

/** How a tree is laid out. */
export type TreeOptions = {
  /** The part that the root names as `interrupt-parent`: nodes whose interrupts lead there need not name it. */
  readonly interruptParent?: Part
  /** Cells of an address and of a size in `reg`; 2, unless given. */
  readonly addressCells?: 1 | 2
  readonly sizeCells?: 1 | 2
}

/** The nodes of a machine's parts. */
export type PartNodes = {
  /** One for each part that has properties; a clock's node comes before the first part that it drives. */
  readonly all: readonly DeviceTreeNode[]
  /** The node of that part; throws if it has none. */
  of(part: Part): DeviceTreeNode
}

/** Makes the nodes of a machine's parts, in the order in which the parts were added. */
export function partNodes(machine: Machine, options: TreeOptions = {}): PartNodes {
  const nodes = new Map<Part, DeviceTreeNode>()
  const of = (part: Part) => {
    const found = nodes.get(part)
    if (!found) throw new Error(`${part.name} has no node in the device tree`)
    return found
  }
  const all = new Set<DeviceTreeNode>()
  for (const part of machine.parts) {
    const own = part.instance.tree()
    if (part.node.joins || Object.keys(own).length === 0) continue
    const { name = part.device, properties = {} } = part.node
    for (const clock of part.clocks) all.add(clock)
    const joined = machine.parts.filter((other) => other === part || other.node.joins === part)
    const made = node(`${name}@${part.ranges[0]!.at.toString(16)}`, {
      ...own,
      reg: joined.flatMap(({ ranges, node }) => ranges.flatMap((range) => reg(range, node.windowBytes, options))),
      ...interrupts(part, of, options.interruptParent),
      ...(part.clocks.length > 0 ? { clocks: part.clocks } : {}),
      ...properties,
    })
    nodes.set(part, made)
    all.add(made)
  }
  return { all: [...all], of }
}

/** The nodes of a machine's RAM. */
export function memoryNodes(machine: Machine, options: TreeOptions = {}): DeviceTreeNode[] {
  return machine.bus.memory
    .filter(({ writable }) => writable)
    .map(({ base, size }) =>
      node(`memory@${base.toString(16)}`, { device_type: "memory", reg: cellsOf(base, size, options) }),
    )
}

function reg({ at, region }: PlacedRegion, windowBytes: number | undefined, options: TreeOptions): number[] {
  return cellsOf(at, windowBytes ?? region.size, options)
}

function cellsOf(at: number, size: number, { addressCells = 2, sizeCells = 2 }: TreeOptions): number[] {
  const cells = (value: number, count: number) => [...(count === 2 ? [Math.floor(value / WORD)] : []), value % WORD]
  return [...cells(at, addressCells), ...cells(size, sizeCells)]
}

// A node names one controller for all its interrupts, or with each interrupt its controller.
function interrupts(part: Part, of: PartNodes["of"], parent: Part | undefined): { [property: string]: PropertyValue } {
  const pins = part.connections.map(({ pin }) => pin).filter(isInterruptPin)
  const controller = pins[0]?.controller
  if (!controller) return {}
  if (pins.some((pin) => pin.controller !== controller)) {
    return { "interrupts-extended": pins.flatMap((pin) => [of(pin.controller), ...pin.specifier]) }
  }
  return {
    ...(controller === parent ? {} : { "interrupt-parent": of(controller) }),
    interrupts: pins.flatMap((pin) => pin.specifier),
  }
}
