// gzip files (RFC 1952): every member is checked against its CRC and its size.

import { ByteReader } from "../byte-reader.ts"
import { crc32 } from "../crc32.ts"
import { damaged } from "./damaged.ts"
import { inflate } from "./inflate.ts"
import { Output } from "./output.ts"

const WHAT = "gzip file"
const LONGEST_NAME = 64 * 1024
const MAGIC = [0x1f, 0x8b, 8]

const FLAG_HEADER_CRC = 2
const FLAG_EXTRA = 4
const FLAG_NAME = 8
const FLAG_COMMENT = 16
const RESERVED_FLAGS = 0xe0

/** Unpacks every member of a gzip file; ImageError if damaged or larger than `limit` bytes. */
export function gunzip(bytes: Uint8Array, limit: number): Uint8Array {
  const out = new Output(limit, WHAT)
  const file = new ByteReader(bytes, WHAT, "little")
  let at = 0
  do {
    out.start = out.length
    const end = inflate(bytes, readHeader(file, at), out, WHAT)
    const data = out.since(out.start)
    if (file.u32(end, "trailer") !== crc32(data)) throw damaged(WHAT, "its CRC does not fit its data")
    if (file.u32(end + 4, "trailer") !== data.length >>> 0) throw damaged(WHAT, "its size does not fit its data")
    at = end + 8
  } while (isMember(bytes, at))
  return out.finish()
}

// What follows the last member is ignored, as boot loaders do. What differs from a member's first bytes in one bit is
// more likely a damaged member.
function isMember(bytes: Uint8Array, at: number): boolean {
  if (at + MAGIC.length > bytes.length) return false
  const difference = MAGIC.reduce((all, byte, n) => (all << 8) | (byte ^ bytes[at + n]!), 0)
  return (difference & (difference - 1)) === 0
}

/** Checks the header of a member and returns the offset of its data. */
function readHeader(file: ByteReader, at: number): number {
  if (MAGIC.some((byte, n) => file.u8(at + n, "header") !== byte)) throw damaged(WHAT)
  const flags = file.u8(at + 3, "header")
  if (flags & RESERVED_FLAGS) throw damaged(WHAT)
  let end = at + 10
  if (flags & FLAG_EXTRA) end += 2 + file.u16(end, "header")
  if (flags & FLAG_NAME) end += file.cString(end, LONGEST_NAME, "file name").length + 1
  if (flags & FLAG_COMMENT) end += file.cString(end, LONGEST_NAME, "comment").length + 1
  if (flags & FLAG_HEADER_CRC) {
    const found = crc32(file.slice(at, end - at, "header")) & 0xffff
    if (file.u16(end, "header") !== found) throw damaged(WHAT, "the CRC of its header does not fit")
    end += 2
  }
  file.require(end, 0, "header")
  return end
}
