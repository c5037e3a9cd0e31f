// Reads a device-tree blob, version 16 or 17 (Devicetree Specification v0.4, chapter 5).

import { ByteReader } from "../byte-reader.ts"
import { hex, ImageError, sizeText } from "../image-error.ts"
import {
  FDT_BEGIN_NODE,
  FDT_END,
  FDT_END_NODE,
  FDT_MAGIC,
  FDT_NOP,
  FDT_PROP,
  FDT_VERSION,
  FDT_LAST_COMPATIBLE_VERSION as OLDEST_VERSION,
} from "./blob.ts"
import { type DeviceTree, type DeviceTreeNode, MAX_DEPTH, type MemoryRange, type PropertyValue } from "./tree.ts"

const WHAT = "Device tree blob"

/** Bounds the memory of names: many short properties may all point at one long name. */
const LONGEST_NAME = 255
/** Bounds the memory of nodes and properties. Linux takes 2 MiB at most. */
const LARGEST_BLOB = 4 * 1024 * 1024

/** Decodes a blob, with every value as bytes; ImageError if it is malformed. */
export function decodeBlob(bytes: Uint8Array): DeviceTree {
  const file = new ByteReader(bytes, WHAT, "big")
  if (file.u32(0, "magic number") !== FDT_MAGIC) {
    throw new ImageError(
      `This is not a device tree blob: it starts with ${hex(file.u32(0, "magic number"))}, not 0xd00dfeed.`,
    )
  }
  const total = file.u32(4, "header")
  if (total > LARGEST_BLOB) {
    throw new ImageError(`${WHAT} has ${sizeText(total)}; the limit is ${sizeText(LARGEST_BLOB)}: give a smaller one.`)
  }
  const version = file.u32(20, "header")
  if (version < OLDEST_VERSION || file.u32(24, "header") > FDT_VERSION) {
    throw new ImageError(`${WHAT} has version ${version}; convert it to version ${FDT_VERSION} with dtc.`)
  }
  const blob = new ByteReader(file.slice(0, total, "total size"), WHAT, "big")
  const structureAt = blob.u32(8, "header")
  // Version 16 does not say how long its structure block is.
  const structureBytes = version >= 17 ? blob.u32(36, "header") : Math.max(0, total - structureAt)
  const structure = blob.slice(structureAt, structureBytes, "structure block")
  const names = blob.slice(blob.u32(12, "header"), blob.u32(32, "header"), "strings block")
  return {
    root: readStructure(new ByteReader(structure, WHAT, "big"), new ByteReader(names, WHAT, "big")),
    reserved: readReservations(blob, blob.u32(16, "header")),
    bootCpu: blob.u32(28, "header"),
  }
}

function readReservations(blob: ByteReader, at: number): MemoryRange[] {
  const found: MemoryRange[] = []
  for (let offset = at; ; offset += 16) {
    const address = blob.u64(offset, "memory reservation block")
    const size = blob.u64(offset + 8, "memory reservation block")
    if (address === 0n && size === 0n) return found
    found.push({ address, size })
  }
}

interface OpenNode {
  name: string
  properties: Map<string, PropertyValue>
  children: DeviceTreeNode[]
}

function readStructure(structure: ByteReader, names: ByteReader): DeviceTreeNode {
  const open: OpenNode[] = []
  const nameAt = new Map<number, string>()
  const propertyName = (offset: number): string => {
    const known = nameAt.get(offset)
    if (known !== undefined) return known
    const name = names.cString(offset, LONGEST_NAME + 1, "property name")
    nameAt.set(offset, name)
    return name
  }
  let root: DeviceTreeNode | undefined
  let at = 0
  for (;;) {
    const tokenAt = at
    const token = structure.u32(at, "structure block")
    at += 4
    const inside = open.at(-1)
    if (token === FDT_NOP) continue
    if (token === FDT_END && root && !inside) return root
    if (token === FDT_BEGIN_NODE && (inside || !root)) {
      const name = structure.cString(at, LONGEST_NAME + 1, "node name")
      if (name.includes("/")) throw damaged(`node name ${JSON.stringify(name)} contains "/"`, tokenAt)
      if (open.length >= MAX_DEPTH) throw damaged(`nodes are nested deeper than ${MAX_DEPTH}`, tokenAt)
      at = align4(at + name.length + 1)
      open.push({ name, properties: new Map(), children: [] })
    } else if (token === FDT_PROP && inside) {
      const size = structure.u32(at, "property")
      const name = propertyName(structure.u32(at + 4, "property"))
      if (inside.properties.has(name)) throw damaged(`node "${inside.name}" has two properties "${name}"`, tokenAt)
      inside.properties.set(name, structure.slice(at + 8, size, `property "${name}"`).slice())
      at = align4(at + 8 + size)
    } else if (token === FDT_END_NODE && inside) {
      open.pop()
      // fromEntries, so that a property named __proto__ stays a property.
      const done = { name: inside.name, properties: Object.fromEntries(inside.properties), children: inside.children }
      const parent = open.at(-1)
      if (parent) parent.children.push(done)
      else root = done
    } else {
      throw damaged(`token ${hex(token)} is out of place`, tokenAt)
    }
  }
}

function damaged(problem: string, offset: number): ImageError {
  return new ImageError(`${WHAT} is damaged: ${problem} (structure offset ${hex(offset)}); make it again with dtc.`)
}

function align4(offset: number): number {
  return (offset + 3) & ~3
}
