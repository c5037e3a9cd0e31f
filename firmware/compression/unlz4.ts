// lz4 files: frames (LZ4 Frame Format Description 1.6.4), and the legacy ones that the build of Linux makes.

import { ByteReader } from "../byte-reader.ts"
import { damaged, isPadding } from "./damaged.ts"
import { Output } from "./output.ts"
import { xxh32 } from "./xxhash.ts"

const WHAT = "lz4 file"
const FRAME = 0x184d_2204
const LEGACY = 0x184c_2102
const SKIPPABLE = 0x184d_2a50
const LEGACY_BLOCK = 8 * 1024 * 1024
const STORED = 0x8000_0000
/** Matches of linked blocks reach that far back. */
const HISTORY = 64 * 1024

/** Unpacks every frame of an lz4 file and checks them; ImageError if damaged or larger than `limit` bytes. */
export function unlz4(bytes: Uint8Array, limit: number): Uint8Array {
  const out = new Output(limit, WHAT)
  const file = new ByteReader(bytes, WHAT, "little")
  for (let at = 0; ; ) {
    const magic = at + 4 <= bytes.length ? file.u32(at, "header") : 0
    out.start = out.length
    if (magic === FRAME) at = readFrame(file, at + 4, out)
    else if (magic === LEGACY) at = readLegacy(file, at + 4, out)
    else if ((magic & ~15) === SKIPPABLE) at += 8 + file.slice(at + 8, file.u32(at + 4, "header"), "frame").length
    else if (at > 0 && isPadding(bytes, at, out.length)) return out.finish()
    else throw damaged(WHAT)
  }
}

/** Blocks of 8 MiB at most, until the file ends, or another frame or padding begins. */
function readLegacy(file: ByteReader, start: number, out: Output): number {
  let at = start
  for (;;) {
    if (at + 4 > file.length) return at
    const size = file.u32(at, "block")
    if (size === 0 || size === FRAME || size === LEGACY) return at
    // What follows the blocks may be the size of all.
    if (at > start && isPadding(file.bytes, at, out.length)) return at
    readBlock(file.slice(at + 4, size, "block"), out, out.length, LEGACY_BLOCK)
    at += 4 + size
  }
}

function readFrame(file: ByteReader, start: number, out: Output): number {
  const flags = file.u8(start, "header")
  const isIndependent = (flags & 0x20) !== 0
  const hasBlockChecksums = (flags & 0x10) !== 0
  const hasSize = (flags & 8) !== 0
  const hasChecksum = (flags & 4) !== 0
  const sizes = file.u8(start + 1, "header")
  const code = (sizes >> 4) & 7
  // Version 1, no reserved bits.
  if (flags >> 6 !== 1 || (flags & 2) !== 0 || (sizes & 0x8f) !== 0 || code < 4) throw damaged(WHAT)
  const blockBytes = 2 ** (8 + 2 * code)
  let at = start + 2
  const size = hasSize ? file.offset64(at, "size") : undefined
  if (hasSize) at += 8
  if (flags & 1) at += 4
  if (file.u8(at, "header") !== ((xxh32(file.slice(start, at - start, "header")) >>> 8) & 0xff))
    throw damaged(WHAT, "the checksum of its header does not fit")
  if (flags & 1) throw damaged(WHAT, "it needs a dictionary")
  at++
  const first = out.length
  for (;;) {
    const header = file.u32(at, "block")
    at += 4
    if (header === 0) break
    const length = header % STORED
    if (length > blockBytes) throw damaged(WHAT)
    const data = file.slice(at, length, "block")
    at += length
    if (hasBlockChecksums) {
      if (file.u32(at, "block") !== xxh32(data)) throw damaged(WHAT, "the checksum of a block does not fit")
      at += 4
    }
    if (header >= STORED) out.append(data)
    else readBlock(data, out, isIndependent ? out.length : Math.max(first, out.length - HISTORY), blockBytes)
  }
  return finishFrame(file, at, out, { size, hasChecksum, first })
}

type FrameEnd = { readonly size: number | undefined; readonly hasChecksum: boolean; readonly first: number }

function finishFrame(file: ByteReader, at: number, out: Output, { size, hasChecksum, first }: FrameEnd): number {
  const data = out.since(first)
  if (size !== undefined && data.length !== size) throw damaged(WHAT, "its size does not fit its data")
  if (!hasChecksum) return at
  if (file.u32(at, "checksum") !== xxh32(data)) throw damaged(WHAT, "its checksum does not fit its data")
  return at + 4
}

/** Unpacks a block of at most `most` bytes, whose matches reach back to `history` (LZ4 Block Format Description). */
function readBlock(data: Uint8Array, out: Output, history: number, most: number): void {
  out.start = history
  const end = out.length + most
  let at = 0
  const length = (code: number): number => {
    let value = code
    if (code === 15) {
      let byte: number | undefined
      do {
        byte = data[at++]
        if (byte === undefined) throw damaged(WHAT)
        value += byte
      } while (byte === 255)
    }
    return value
  }
  for (;;) {
    const token = data[at++]
    if (token === undefined) throw damaged(WHAT)
    const literals = length(token >> 4)
    if (at + literals > data.length || out.length + literals > end) throw damaged(WHAT)
    out.appendPart(data, at, literals)
    at += literals
    // The last sequence is literals alone.
    if (at === data.length) {
      if ((token & 15) !== 0) throw damaged(WHAT)
      return
    }
    if (at + 2 > data.length) throw damaged(WHAT)
    const distance = data[at]! | (data[at + 1]! << 8)
    at += 2
    const count = 4 + length(token & 15)
    if (out.length + count > end) throw damaged(WHAT)
    out.copy(distance, count)
  }
}
