// Each format of compressed files: what its own tool packed, damaged in every bit, cut at every byte, and endless.

import { readFileSync } from "node:fs"
import { gzipSync } from "node:zlib"
import { describe, expect, it } from "vitest"
import { compressionOf, decompress } from "../../../firmware/compression/index.ts"
import { encodeUimage, parseUimage, recognise, unpack } from "../../../firmware/loader/index.ts"
import { rejectsOnlyWithImageError } from "../only-image-error.ts"

const LIMIT = 1024 * 1024
const read = (name: string) => new Uint8Array(readFileSync(new URL(`fixtures/${name}`, import.meta.url)))
const text = read("text")
const isText = (bytes: Uint8Array) => Buffer.compare(bytes, text) === 0

/** Made of `text` by the commands in the file beside them. */
const fixtures = [
  { name: "text.gz", format: "gzip", isChecked: true, joins: true },
  { name: "text.xz", format: "xz", isChecked: true, joins: false },
  { name: "check.zst", format: "zstd", isChecked: true, joins: true },
  { name: "stream.zst", format: "zstd", isChecked: true, joins: true },
  { name: "plain.zst", format: "zstd", isChecked: false, joins: true },
  { name: "text.bz2", format: "bzip2", isChecked: true, joins: true },
  { name: "frame.lz4", format: "lz4", isChecked: true, joins: true },
  { name: "linked.lz4", format: "lz4", isChecked: true, joins: true },
  { name: "legacy.lz4", format: "lz4", isChecked: false, joins: true },
  { name: "text.lzo", format: "lzop", isChecked: true, joins: true },
  { name: "crc.lzo", format: "lzop", isChecked: true, joins: true },
  { name: "text.lzma", format: "lzma", isChecked: false, joins: false },
] as const

describe.each(fixtures)("$name", ({ name, format, isChecked, joins }) => {
  const file = read(name)
  const attempt = (bytes: Uint8Array) => decompress(format, bytes, LIMIT)

  it("is recognised and unpacked", async () => {
    expect(compressionOf(file)).toBe(format)
    expect(recognise(file).format).toBe(format)
    expect(isText(await unpack(file))).toBe(true)
    expect(isText(await unpack(gzipSync(file)))).toBe(true)
  })

  it("is refused with any bit flipped, or means the same", async () => {
    for (let bit = 0; bit < 8 * file.length; bit++) {
      const flipped = file.slice()
      flipped[bit >> 3]! ^= 1 << (bit & 7)
      let result: Uint8Array | undefined
      await rejectsOnlyWithImageError(async () => {
        result = await attempt(flipped)
      })
      if (isChecked && result) expect([bit, isText(result)]).toEqual([bit, true])
    }
  })

  it("is refused when it is cut anywhere", async () => {
    for (let length = 5; length < file.length; length++) {
      const isRefused = await rejectsOnlyWithImageError(() => attempt(file.subarray(0, length)))
      expect([length, isRefused]).toEqual([length, true])
    }
  })

  it("may have padding behind it, or its size as the build of Linux appends it", async () => {
    const size = Buffer.alloc(4)
    size.writeUInt32LE(text.length)
    // xz pads in words, and has its own sizes.
    for (const rest of [Buffer.alloc(4), Buffer.alloc(512), ...(format === "xz" ? [] : [size])])
      expect(isText(await attempt(Buffer.concat([file, rest])))).toBe(true)
  })

  it.runIf(joins)("may be joined with another", async () => {
    expect(Buffer.from(await attempt(Buffer.concat([file, file])))).toEqual(Buffer.concat([text, text]))
  })

  it("is refused beyond the limit", async () => {
    await expect(decompress(format, file, text.length - 1)).rejects.toThrow(/unpacks to more than 707 bytes/)
    expect(isText(await decompress(format, file, text.length))).toBe(true)
  })
})

it.each([
  ["bzip2", "text.bz2"],
  ["lzma", "text.lzma"],
  ["lzo", "text.lzo"],
  ["lz4", "legacy.lz4"],
  ["zstd", "check.zst"],
] as const)("the payload of a uImage is unpacked from %s", async (compression, name) => {
  const header = { name: "kernel", time: 1, loadAddress: 0x8000, entry: 0x8000, os: 5, architecture: 2, type: 2 }
  const image = await unpack(encodeUimage({ ...header, compression, payload: read(name) }))
  expect(parseUimage(image).compression).toBe("none")
  expect(isText(parseUimage(image).payload)).toBe(true)
})
