// Flattens a device tree into a blob, version 17 (Devicetree Specification v0.4, chapter 5).

import { ByteWriter } from "../byte-writer.ts"
import { ImageError } from "../image-error.ts"
import {
  FDT_BEGIN_NODE,
  FDT_END,
  FDT_END_NODE,
  FDT_HEADER_BYTES,
  FDT_LAST_COMPATIBLE_VERSION,
  FDT_MAGIC,
  FDT_PROP,
  FDT_VERSION,
} from "./blob.ts"
import { assignPhandles } from "./phandles.ts"
import { type DeviceTreeNode, type MemoryRange, propertyBytes } from "./tree.ts"

/** The parts of a blob beside its nodes. */
export interface BlobOptions {
  /** Memory that the kernel must not use. */
  reserved?: readonly MemoryRange[]
  /** Physical id of the boot CPU; 0 if not given. */
  bootCpu?: number
}

/** Encodes the tree under `root`; ImageError for names or values that the format cannot hold. */
export function encodeBlob(root: DeviceTreeNode, options: BlobOptions = {}): Uint8Array {
  const phandleOf = assignPhandles(root)
  const names = new StringTable()
  const structure = new ByteWriter("big")
  writeNode(structure, root, names, phandleOf, true)
  structure.u32(FDT_END)

  const reservations = new ByteWriter("big")
  for (const { address, size } of [...(options.reserved ?? []), { address: 0n, size: 0n }]) {
    reservations.u64(address)
    reservations.u64(size)
  }

  const structureAt = FDT_HEADER_BYTES + reservations.length
  const stringsAt = structureAt + structure.length
  const header = [
    FDT_MAGIC,
    stringsAt + names.length,
    structureAt,
    stringsAt,
    FDT_HEADER_BYTES,
    FDT_VERSION,
    FDT_LAST_COMPATIBLE_VERSION,
    options.bootCpu ?? 0,
    names.length,
    structure.length,
  ]
  const blob = new ByteWriter("big")
  for (const word of header) blob.u32(word)
  blob.append(reservations.finish())
  blob.append(structure.finish())
  blob.append(names.finish())
  return blob.finish()
}

function writeNode(
  out: ByteWriter,
  from: DeviceTreeNode,
  names: StringTable,
  phandleOf: Map<DeviceTreeNode, number>,
  isRoot: boolean,
): void {
  if (!isRoot) checkName(from.name, "node")
  out.u32(FDT_BEGIN_NODE)
  out.append(latin(isRoot ? "" : from.name))
  out.align(4)
  const resolve = (target: DeviceTreeNode): number => phandleOf.get(target)!
  const properties = Object.entries(from.properties)
  const assigned = phandleOf.get(from)
  if (assigned !== undefined && from.properties["phandle"] === undefined) properties.push(["phandle", assigned])
  for (const [name, value] of properties) {
    checkName(name, "property")
    const bytes = propertyBytes(value, resolve)
    out.u32(FDT_PROP)
    out.u32(bytes.length)
    out.u32(names.offsetOf(name))
    out.append(bytes)
    out.align(4)
  }
  for (const child of from.children) writeNode(out, child, names, phandleOf, false)
  out.u32(FDT_END_NODE)
}

function checkName(name: string, what: string): void {
  if (/^[\x21-\x2e\x30-\x7e]+$/.test(name)) return
  throw new ImageError(`${JSON.stringify(name)} cannot name a device-tree ${what}; use printable ASCII without "/".`)
}

function latin(text: string): Uint8Array {
  return Uint8Array.from(`${text}\0`, (character) => character.charCodeAt(0))
}

/** The strings block: each property name once. */
class StringTable {
  readonly #offsets = new Map<string, number>()
  readonly #bytes = new ByteWriter("big")

  get length(): number {
    return this.#bytes.length
  }

  offsetOf(name: string): number {
    const known = this.#offsets.get(name)
    if (known !== undefined) return known
    const offset = this.#bytes.length
    this.#offsets.set(name, offset)
    this.#bytes.append(latin(name))
    return offset
  }

  finish(): Uint8Array {
    return this.#bytes.finish()
  }
}
