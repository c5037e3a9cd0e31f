// gzip files with a bound on the output (RFC 1952).

import { Gunzip } from "fflate"
import { ByteReader } from "../byte-reader.ts"
import { crc32 } from "../crc32.ts"
import { ImageError } from "../image-error.ts"
import { OutputBuffer } from "./output-buffer.ts"

// Deflate grows its input at most 1032 times, so one piece makes at most 17 MiB before the bound is checked again.
const PIECE_BYTES = 16 * 1024
const TRAILER_BYTES = 8
const LONGEST_NAME = 64 * 1024

const FLAG_HEADER_CRC = 2
const FLAG_EXTRA = 4
const FLAG_NAME = 8
const FLAG_COMMENT = 16
const RESERVED_FLAGS = 0xe0

/** Unpacks every member of a gzip file and checks their CRCs; ImageError if damaged or larger than `limit` bytes. */
export function gunzip(bytes: Uint8Array, limit: number): Uint8Array {
  const out = new OutputBuffer(limit)
  let dataAt = readHeader(bytes, 0)
  let crc = 0
  let size = 0
  const stream = new Gunzip((chunk) => {
    out.append(chunk)
    crc = crc32(chunk, crc)
    size = (size + chunk.length) >>> 0
  })
  stream.onmember = (nextAt) => {
    if (!isTrailer(bytes, nextAt - TRAILER_BYTES, crc, size)) throw damaged()
    dataAt = readHeader(bytes, nextAt)
    crc = 0
    size = 0
  }
  try {
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      stream.push(bytes.subarray(at, at + PIECE_BYTES), at + PIECE_BYTES >= bytes.length)
    }
  } catch (error) {
    if (error instanceof ImageError) throw error
    // The inflater also fails at padding after a complete member; the trailer tells the two apart.
  }
  for (let at = bytes.length - TRAILER_BYTES; at >= dataAt; at--) {
    if (isTrailer(bytes, at, crc, size)) return out.finish()
  }
  throw damaged()
}

function isTrailer(bytes: Uint8Array, at: number, crc: number, size: number): boolean {
  if (at < 0 || bytes[at] !== (crc & 0xff)) return false
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, TRAILER_BYTES)
  return view.getUint32(0, true) === crc && view.getUint32(4, true) === size
}

/** Checks the header of a member and returns the offset of its data. */
function readHeader(bytes: Uint8Array, at: number): number {
  const file = new ByteReader(bytes, "gzip file", "little")
  if (file.u16(at, "header") !== 0x8b1f || file.u8(at + 2, "header") !== 8) throw damaged()
  const flags = file.u8(at + 3, "header")
  if (flags & RESERVED_FLAGS) throw damaged()
  let end = at + 10
  if (flags & FLAG_EXTRA) end += 2 + file.u16(end, "header")
  if (flags & FLAG_NAME) end += file.cString(end, LONGEST_NAME, "file name").length + 1
  if (flags & FLAG_COMMENT) end += file.cString(end, LONGEST_NAME, "comment").length + 1
  if (flags & FLAG_HEADER_CRC) end += 2
  file.require(end, 0, "header")
  return end
}

function damaged(): ImageError {
  return new ImageError("gzip file is truncated or damaged: its data and its CRC do not agree; get the file again.")
}
