// B*-trees of HFS and HFS Plus (Inside Macintosh: Files, chapter 2, "B*-Trees"; Apple Technical Note TN1150).

import { ImageError } from "../../image-error.ts"
import type { ByteSource } from "./byte-source.ts"

const DESCRIPTOR_BYTES = 14
const KIND_LEAF = 0xff
const KIND_INDEX = 0
/** No tree of a real volume is deeper; a deeper one is a circle. */
const MAX_DEPTH = 16

/** A record of a leaf: its bytes from the key on. */
export type TreeRecord = DataView

/** How a tree's keys look, which differs between HFS and HFS Plus. */
export interface KeyFormat {
  /** Bytes of the key with its length, before the data, which starts at an even offset. */
  keyBytes(record: DataView): number
  /** Orders a record's key beside what is searched: negative if the key comes before it. */
  compare(record: DataView): number
}

interface Node {
  readonly view: DataView
  readonly next: number
  readonly kind: number
  readonly records: DataView[]
}

/** Reads records of a tree in the order of their keys. */
export class BTree {
  readonly #file: ByteSource
  readonly #nodeBytes: number
  readonly #root: number

  /** Reads the header; ImageError if it is damaged. */
  constructor(file: ByteSource) {
    this.#file = file
    const head = view(file.read(0, DESCRIPTOR_BYTES + 106))
    this.#root = head.getUint32(DESCRIPTOR_BYTES + 2)
    this.#nodeBytes = head.getUint16(DESCRIPTOR_BYTES + 18)
    if (this.#nodeBytes < 512 || this.#nodeBytes > 32_768 || (this.#nodeBytes & (this.#nodeBytes - 1)) !== 0) {
      throw damaged(`a B-tree has nodes of ${this.#nodeBytes} bytes`)
    }
  }

  /** The records whose keys are equal to what `format` compares with, and those between such records. */
  *find(format: KeyFormat): Generator<TreeRecord> {
    let node = this.#firstLeaf(format)
    // A chain of leaves that comes back to itself ends after as many nodes as the file has.
    for (let left = Math.floor(this.#file.size / this.#nodeBytes); node && left > 0; left--) {
      for (const record of node.records) {
        const order = format.compare(record)
        if (order > 0) return
        if (order === 0) yield record
      }
      node = node.next === 0 ? undefined : this.#read(node.next)
    }
  }

  /** The leaf in which the first matching record is, or would be. */
  #firstLeaf(format: KeyFormat): Node | undefined {
    if (this.#root === 0) return undefined
    let node = this.#read(this.#root)
    for (let depth = 0; node.kind === KIND_INDEX; depth++) {
      if (depth === MAX_DEPTH) throw damaged("a B-tree is too deep")
      // The last child whose first key comes before the match may hold the match's first record.
      const before = node.records.filter((record) => format.compare(record) < 0)
      const record = before.at(-1) ?? node.records[0]
      if (!record) throw damaged("an index node of a B-tree is empty")
      node = this.#read(uint32(record, format.keyBytes(record)))
    }
    if (node.kind !== KIND_LEAF) throw damaged(`a B-tree has a node of kind ${node.kind}`)
    return node
  }

  #read(number: number): Node {
    const bytes = view(this.#file.read(number * this.#nodeBytes, this.#nodeBytes))
    const count = bytes.getUint16(10)
    if (DESCRIPTOR_BYTES + (count + 1) * 2 > this.#nodeBytes) throw damaged(`a B-tree node has ${count} records`)
    const offset = (i: number) => bytes.getUint16(this.#nodeBytes - 2 * (i + 1))
    const records = Array.from({ length: count }, (_, i) => {
      const [from, to] = [offset(i), offset(i + 1)]
      if (from < DESCRIPTOR_BYTES || to < from || to > this.#nodeBytes) throw damaged("a B-tree record has no place")
      return new DataView(bytes.buffer, bytes.byteOffset + from, to - from)
    })
    return { view: bytes, next: bytes.getUint32(0), kind: bytes.getUint8(8), records }
  }
}

/** The error of a volume that breaks its format. */
export function damaged(problem: string): ImageError {
  return new ImageError(`The HFS volume is damaged: ${problem}.`)
}

/** A 32-bit field of a record; ImageError beyond its end. */
export function uint32(record: DataView, at: number): number {
  if (at + 4 > record.byteLength) throw damaged("a record is too short")
  return record.getUint32(at)
}

/** A 16-bit field of a record; ImageError beyond its end. */
export function uint16(record: DataView, at: number): number {
  if (at + 2 > record.byteLength) throw damaged("a record is too short")
  return record.getUint16(at)
}

/** An 8-bit field of a record; ImageError beyond its end. */
export function uint8(record: DataView, at: number): number {
  if (at >= record.byteLength) throw damaged("a record is too short")
  return record.getUint8(at)
}

/** Characters of one byte each; ImageError beyond the record's end. */
export function latinText(record: DataView, at: number, length: number): string {
  return String.fromCharCode(...Array.from({ length }, (_, i) => uint8(record, at + i)))
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
