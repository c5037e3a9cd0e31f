// lzop files, which hold LZO1X data (Linux: Documentation/staging/lzo.rst).

import { ByteReader } from "../byte-reader.ts"
import { crc32 } from "../crc32.ts"
import { damaged, isPadding } from "./damaged.ts"
import { startsAt } from "./magic.ts"
import { Output } from "./output.ts"

const WHAT = "lzop file"
const MAGIC = [0x89, 0x4c, 0x5a, 0x4f, 0x00, 0x0d, 0x0a, 0x1a, 0x0a]
const LARGEST_BLOCK = 64 * 1024 * 1024
/** The first version whose headers have the level, and the version needed to unpack. */
const VERSION_LEVEL = 0x940
/** LZO1X-1, LZO1X-1(15) and LZO1X-999, which unpack alike. */
const METHODS = [1, 2, 3]

const FLAG_ADLER_UNPACKED = 0x1
const FLAG_ADLER_PACKED = 0x2
const FLAG_EXTRA = 0x40
const FLAG_CRC_UNPACKED = 0x100
const FLAG_CRC_PACKED = 0x200
const FLAG_MULTIPART = 0x400
const FLAG_FILTER = 0x800
const FLAG_HEADER_CRC = 0x1000

/** Unpacks every part of an lzop file and checks it; ImageError if damaged or larger than `limit` bytes. */
export function unlzop(bytes: Uint8Array, limit: number): Uint8Array {
  const out = new Output(limit, WHAT)
  const file = new ByteReader(bytes, WHAT, "big")
  let at = 0
  do {
    const header = readHeader(file, at)
    at = readBlocks(file, header.end, header.flags, out)
  } while (startsAt(bytes, at, MAGIC))
  if (!isPadding(bytes, at, out.length)) throw damaged(WHAT)
  return out.finish()
}

function readHeader(file: ByteReader, start: number): { readonly flags: number; readonly end: number } {
  if (!startsAt(file.bytes, start, MAGIC)) throw damaged(WHAT)
  const first = start + MAGIC.length
  const version = file.u16(first, "header")
  const hasLevel = version >= VERSION_LEVEL
  let at = first + (hasLevel ? 6 : 4)
  const method = file.u8(at, "header")
  at += hasLevel ? 2 : 1
  const flags = file.u32(at, "header")
  at += 4
  if (flags & FLAG_FILTER) at += 4
  // The mode and the time of the file, and its name.
  at += hasLevel ? 12 : 8
  at += 1 + file.u8(at, "header")
  const checksum = flags & FLAG_HEADER_CRC ? crc32 : adler32
  const header = file.slice(first, at - first, "header")
  if (file.u32(at, "header") !== checksum(header)) throw damaged(WHAT, "the checksum of its header does not fit")
  at += 4
  if (!METHODS.includes(method) || flags & (FLAG_FILTER | FLAG_MULTIPART))
    throw damaged(WHAT, "it uses a method that is not supported")
  if (flags & FLAG_EXTRA) {
    const size = file.u32(at, "extra field")
    const extra = file.slice(at, 4 + size, "extra field")
    at += 4 + size
    if (file.u32(at, "extra field") !== checksum(extra)) throw damaged(WHAT)
    at += 4
  }
  return { flags, end: at }
}

function readBlocks(file: ByteReader, start: number, flags: number, out: Output): number {
  let at = start
  const next = () => {
    at += 4
    return file.u32(at - 4, "block")
  }
  const expect = (said: number | undefined, found: (bytes: Uint8Array) => number, data: Uint8Array) => {
    if (said !== undefined && said !== found(data)) throw damaged(WHAT, "the checksum of a block does not fit")
  }
  for (;;) {
    const unpacked = next()
    if (unpacked === 0) return at
    const packed = next()
    if (packed === 0 || packed > unpacked || unpacked > LARGEST_BLOCK) throw damaged(WHAT)
    const isStored = packed === unpacked
    const adler = flags & FLAG_ADLER_UNPACKED ? next() : undefined
    const crc = flags & FLAG_CRC_UNPACKED ? next() : undefined
    const packedAdler = flags & FLAG_ADLER_PACKED && !isStored ? next() : undefined
    const packedCrc = flags & FLAG_CRC_PACKED && !isStored ? next() : undefined
    const data = file.slice(at, packed, "block")
    at += packed
    expect(packedAdler, adler32, data)
    expect(packedCrc, crc32, data)
    out.start = out.length
    if (isStored) out.append(data)
    else unlzo(data, out, out.length + unpacked)
    const block = out.since(out.start)
    if (block.length !== unpacked) throw damaged(WHAT)
    expect(adler, adler32, block)
    expect(crc, crc32, block)
  }
}

/** Adler-32 (RFC 1950, section 8). */
function adler32(bytes: Uint8Array): number {
  let a = 1
  let b = 0
  // So many sums stay below 2 ** 32.
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(bytes.length, at + 3800)
    for (; at < end; at++) {
      a += bytes[at]!
      b += a
    }
    a %= 65_521
    b %= 65_521
  }
  return b * 65_536 + a
}

/** The longest run that a block's size allows is reached long before a sum of zero bytes overflows. */
function unlzo(data: Uint8Array, out: Output, end: number): void {
  let at = 0
  const next = (): number => {
    const byte = data[at++]
    if (byte === undefined) throw damaged(WHAT)
    return byte
  }
  /** A length whose field is `value`, or, if that is 0, follows: 255 for each zero byte, and a last byte. */
  const length = (value: number, most: number): number => {
    if (value !== 0) return value
    let total = most
    for (;;) {
      const byte = next()
      if (byte !== 0) return total + byte
      total += 255
    }
  }
  const literals = (count: number): void => {
    if (at + count > data.length || out.length + count > end) throw damaged(WHAT)
    out.appendPart(data, at, count)
    at += count
  }
  const match = (distance: number, count: number): void => {
    if (out.length + count > end) throw damaged(WHAT)
    out.copy(distance, count)
  }
  // Literals that the last instruction copied; 4 stands for a run of them.
  let state = 0
  if (data[0] !== undefined && data[0] > 17) {
    const count = next() - 17
    literals(count)
    state = Math.min(4, count)
  }
  for (;;) {
    const code = next()
    let trailing = code & 3
    if (code >= 64) {
      const distance = 1 + ((code >> 2) & 7) + 8 * next()
      match(distance, (code >> 5) + 1)
    } else if (code >= 16) {
      const isFar = code < 32
      const count = 2 + (isFar ? length(code & 7, 7) : length(code & 31, 31))
      const low = next()
      const distance = (low | (next() << 8)) >> 2
      trailing = low & 3
      if (!isFar) match(distance + 1, count)
      else {
        const far = 16_384 + ((code & 8) << 11) + distance
        // The end of the data.
        if (far === 16_384) {
          if (count !== 3 || at !== data.length) throw damaged(WHAT)
          return
        }
        match(far, count)
      }
    } else if (state === 0) {
      literals(3 + length(code, 15))
      state = 4
      continue
    } else {
      const distance = (code >> 2) + 4 * next()
      if (state === 4) match(distance + 2049, 3)
      else match(distance + 1, 2)
    }
    literals(trailing)
    state = trailing
  }
}
