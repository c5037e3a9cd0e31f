// HFS Plus volumes, read-only (Apple Technical Note TN1150, "HFS Plus Volume Format").

import { BTree, damaged, type KeyFormat, latinText, uint8, uint16, uint32 } from "./b-tree.ts"
import { type ByteSource, type Extent, extentsSource, windowOf } from "./byte-source.ts"
import type { DirectoryEntry, FileSystem } from "./file-system.ts"
import { allExtents } from "./overflow.ts"

const HEADER_OFFSET = 1024
const SIGNATURES = [0x482b, 0x4858]
/** Signature of an HFS volume that may wrap one of HFS Plus. */
const WRAPPER = 0x4244
const ROOT_FOLDER = 2
const EXTENTS_IN_RECORD = 8
const KIND_FOLDER = 1
const KIND_FILE = 2
const FORK_DATA = 0
const EXTENTS_FILE = 3
const CATALOG_FILE = 4

/** Mounts a volume, bare or inside a wrapper; undefined if this is no HFS Plus volume. */
export function mountHfsPlus(volume: ByteSource): FileSystem | undefined {
  if (volume.size < HEADER_OFFSET + 512) return undefined
  const bytes = volume.read(HEADER_OFFSET, 512)
  const header = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (SIGNATURES.includes(header.getUint16(0))) return new HfsPlusVolume(volume, header)
  if (header.getUint16(0) !== WRAPPER || !SIGNATURES.includes(header.getUint16(124))) return undefined
  const blockBytes = header.getUint32(20)
  const start = header.getUint16(28) * 512 + header.getUint16(126) * blockBytes
  const size = Math.min(header.getUint16(128) * blockBytes, volume.size - start)
  return size > HEADER_OFFSET + 512 ? mountHfsPlus(windowOf(volume, start, size)) : undefined
}

class HfsPlusVolume implements FileSystem {
  readonly root = ROOT_FOLDER
  readonly blessed: number | undefined
  readonly #volume: ByteSource
  readonly #blockBytes: number
  readonly #catalog: BTree
  readonly #overflow: BTree

  constructor(volume: ByteSource, header: DataView) {
    this.#volume = volume
    this.#blockBytes = header.getUint32(40)
    if (this.#blockBytes < 512 || (this.#blockBytes & (this.#blockBytes - 1)) !== 0) {
      throw damaged(`its allocation blocks have ${this.#blockBytes} bytes`)
    }
    this.blessed = header.getUint32(80) || undefined
    this.#overflow = new BTree(this.#fork(header, 192, EXTENTS_FILE))
    this.#catalog = new BTree(this.#fork(header, 272, CATALOG_FILE))
  }

  list(folder: number): DirectoryEntry[] {
    const entries: DirectoryEntry[] = []
    for (const record of this.#catalog.find(keyOfFolder(folder))) {
      const name = unicodeText(record, 8, uint16(record, 6))
      const at = keyEnd(record)
      const kind = uint16(record, at)
      const id = kind === KIND_FOLDER || kind === KIND_FILE ? uint32(record, at + 8) : 0
      if (kind === KIND_FOLDER) entries.push({ kind: "folder", name, id })
      if (kind === KIND_FILE) {
        entries.push({
          kind: "file",
          name,
          type: latinText(record, at + 48, 4),
          open: () => this.#fork(record, at + 88, id),
        })
      }
    }
    return entries
  }

  /** The data of a fork that a record describes: its size in eight bytes, then its first extents. */
  #fork(record: DataView, at: number, file: number): ByteSource {
    const size = uint32(record, at) * 2 ** 32 + uint32(record, at + 4)
    const first = this.#extents(record, at + 16)
    // The tree of extents cannot be needed to find itself.
    const more = (block: number) =>
      file === EXTENTS_FILE
        ? []
        : [...this.#overflow.find(keyOfExtents(file, block))].flatMap((one) => this.#extents(one, keyEnd(one)))
    const extents = allExtents(first, { size, blockBytes: this.#blockBytes }, more)
    return extentsSource(this.#volume, extents, size)
  }

  #extents(record: DataView, at: number): Extent[] {
    return Array.from({ length: EXTENTS_IN_RECORD }, (_, i) => ({
      start: uint32(record, at + i * 8) * this.#blockBytes,
      size: uint32(record, at + i * 8 + 4) * this.#blockBytes,
    })).filter((extent) => extent.size > 0)
  }
}

function keyEnd(record: DataView): number {
  return 2 + uint16(record, 0)
}

function keyOfFolder(folder: number): KeyFormat {
  return { keyBytes: keyEnd, compare: (record) => uint32(record, 2) - folder }
}

function keyOfExtents(file: number, blocksBefore: number): KeyFormat {
  return {
    keyBytes: keyEnd,
    compare: (record) => uint32(record, 4) - file || uint8(record, 2) - FORK_DATA || uint32(record, 8) - blocksBefore,
  }
}

function unicodeText(record: DataView, at: number, length: number): string {
  return String.fromCharCode(...Array.from({ length }, (_, i) => uint16(record, at + i * 2)))
}
