// zstd files (RFC 8878): frames of blocks, each frame checked against its size and its checksum.

import { ByteReader } from "../byte-reader.ts"
import { damaged, isPadding } from "./damaged.ts"
import { Output } from "./output.ts"
import { xxh64Low } from "./xxhash.ts"
import { WHAT } from "./zstd-bits.ts"
import { FrameState, LARGEST_BLOCK, readCompressedBlock } from "./zstd-block.ts"

const MAGIC = 0xfd2f_b528
const SKIPPABLE = 0x184d_2a50

/** Unpacks every frame of a zstd file; ImageError if damaged or larger than `limit` bytes. */
export function unzstd(bytes: Uint8Array, limit: number): Uint8Array {
  const out = new Output(limit, WHAT)
  const file = new ByteReader(bytes, WHAT, "little")
  const literals = new Uint8Array(LARGEST_BLOCK)
  for (let at = 0; ; ) {
    const magic = at + 4 <= bytes.length ? file.u32(at, "header") : 0
    if (magic === MAGIC) at = readFrame(file, at + 4, out, literals)
    else if ((magic & ~15) === SKIPPABLE) at += 8 + file.slice(at + 8, file.u32(at + 4, "header"), "frame").length
    else if (at > 0 && isPadding(bytes, at, out.length)) return out.finish()
    else throw damaged(WHAT)
  }
}

/** Section 3.1.1. */
function readFrame(file: ByteReader, start: number, out: Output, literals: Uint8Array): number {
  const header = readHeader(file, start)
  const state = new FrameState(literals)
  out.start = out.length
  let at = header.end
  for (let isLast = false; !isLast; ) {
    const head = file.u16(at, "block") | (file.u8(at + 2, "block") << 16)
    at += 3
    isLast = (head & 1) === 1
    const type = (head >> 1) & 3
    const size = head >> 3
    if (type === 3 || size > header.blockBytes) throw damaged(WHAT)
    if (type === 1) out.fill(file.u8(at, "block"), size)
    else {
      const data = file.slice(at, size, "block")
      if (type === 0) out.append(data)
      else readCompressedBlock(file.bytes, at, at + size, state, out)
    }
    at += type === 1 ? 1 : size
  }
  const data = out.since(out.start)
  if (header.size !== undefined && data.length !== header.size) throw damaged(WHAT, "its size does not fit its data")
  if (!header.hasChecksum) return at
  if (file.u32(at, "checksum") !== xxh64Low(data)) throw damaged(WHAT, "its checksum does not fit its data")
  return at + 4
}

function readHeader(file: ByteReader, start: number) {
  const flags = file.u8(start, "header")
  const isSingle = (flags & 0x20) !== 0
  if (flags & 8) throw damaged(WHAT)
  let at = start + 1
  let window: number | undefined
  if (!isSingle) {
    const descriptor = file.u8(at++, "header")
    const base = 2 ** (10 + (descriptor >> 3))
    window = base + (base / 8) * (descriptor & 7)
  }
  const dictionaryBytes = [0, 1, 2, 4][flags & 3]!
  if (file.slice(at, dictionaryBytes, "header").some((byte) => byte !== 0)) throw damaged(WHAT, "it needs a dictionary")
  at += dictionaryBytes
  const size = readSize(file, at, flags >> 6, isSingle)
  at += size.bytes
  const blockBytes = Math.min(LARGEST_BLOCK, window ?? size.value ?? 0)
  return { end: at, size: size.value, blockBytes, hasChecksum: (flags & 4) !== 0 }
}

/** The size of the unpacked frame, if its header has it, and the bytes that the field takes. */
function readSize(file: ByteReader, at: number, code: number, isSingle: boolean): { bytes: number; value?: number } {
  if (code === 0) return isSingle ? { bytes: 1, value: file.u8(at, "header") } : { bytes: 0 }
  if (code === 1) return { bytes: 2, value: 256 + file.u16(at, "header") }
  if (code === 2) return { bytes: 4, value: file.u32(at, "header") }
  return { bytes: 8, value: file.offset64(at, "size") }
}
