// gunzip against node:zlib, the judge, for every bit that can be wrong.

import { gunzipSync, gzipSync } from "node:zlib"
import { describe, expect, it } from "vitest"
import { gunzip } from "../../../firmware/compression/gunzip.ts"
import { ImageError } from "../../../firmware/image-error.ts"

const LIMIT = 16 * 1024 * 1024
const text = Buffer.from("A kernel that says the same thing over and over, and then another thing. ".repeat(8))
const noise = Buffer.from(Array.from({ length: 200 }, (_, n) => (n * n * 31 + (n >> 3)) & 0xff))
const gzip = gzipSync(text, { level: 9 })

/** What a decompressor makes of a file; undefined if it refuses it. */
function verdict(unpack: (bytes: Uint8Array) => Uint8Array, bytes: Uint8Array): string | undefined {
  try {
    return Buffer.from(unpack(bytes)).toString("hex")
  } catch (error) {
    if (unpack === ours) expect(error).toBeInstanceOf(ImageError)
    return undefined
  }
}
const ours = (bytes: Uint8Array) => gunzip(bytes, LIMIT)
const zlib = (bytes: Uint8Array) => gunzipSync(bytes)

function* flips(bytes: Uint8Array, end = bytes.length): Iterable<Uint8Array> {
  for (let bit = 0; bit < 8 * end; bit++) {
    const flipped = new Uint8Array(bytes)
    flipped[bit >> 3]! ^= 1 << (bit & 7)
    yield flipped
  }
}

/** A header with a name, a comment, an extra field and its CRC, as `gzip` of 1993 could write it. */
function longHeader(): Uint8Array {
  const header = Buffer.from(gzip.subarray(0, 10))
  header[3] = 4 | 8 | 16
  return Buffer.concat([header, Buffer.from("\x03\0abcname\0comment\0", "latin1"), gzip.subarray(10)])
}

describe("gunzip", () => {
  it.each([
    ["dynamic codes", gzip],
    ["fixed codes", gzipSync(text.subarray(0, 40), { strategy: 4 })],
    ["stored bytes", gzipSync(noise, { level: 0 })],
    ["two members", Buffer.concat([gzip, gzipSync(noise)])],
    ["a long header", longHeader()],
  ])("judges every flipped bit of a file of %s as zlib does", (_, bytes) => {
    for (const flipped of flips(bytes)) expect(verdict(ours, flipped)).toBe(verdict(zlib, flipped))
  })

  it("refuses every flipped bit of the data, with zeros behind it", () => {
    const whole = Buffer.concat([gzip, Buffer.alloc(8)])
    for (const flipped of flips(whole, gzip.length)) {
      const result = verdict(ours, flipped)
      expect(result).toBe(verdict(zlib, flipped))
      if (result !== undefined) expect(result).toBe(text.toString("hex"))
    }
  })

  it("says that a damaged file is damaged, not that it is empty", () => {
    for (const flipped of flips(Buffer.concat([gzip, Buffer.alloc(8)]), gzip.length)) {
      try {
        gunzip(flipped, LIMIT)
      } catch (error) {
        expect((error as Error).message).toMatch(/gzip file is (?:truncated or )?damaged/)
      }
    }
  })

  it("refuses every truncation, and every truncation that zeros fill", () => {
    for (let length = 0; length < gzip.length; length++) {
      expect(verdict(ours, gzip.subarray(0, length))).toBeUndefined()
      expect(verdict(ours, Buffer.concat([gzip.subarray(0, length), Buffer.alloc(gzip.length - length + 8, 0)]))).toBe(
        verdict(zlib, Buffer.concat([gzip.subarray(0, length), Buffer.alloc(gzip.length - length + 8, 0)])),
      )
    }
  })

  it.each([
    ["zeros", Buffer.alloc(500)],
    ["ones", Buffer.alloc(5, 0xff)],
    ["its size, as the build of Linux appends it", Buffer.from([text.length & 0xff, text.length >> 8, 0, 0])],
    ["some other file", Buffer.from("a device tree, perhaps")],
  ])("ignores %s behind a file", (_, rest) => {
    expect(verdict(ours, Buffer.concat([gzip, rest]))).toBe(text.toString("hex"))
  })

  it("checks the CRC of a header that has one", () => {
    const header = Buffer.from(gzip.subarray(0, 10))
    header[3] = 2
    const wrong = Buffer.concat([header, Buffer.from([0, 0]), gzip.subarray(10)])
    expect(verdict(zlib, wrong)).toBeUndefined()
    expect(verdict(ours, wrong)).toBeUndefined()
  })

  it("unpacks thousands of small members quickly", () => {
    const file = Buffer.concat(Array.from({ length: 20_000 }, () => gzipSync(Buffer.from("x"))))
    const start = performance.now()
    expect(gunzip(file, LIMIT)).toHaveLength(20_000)
    expect(performance.now() - start).toBeLessThan(5000)
  })
})
