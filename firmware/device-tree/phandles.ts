// Numbers for the references between nodes (Devicetree Specification v0.4, section 2.3.3).

import { hex, ImageError } from "../image-error.ts"
import { type DeviceTreeNode, itemsOf, MAX_DEPTH, readCells } from "./tree.ts"

/** The phandle of every node that has or needs one. A referenced node without one gets the lowest number above all given ones. */
export function assignPhandles(root: DeviceTreeNode): Map<DeviceTreeNode, number> {
  const nodes = listNodes(root)
  const phandleOf = new Map<DeviceTreeNode, number>()
  const taken = new Map<number, string>()
  const wanted = new Set<DeviceTreeNode>()
  let highest = 0
  for (const one of nodes) {
    for (const value of Object.values(one.properties)) {
      for (const item of itemsOf(value)) if (typeof item === "object") wanted.add(item)
    }
    const own = one.properties["phandle"]
    if (own === undefined) continue
    const number = readCells(own)[0] ?? 0
    const other = taken.get(number)
    if (other !== undefined) {
      throw new ImageError(`Device-tree nodes "${other}" and "${one.name}" have the same phandle ${hex(number)}.`)
    }
    taken.set(number, one.name)
    phandleOf.set(one, number)
    // 0xffffffff is not a phandle: trees use it to say "none".
    if (number < 0xffff_ffff) highest = Math.max(highest, number)
  }
  for (const one of nodes) {
    if (wanted.delete(one) && !phandleOf.has(one)) phandleOf.set(one, ++highest)
  }
  for (const stray of wanted) {
    throw new ImageError(`The device tree refers to node "${stray.name}", which is not part of it.`)
  }
  return phandleOf
}

function listNodes(root: DeviceTreeNode): DeviceTreeNode[] {
  const found: DeviceTreeNode[] = []
  const visit = (one: DeviceTreeNode, depth: number): void => {
    if (depth > MAX_DEPTH) throw new ImageError(`The device tree is nested deeper than ${MAX_DEPTH} nodes.`)
    found.push(one)
    for (const child of one.children) visit(child, depth + 1)
  }
  visit(root, 1)
  return found
}
