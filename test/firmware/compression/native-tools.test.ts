// The decompressors against the tools of each format: large files at many settings, and what the tools say of damage.

import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { compressionOf, decompress } from "../../../firmware/compression/index.ts"
import { ImageError } from "../../../firmware/image-error.ts"
import { skipReason } from "../../support/guests.ts"

const LIMIT = 64 * 1024 * 1024
const source = readFileSync(new URL("native-tools.test.ts", import.meta.url))
const noise = Buffer.from(Array.from({ length: 70_000 }, (_, n) => Math.imul(n, 0x9e37_79b1) >>> 21))
const inputs = [
  source,
  Buffer.from("x"),
  noise,
  Buffer.alloc(3_000_000),
  Buffer.concat([source, noise, Buffer.alloc(500_000, 7), source, noise]),
]

function run(words: readonly string[], input: Uint8Array): Buffer | undefined {
  const { status, stdout } = spawnSync(words[0]!, words.slice(1), { input, maxBuffer: LIMIT })
  return status === 0 ? stdout : undefined
}

const tools = {
  zstd: {
    unpack: ["zstd", "-dcq"],
    packs: ["-1", "-19", "--fast=5", "-3 --no-check"],
    options: ["-cq"],
  },
  bzip2: { unpack: ["bzip2", "-dc"], packs: ["-1", "-9"], options: ["-c"] },
  lz4: { unpack: ["lz4", "-dc", "-"], packs: ["-l -9", "-1", "-BD -B4 -9", "-BX -B5"], options: ["-c", "-"] },
  lzop: { unpack: ["lzop", "-dc"], packs: ["-1", "-9", "-3 --crc32", "-7 -CC"], options: ["-c"] },
  xz: {
    unpack: ["xz", "-dc"],
    packs: ["--check=crc32", "--format=lzma -1", "--format=lzma --lzma1=lc=1,lp=3,pb=0,dict=64KiB"],
    options: ["-c"],
  },
} as const

for (const [name, { unpack, packs, options }] of Object.entries(tools)) {
  describe.skipIf(skipReason({ tools: [name] }))(name, () => {
    // Properties of lzma other than the usual have no bytes to recognise them by.
    const formatOf = (bytes: Uint8Array) => compressionOf(bytes) ?? "lzma"

    it.each(packs)("unpacks what %s packed", async (settings) => {
      for (const input of inputs) {
        const packed = run([name, ...settings.split(" "), ...options], input)!
        const unpacked = await decompress(formatOf(packed), packed, LIMIT)
        expect(Buffer.compare(unpacked, input)).toBe(0)
      }
    })

    it.each(packs)("accepts nothing damaged that the tool refuses, with %s", async (settings) => {
      const input = source.subarray(0, 700)
      const packed = run([name, ...settings.split(" "), ...options], input)!
      const format = formatOf(packed)
      for (let n = 0; n < 24; n++) {
        const bit = 32 + ((n * 997) % (8 * packed.length - 32))
        const flipped = Buffer.from(packed)
        flipped[bit >> 3]! ^= 1 << (bit & 7)
        let ours: Uint8Array | undefined
        try {
          ours = await decompress(format, flipped, LIMIT)
        } catch (error) {
          expect(error).toBeInstanceOf(ImageError)
        }
        // What has no checksum may decode to something else, which then is the same for all.
        if (ours && Buffer.compare(ours, input) !== 0)
          expect([bit, run(unpack, flipped)]).toEqual([bit, Buffer.from(ours)])
      }
    })
  })
}
