// PNG files: what a decoder finds in them.

import { crc32, inflateSync } from "node:zlib"
import { expect, it } from "vitest"
import { encodePng } from "../../src/host/png.ts"

it("a picture is a PNG with its size, its rows and right checksums", () => {
  const rgb = Uint8Array.from({ length: 3 * 5 * 3 }, (_, n) => n * 5)
  const bytes = Buffer.from(encodePng({ width: 5, height: 3, rgb }))
  expect(bytes.subarray(0, 8).toString("latin1")).toBe("\x89PNG\r\n\x1a\n")
  const chunks: { [type: string]: Buffer } = {}
  for (let at = 8; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at)
    expect(bytes.readUInt32BE(at + 8 + length)).toBe(crc32(bytes.subarray(at + 4, at + 8 + length)))
    chunks[bytes.subarray(at + 4, at + 8).toString("latin1")] = bytes.subarray(at + 8, at + 8 + length)
    at += 12 + length
  }
  expect(Object.keys(chunks)).toEqual(["IHDR", "IDAT", "IEND"])
  expect([...chunks["IHDR"]!]).toEqual([0, 0, 0, 5, 0, 0, 0, 3, 8, 2, 0, 0, 0])
  const rows = inflateSync(chunks["IDAT"]!)
  const pixels = [0, 1, 2].flatMap((y) => [...rows.subarray(16 * y + 1, 16 * y + 16)])
  expect(pixels).toEqual([...rgb])
  expect([rows[0], rows[16], rows[32]]).toEqual([0, 0, 0])
})
