// Compressed files: their formats, by magic number, and their decompressors, each of which is loaded when it is needed.

import { starts } from "./magic.ts"

/** Unpacks a file of one format; ImageError if it is damaged, or unpacks to more than `limit` bytes. */
type Decompress = (bytes: Uint8Array, limit: number) => Uint8Array | Promise<Uint8Array>

const formats = {
  gzip: {
    is: (bytes) => starts(bytes, 0x1f, 0x8b),
    load: async () => (await import("./gunzip.ts")).gunzip,
  },
  xz: {
    is: (bytes) => starts(bytes, 0xfd, 0x37, 0x7a, 0x58, 0x5a, 0),
    load: async () => (await import("./unxz.ts")).unxz,
  },
  zstd: {
    is: (bytes) => starts(bytes, 0x28, 0xb5, 0x2f, 0xfd),
    load: async () => (await import("./unzstd.ts")).unzstd,
  },
  bzip2: {
    is: (bytes) => starts(bytes, 0x42, 0x5a, 0x68) && bytes[3]! >= 0x31 && bytes[3]! <= 0x39,
    load: async () => (await import("./bunzip2.ts")).bunzip2,
  },
  lz4: {
    is: (bytes) => starts(bytes, 0x04, 0x22, 0x4d, 0x18) || starts(bytes, 0x02, 0x21, 0x4c, 0x18),
    load: async () => (await import("./unlz4.ts")).unlz4,
  },
  lzop: {
    is: (bytes) => starts(bytes, 0x89, 0x4c, 0x5a, 0x4f, 0x00, 0x0d, 0x0a, 0x1a, 0x0a),
    load: async () => (await import("./unlzop.ts")).unlzop,
  },
  lzma: {
    is: isLzma,
    load: async () => (await import("./unlzma.ts")).unlzma,
  },
} satisfies Record<string, { is(bytes: Uint8Array): boolean; load(): Promise<Decompress> }>

/** A format of compressed files. */
export type Compression = keyof typeof formats

const names = Object.keys(formats) as Compression[]

/** The format that a file is compressed in; undefined if in none. */
export function compressionOf(bytes: Uint8Array): Compression | undefined {
  return names.find((name) => formats[name].is(bytes))
}

/** Unpacks a file of that format; ImageError if it is damaged, or unpacks to more than `limit` bytes. */
export async function decompress(format: Compression, bytes: Uint8Array, limit: number): Promise<Uint8Array> {
  const unpack: Decompress = await formats[format].load()
  return unpack(bytes, limit)
}

// There is no magic number. The dictionary has 2^n or 2^n + 2^(n-1) bytes, the size is unknown or below 256 GiB, and the
// stream begins with a byte of 0.
function isLzma(bytes: Uint8Array): boolean {
  if (bytes.length < 18 || bytes[0] !== 0x5d || bytes[13] !== 0) return false
  const view = new DataView(bytes.buffer, bytes.byteOffset, 13)
  const dictionary = view.getUint32(1, true)
  const size = view.getBigUint64(5, true)
  const isPower = (value: number) => value >= 4096 && Number.isInteger(Math.log2(value))
  return (
    (isPower(dictionary) || isPower(dictionary / 1.5)) && (size === 2n ** 64n - 1n || (size > 0n && size < 2n ** 38n))
  )
}
