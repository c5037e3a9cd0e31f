// The live device tree of Open Firmware, made from the same description as a flattened tree.

import { type DeviceTreeNode, propertyBytes, readCells } from "../../device-tree/tree.ts"
import { ImageError } from "../../image-error.ts"
import { DeviceNode } from "./device-node.ts"
import { type ResolvedPath, resolvePath } from "./device-path.ts"

/** Positive numbers: Linux ignores /chosen if its phandle is negative as a signed number. */
const FIRST_PHANDLE = 0x7f80_0000
const PHANDLE_STEP = 0x80
/** Limits of what a guest may add. */
const MAX_NODES = 16_384
const MAX_PROPERTIES_PER_NODE = 1024
const MAX_PROPERTY_BYTES = 1 << 20
const MAX_TREE_BYTES = 1 << 25
/** Characters of a property name without its NUL, section 3.2.2.1.1. */
const MAX_PROPERTY_NAME = 31

/** The nodes of a machine, found by phandle or by path. */
export class OpenFirmwareTree {
  readonly root: DeviceNode
  readonly #byPhandle = new Map<number, DeviceNode>()
  #nextPhandle = FIRST_PHANDLE
  #addedBytes = 0

  /** Makes the tree of a description; ImageError if two nodes have one phandle. */
  constructor(description: DeviceTreeNode) {
    const made = new Map<DeviceTreeNode, DeviceNode>()
    const make = (from: DeviceTreeNode, parent: DeviceNode | undefined): DeviceNode => {
      const [base, unit] = splitName(from.name)
      const own = from.properties["phandle"]
      const node = this.#add(base, unit, parent, own === undefined ? undefined : readCells(own)[0])
      made.set(from, node)
      for (const child of from.children) make(child, node)
      return node
    }
    this.root = make(description, undefined)
    for (const [from, node] of made) {
      for (const [name, value] of Object.entries(from.properties)) {
        node.properties.set(
          name,
          propertyBytes(value, (target) => requireNode(made, target).phandle),
        )
      }
    }
  }

  /** The node with a phandle. */
  byPhandle(phandle: number): DeviceNode | undefined {
    return this.#byPhandle.get(phandle >>> 0)
  }

  /** What a path or an alias leads to; undefined if it leads nowhere. */
  resolve(path: string): ResolvedPath | undefined {
    return resolvePath(this.root, path)
  }

  /** The node at a path or an alias. */
  find(path: string): DeviceNode | undefined {
    return this.resolve(path)?.node
  }

  /** Every node, parents before children. */
  nodes(): DeviceNode[] {
    const all: DeviceNode[] = []
    const visit = (node: DeviceNode): void => {
      all.push(node)
      node.children.forEach(visit)
    }
    visit(this.root)
    return all
  }

  /** Adds a node below `parent`; undefined if the tree is full. */
  create(parent: DeviceNode, name: string): DeviceNode | undefined {
    if (this.#byPhandle.size >= MAX_NODES) return undefined
    return this.#add(name, undefined, parent, undefined)
  }

  /** Sets a property for a guest; false if its name or the amount of data is beyond the limits. */
  setProperty(node: DeviceNode, name: string, value: Uint8Array): boolean {
    const before = node.properties.get(name)
    if (before === undefined) {
      if (name === "" || name.length > MAX_PROPERTY_NAME || node.properties.size >= MAX_PROPERTIES_PER_NODE)
        return false
    }
    const growth = value.length - (before?.length ?? 0)
    if (value.length > MAX_PROPERTY_BYTES || this.#addedBytes + growth > MAX_TREE_BYTES) return false
    this.#addedBytes += growth
    node.properties.set(name, value)
    return true
  }

  /** Removes a property for a guest; a node keeps its name. */
  deleteProperty(node: DeviceNode, name: string): void {
    const value = node.properties.get(name)
    if (value === undefined || name === "name") return
    this.#addedBytes -= value.length
    node.properties.delete(name)
  }

  #add(name: string, unit: string | undefined, parent: DeviceNode | undefined, own: number | undefined): DeviceNode {
    const phandle = own ?? this.#freePhandle()
    if (this.#byPhandle.has(phandle)) throw new ImageError(`Two device-tree nodes have the phandle ${phandle}.`)
    const node = new DeviceNode(phandle, parent, parent ? name : "device-tree", unit)
    this.#byPhandle.set(phandle, node)
    parent?.children.push(node)
    return node
  }

  #freePhandle(): number {
    while (this.#byPhandle.has(this.#nextPhandle)) this.#nextPhandle += PHANDLE_STEP
    return this.#nextPhandle
  }
}

function splitName(name: string): [base: string, unit: string] {
  const at = name.indexOf("@")
  return at < 0 ? [name, ""] : [name.slice(0, at), name.slice(at + 1)]
}

function requireNode(made: ReadonlyMap<DeviceTreeNode, DeviceNode>, target: DeviceTreeNode): DeviceNode {
  const node = made.get(target)
  if (!node) throw new ImageError(`The device tree refers to node "${target.name}", which is not part of it.`)
  return node
}
