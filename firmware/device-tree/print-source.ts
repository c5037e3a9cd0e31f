// Writes a device tree as source text (Devicetree Specification v0.4, chapter 6).

import { asciiText } from "../byte-reader.ts"
import { hex } from "../image-error.ts"
import { printable } from "../printable.ts"
import { assignPhandles } from "./phandles.ts"
import { type DeviceTreeNode, type MemoryRange, propertyBytes } from "./tree.ts"

/** Source text that a device-tree compiler turns into the same tree. */
export function printSource(root: DeviceTreeNode, options: { reserved?: readonly MemoryRange[] } = {}): string {
  const phandleOf = assignPhandles(root)
  const lines = ["/dts-v1/;", ""]
  for (const { address, size } of options.reserved ?? []) lines.push(`/memreserve/ ${hex(address)} ${hex(size)};`)
  printNode(lines, root, "/", "", phandleOf)
  return `${lines.join("\n")}\n`
}

function printNode(
  lines: string[],
  from: DeviceTreeNode,
  name: string,
  indent: string,
  phandleOf: Map<DeviceTreeNode, number>,
): void {
  lines.push(`${indent}${printable(name)} {`)
  const inner = `${indent}\t`
  for (const [property, value] of Object.entries(from.properties)) {
    const bytes = propertyBytes(value, (target) => phandleOf.get(target)!)
    lines.push(`${inner}${printable(property)}${bytes.length === 0 ? "" : ` = ${valueText(bytes)}`};`)
  }
  const assigned = phandleOf.get(from)
  if (assigned !== undefined && from.properties["phandle"] === undefined) {
    lines.push(`${inner}phandle = <${hex(assigned)}>;`)
  }
  for (const child of from.children) {
    lines.push("")
    printNode(lines, child, child.name, inner, phandleOf)
  }
  lines.push(`${indent}};`)
}

// A blob has no types: a value is printed as strings if it looks like them, else as cells, else as bytes.
function valueText(bytes: Uint8Array): string {
  const text = asciiText(bytes)
  if (/^([\x20-\x7e]+\0)+$/.test(text)) return stringsText(text)
  if (bytes.length % 4 === 0) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const cells = Array.from({ length: bytes.length / 4 }, (_, i) => hex(view.getUint32(i * 4)))
    return `<${cells.join(" ")}>`
  }
  return `[${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ")}]`
}

function stringsText(text: string): string {
  const quoted = text
    .slice(0, -1)
    .split("\0")
    .map((one) => `"${one.replace(/["\\]/g, "\\$&")}"`)
  return quoted.join(", ")
}
