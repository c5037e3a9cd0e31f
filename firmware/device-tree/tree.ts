// Device-tree nodes and property values (Devicetree Specification v0.4, chapter 2).

import { asciiText } from "../byte-reader.ts"
import { ByteWriter } from "../byte-writer.ts"
import { hex, ImageError } from "../image-error.ts"

/** One node; `name` includes the unit address ("pl011@9000000") and is empty for the root. */
export interface DeviceTreeNode {
  name: string
  properties: Record<string, PropertyValue>
  children: DeviceTreeNode[]
}

/** A number is one 32-bit cell, a bigint two cells, a string its bytes and a NUL, a node its phandle. */
export type PropertyItem = number | bigint | string | DeviceTreeNode

/** Bytes as in a blob, `true` for a property without a value, or items in order. */
export type PropertyValue = Uint8Array | true | PropertyItem | readonly PropertyItem[]

/** A tree, and the parts of a blob beside its nodes. */
export interface DeviceTree {
  root: DeviceTreeNode
  /** Memory that the kernel must not use, bytes. */
  reserved: readonly MemoryRange[]
  /** Physical id of the boot CPU. */
  bootCpu: number
}

/** A range of physical memory; both in bytes. */
export interface MemoryRange {
  address: bigint
  size: bigint
}

/** The deepest nesting accepted; Linux stops at the same depth. */
export const MAX_DEPTH = 64

/** A node from its parts. */
export function node(
  name: string,
  properties: Record<string, PropertyValue> = {},
  children: DeviceTreeNode[] = [],
): DeviceTreeNode {
  return { name, properties, children }
}

/** A value of 32-bit cells. */
export function cells(...values: number[]): PropertyValue {
  return values
}

/** A value of 64-bit numbers, two cells each, most significant first. */
export function u64s(...values: bigint[]): PropertyValue {
  return values
}

/** A value of NUL-terminated strings. */
export function strings(...values: string[]): PropertyValue {
  return values
}

/** A value of references to other nodes of the same tree. */
export function phandles(...nodes: DeviceTreeNode[]): PropertyValue {
  return nodes
}

/** The value of a property that has a meaning by its presence alone. */
export const empty: PropertyValue = true

/** The bytes of a value in a blob; ImageError if a number does not fit or a reference has no phandle. */
export function propertyBytes(value: PropertyValue, phandleOf?: (target: DeviceTreeNode) => number): Uint8Array {
  if (value instanceof Uint8Array) return value
  const out = new ByteWriter("big")
  for (const item of itemsOf(value)) {
    if (typeof item === "string") out.append(stringBytes(item))
    else if (typeof item === "bigint") out.u64(checked64(item))
    else if (typeof item === "number") out.u32(checked32(item))
    else out.u32(requirePhandle(item, phandleOf))
  }
  return out.finish()
}

/** The items of a value; none for bytes and for an empty property. */
export function itemsOf(value: PropertyValue): readonly PropertyItem[] {
  if (value === true || value instanceof Uint8Array) return []
  return isList(value) ? value : [value]
}

function isList(value: PropertyValue): value is readonly PropertyItem[] {
  return Array.isArray(value)
}

function stringBytes(text: string): Uint8Array {
  if (text.includes("\0")) throw new ImageError("A device-tree string contains a NUL character; remove it.")
  return new TextEncoder().encode(`${text}\0`)
}

function checked32(value: number): number {
  if (Number.isInteger(value) && value >= -0x8000_0000 && value <= 0xffff_ffff) return value
  throw new ImageError(`${value} does not fit a 32-bit device-tree cell; give it as a 64-bit number.`)
}

function checked64(value: bigint): bigint {
  if (value >= 0n && value < 1n << 64n) return value
  throw new ImageError(`${hex(value)} does not fit a 64-bit device-tree number.`)
}

function requirePhandle(target: DeviceTreeNode, phandleOf?: (target: DeviceTreeNode) => number): number {
  if (phandleOf) return phandleOf(target)
  const own = target.properties["phandle"]
  if (own !== undefined) return readCells(own)[0] ?? 0
  throw new ImageError(`Device-tree node "${target.name}" is referred to but has no phandle.`)
}

/** A value as 32-bit cells; ImageError if its size is not a multiple of four bytes. */
export function readCells(value: PropertyValue): number[] {
  const bytes = propertyBytes(value)
  if (bytes.length % 4 !== 0) throw new ImageError(`A device-tree value of ${bytes.length} bytes does not hold cells.`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Array.from({ length: bytes.length / 4 }, (_, i) => view.getUint32(i * 4))
}

/** A value as 64-bit numbers; ImageError if its size is not a multiple of eight bytes. */
export function readU64s(value: PropertyValue): bigint[] {
  const words = readCells(value)
  if (words.length % 2 !== 0) {
    throw new ImageError(`A device-tree value of ${words.length} cells does not hold 64-bit numbers.`)
  }
  return Array.from({ length: words.length / 2 }, (_, i) => (BigInt(words[i * 2]!) << 32n) | BigInt(words[i * 2 + 1]!))
}

/** A value as strings, one character per byte; ImageError if the last one has no NUL. */
export function readStrings(value: PropertyValue): string[] {
  const bytes = propertyBytes(value)
  if (bytes.length === 0) return []
  if (bytes[bytes.length - 1] !== 0) throw new ImageError("A device-tree string has no terminating NUL.")
  return asciiText(bytes.subarray(0, bytes.length - 1)).split("\0")
}

/** The node at an absolute path ("/soc/serial@0"); a component may leave out its unit address. */
export function findNode(root: DeviceTreeNode, path: string): DeviceTreeNode | undefined {
  let found: DeviceTreeNode | undefined = root
  for (const part of path.split("/").filter((name) => name !== "")) {
    found = found?.children.find((child) => child.name === part || baseName(child) === part)
  }
  return found
}

/** The name of a node without its unit address. */
export function baseName(of: DeviceTreeNode): string {
  return of.name.split("@")[0]!
}
