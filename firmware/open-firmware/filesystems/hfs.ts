// HFS volumes, read-only (Inside Macintosh: Files, chapter 2, "Data Organization on Volumes").

import { BTree, damaged, type KeyFormat, latinText, uint8, uint16, uint32 } from "./b-tree.ts"
import { type ByteSource, type Extent, extentsSource } from "./byte-source.ts"
import type { DirectoryEntry, FileSystem } from "./file-system.ts"
import { allExtents } from "./overflow.ts"

const MDB_OFFSET = 1024
const SIGNATURE = 0x4244
const ROOT_FOLDER = 2
const EXTENTS_IN_RECORD = 3
const KIND_FOLDER = 1
const KIND_FILE = 2
const FORK_DATA = 0x00
/** Numbers of the files that hold the trees. */
const EXTENTS_FILE = 3
const CATALOG_FILE = 4

/** Mounts a volume; undefined if this is no HFS volume. */
export function mountHfs(volume: ByteSource): FileSystem | undefined {
  if (volume.size < MDB_OFFSET + 162) return undefined
  const bytes = volume.read(MDB_OFFSET, 162)
  const mdb = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return mdb.getUint16(0) === SIGNATURE ? new HfsVolume(volume, mdb) : undefined
}

class HfsVolume implements FileSystem {
  readonly root = ROOT_FOLDER
  readonly blessed: number | undefined
  readonly #volume: ByteSource
  readonly #blockBytes: number
  readonly #firstBlock: number
  readonly #catalog: BTree
  readonly #overflow: BTree

  constructor(volume: ByteSource, mdb: DataView) {
    this.#volume = volume
    this.#blockBytes = mdb.getUint32(20)
    this.#firstBlock = mdb.getUint16(28) * 512
    if (this.#blockBytes === 0 || this.#blockBytes % 512 !== 0) {
      throw damaged(`its allocation blocks have ${this.#blockBytes} bytes`)
    }
    this.blessed = mdb.getUint32(92) || undefined
    this.#overflow = new BTree(this.#file(mdb, 134, mdb.getUint32(130), EXTENTS_FILE))
    this.#catalog = new BTree(this.#file(mdb, 150, mdb.getUint32(146), CATALOG_FILE))
  }

  list(folder: number): DirectoryEntry[] {
    const entries: DirectoryEntry[] = []
    for (const record of this.#catalog.find(keyOfFolder(folder))) {
      const name = latinText(record, 7, uint8(record, 6))
      const at = keyEnd(record)
      const kind = uint8(record, at)
      if (kind === KIND_FOLDER) entries.push({ kind: "folder", name, id: uint32(record, at + 6) })
      if (kind === KIND_FILE) {
        const type = latinText(record, at + 4, 4)
        const open = () => this.#file(record, at + 74, uint32(record, at + 26), uint32(record, at + 20))
        entries.push({ kind: "file", name, type, open })
      }
    }
    return entries
  }

  /** A file whose first extents stand in a record at an offset. */
  #file(record: DataView, at: number, size: number, number: number): ByteSource {
    const first = this.#extents(record, at)
    // The tree of extents cannot be needed to find itself.
    const more = (block: number) =>
      number === EXTENTS_FILE
        ? []
        : [...this.#overflow.find(keyOfExtents(number, block))].flatMap((one) => this.#extents(one, keyEnd(one)))
    const extents = allExtents(first, { size, blockBytes: this.#blockBytes }, more)
    return extentsSource(this.#volume, extents, size)
  }

  #extents(record: DataView, at: number): Extent[] {
    return Array.from({ length: EXTENTS_IN_RECORD }, (_, i) => ({
      start: this.#firstBlock + uint16(record, at + i * 4) * this.#blockBytes,
      size: uint16(record, at + i * 4 + 2) * this.#blockBytes,
    })).filter((extent) => extent.size > 0)
  }
}

/** The key's length stands in its first byte; the data starts at the next even offset. */
function keyEnd(record: DataView): number {
  const end = 1 + uint8(record, 0)
  return end + (end & 1)
}

/** Keys of a folder's entries start with its number. */
function keyOfFolder(folder: number): KeyFormat {
  return { keyBytes: keyEnd, compare: (record) => uint32(record, 2) - folder }
}

/** Keys of extents: the fork, the file, and the number of blocks before them. */
function keyOfExtents(file: number, blocksBefore: number): KeyFormat {
  return {
    keyBytes: keyEnd,
    compare: (record) => uint32(record, 2) - file || uint8(record, 1) - FORK_DATA || uint16(record, 6) - blocksBefore,
  }
}
