// The nodes of a board's device tree that are derived from its parts: addresses, interrupts and clocks.

import { type DeviceTreeNode, node, type PropertyValue } from "../../firmware/device-tree/index.ts"
import type { Machine } from "../machine.ts"
import { isInterruptPin, type Part, type PlacedRegion } from "../part.ts"
import { busProperties, pciProperties, pciUnitAddress } from "./pci-nodes.ts"

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

/** The layout of the nodes of parts on a bus behind another part. */
const ON_LOCAL_BUS: TreeOptions = { addressCells: 1, sizeCells: 1 }

/**
 * Makes the nodes of a machine's parts, in the order in which the parts were added. Parts on a bus behind another part are
 * children of that part's node.
 */
export function partNodes(machine: Machine, options: TreeOptions = {}): PartNodes {
  const nodes = new Map<Part, DeviceTreeNode>()
  const of = (part: Part) => {
    const found = nodes.get(part)
    if (!found) throw new Error(`${part.name} has no node in the device tree`)
    return found
  }
  const all = new Set<DeviceTreeNode>()
  const parents = parentsOf(machine)
  // A node may name any other, whichever part was added first: so all exist before they get their properties.
  for (const part of machine.parts) {
    if (hasNode(part)) nodes.set(part, node(nameOf(part)))
  }
  for (const [part, made] of nodes) {
    for (const clock of part.clocks) all.add(clock)
    const layout = part.on ? ON_LOCAL_BUS : options
    Object.assign(made.properties, {
      ...part.instance.tree(),
      ...regOf(part, machine, layout),
      ...(part.pci ? pciProperties(part, part.pci) : {}),
      ...interrupts(part, of, options.interruptParent),
      ...busProperties(part, machine, of),
      ...(part.clocks.length > 0 ? { clocks: part.clocks } : {}),
      ...part.node.properties,
    })
    const parent = parents.get(part)
    if (parent && nodes.has(parent)) nodes.get(parent)!.children.push(made)
    else all.add(made)
  }
  return { all: [...all], of }
}

/** The part behind which each part stands, if any. */
function parentsOf({ parts }: Machine): Map<Part, Part> {
  const owners = new Map(parts.flatMap((part) => part.buses.map((bus) => [bus, part])))
  const parents = new Map<Part, Part>()
  for (const part of parts) {
    const bus = part.on ?? (part.ranges.length === 0 ? part.pci?.bus : undefined)
    const owner = bus && owners.get(bus)
    if (owner) parents.set(part, owner)
  }
  return parents
}

function hasNode(part: Part): boolean {
  return !part.node.joins && (Object.keys(part.instance.tree()).length > 0 || part.pci !== undefined)
}

function nameOf({ node, device, ranges, pci }: Part): string {
  const at = node.range?.at ?? ranges[0]?.at
  return `${node.name ?? device}@${at === undefined ? pciUnitAddress(pci!) : at.toString(16)}`
}

/** The addresses of a part and of those that join it. */
function regOf(part: Part, machine: Machine, options: TreeOptions): { [property: string]: PropertyValue } {
  const { range } = part.node
  if (range) return { reg: cellsOf(range.at, range.bytes, options) }
  const joined = machine.parts.filter((other) => other === part || other.node.joins === part)
  return {
    reg: joined.flatMap(({ ranges, node }) => ranges.flatMap((one) => reg(one, node.windowBytes, options))),
  }
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
  const [first] = pins
  if (!first) return {}
  const { controller, property } = first
  if (property !== undefined) return { [property]: pins.flatMap((pin) => pin.specifier) }
  // The bus maps the pins of its functions.
  if (part.pci && part.ranges.length === 0) return { interrupts: part.instance.pci!.definition.interruptPin! }
  if (pins.some((pin) => pin.controller !== controller)) {
    return { "interrupts-extended": pins.flatMap((pin) => [of(pin.controller), ...pin.specifier]) }
  }
  return {
    ...(controller === parent ? {} : { "interrupt-parent": of(controller) }),
    interrupts: pins.flatMap((pin) => pin.specifier),
  }
}
