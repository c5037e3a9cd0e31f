// Compressed images: made with zlib and xz, damaged at every offset, and larger than allowed.

import { execFileSync } from "node:child_process"
import { crc32, gzipSync } from "node:zlib"
import { describe, expect, it } from "vitest"
import { encodeUimage, ImageError, parseUimage, unpack } from "../../../firmware/loader/index.ts"
import { skipReason } from "../../support/guests.ts"
import { rejectsOnlyWithImageError } from "../only-image-error.ts"
import { forEachCorruption, forEachTruncation, paste } from "../sample-images.ts"

const MiB = 1024 * 1024
const data = new TextEncoder().encode("a kernel that says the same thing over and over. ".repeat(4000))
const small = new TextEncoder().encode("a small raw program, a small raw program")

const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0

describe("unpack", () => {
  it("leaves alone what is not compressed", async () => {
    expect(await unpack(small)).toBe(small)
  })

  it("peels gzip, once or twice", async () => {
    expect(same(await unpack(gzipSync(data)), data)).toBe(true)
    expect(same(await unpack(gzipSync(gzipSync(data))), data)).toBe(true)
  })

  it("joins the members of a gzip file", async () => {
    const both = Buffer.concat([gzipSync(data), gzipSync(small), gzipSync("")])
    expect(same(await unpack(both), Buffer.concat([data, small]))).toBe(true)
  })

  it("ignores padding after a gzip file", async () => {
    for (const padding of [1, 3, 4, 500, 40_000]) {
      for (const fill of [0, 0xff]) {
        const padded = Buffer.concat([gzipSync(data), Buffer.alloc(padding, fill)])
        expect(same(await unpack(padded), data)).toBe(true)
      }
    }
  })

  it("reads gzip headers with name, comment, extra field and header CRC", async () => {
    const plain = gzipSync(small)
    const header = Buffer.from(plain.subarray(0, 10))
    header[3] = 2 | 4 | 8 | 16
    const fields = Buffer.concat([header, Buffer.from("\x03\0abcname\0comment\0", "latin1")])
    const crc = Buffer.alloc(2)
    crc.writeUInt16LE(crc32(fields) & 0xffff)
    expect(same(await unpack(Buffer.concat([fields, crc, plain.subarray(10)])), small)).toBe(true)
  })

  it("unpacks the payload of a uImage and keeps its header", async () => {
    const image = {
      name: "kernel",
      time: 1,
      loadAddress: 0x8000,
      entry: 0x8000,
      os: 5,
      architecture: 2,
      type: 2,
      compression: "gzip",
      payload: gzipSync(data),
    } as const
    const unpacked = parseUimage(await unpack(gzipSync(encodeUimage(image))))
    expect(unpacked).toEqual({ ...image, compression: "none", payload: unpacked.payload })
    expect(same(unpacked.payload, data)).toBe(true)
    await expect(unpack(encodeUimage({ ...image, compression: "lzma" }))).rejects.toThrow(
      /lzma file is truncated or damaged/,
    )
  })

  it("refuses more output than the limit", async () => {
    const bomb = gzipSync(new Uint8Array(64 * MiB))
    await expect(unpack(bomb, { limit: MiB })).rejects.toThrow(/more than 1 MiB/)
    await expect(unpack(gzipSync(data), { limit: data.length - 1 })).rejects.toThrow(ImageError)
    expect(same(await unpack(gzipSync(data), { limit: data.length }), data)).toBe(true)
  })

  it("refuses endless layers", async () => {
    let nested: Uint8Array = data
    for (let layer = 0; layer < 12; layer++) nested = gzipSync(nested)
    await expect(unpack(nested)).rejects.toThrow(/8 times/)
  })

  it("refuses every truncation of a gzip file", async () => {
    const whole = gzipSync(small)
    const attempts: Promise<boolean>[] = []
    forEachTruncation(whole, (shorter, length) => {
      if (length >= 2) attempts.push(rejectsOnlyWithImageError(() => unpack(shorter)))
    })
    expect((await Promise.all(attempts)).every(Boolean)).toBe(true)
  })

  it("answers every corruption of a gzip file with the data or an ImageError", async () => {
    const attempts: Promise<void>[] = []
    const whole = Buffer.concat([gzipSync(small), gzipSync(small)])
    forEachCorruption(whole.subarray(2), (damaged) => {
      const file = paste(whole.slice(), 2, damaged)
      attempts.push(rejectsOnlyWithImageError(() => unpack(file, { limit: MiB })).then(() => undefined))
    })
    await Promise.all(attempts)
  })
})

const noXz = skipReason({ tools: ["xz"] })
describe.skipIf(noXz)("unpack of xz files", () => {
  const xz = (input: Uint8Array, ...options: string[]) => execFileSync("xz", ["-c", ...options], { input })

  it("unpacks what xz packed, with each kind of check", async () => {
    for (const check of ["none", "crc32", "crc64"]) {
      expect(same(await unpack(xz(data, `--check=${check}`)), data)).toBe(true)
    }
    expect(same(await unpack(gzipSync(xz(data))), data)).toBe(true)
  })

  it("refuses more output than the limit, and works afterwards", async () => {
    const bomb = xz(new Uint8Array(64 * MiB))
    await expect(unpack(bomb, { limit: MiB })).rejects.toThrow(/more than 1 MiB/)
    expect(same(await unpack(xz(data)), data)).toBe(true)
  })

  it("refuses every truncation", async () => {
    const whole = xz(small)
    for (let length = 6; length < whole.length; length++) {
      expect(await rejectsOnlyWithImageError(() => unpack(whole.subarray(0, length)))).toBe(true)
    }
  })

  it("refuses corruption and works afterwards", async () => {
    const whole = xz(small, "--check=crc32")
    for (let offset = 6; offset < whole.length; offset++) {
      const damaged = Buffer.from(whole)
      damaged[offset] = damaged[offset]! ^ 0x55
      await rejectsOnlyWithImageError(() => unpack(damaged, { limit: MiB }))
    }
    expect(same(await unpack(whole), small)).toBe(true)
  })

  it("names a dictionary that is too large", async () => {
    const file = xz(small, "--lzma2=preset=0,dict=1536MiB")
    expect(await rejectsOnlyWithImageError(() => unpack(file))).toBe(true)
  })
})
