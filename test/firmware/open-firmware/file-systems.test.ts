// Volumes made by genisoimage, xorriso and hfsutils, as the firmware reads them.

import { describe, expect, it } from "vitest"
import { ImageError } from "../../../firmware/image-error.ts"
import { readApplePartitions } from "../../../firmware/open-firmware/filesystems/apple-partitions.ts"
import { bytesSource, driveSource, windowOf } from "../../../firmware/open-firmware/filesystems/byte-source.ts"
import { parseDiskArguments } from "../../../firmware/open-firmware/filesystems/file-path.ts"
import { findOnDisk, mount } from "../../../firmware/open-firmware/filesystems/index.ts"
import { driveOf, fixture } from "./images.ts"

const hybrid = fixture("hybrid.iso")
const hfsPlus = fixture("hfsplus.iso")
const fragmented = fixture("frag.hfs")

/** The text that arguments of a disk name; undefined if there is no such file. */
function textOf(image: Uint8Array, args: string): string | undefined {
  const found = findOnDisk(bytesSource(image), parseDiskArguments(args)!)
  return found && String.fromCharCode(...found.source.read(0, found.source.size))
}

describe("an Apple partition map", () => {
  it("names partitions with their places", () => {
    expect(readApplePartitions(bytesSource(hybrid))).toMatchObject([
      { number: 1, name: "Apple", type: "Apple_partition_map", start: 512, size: 1024 },
      { number: 2, name: "TEST", type: "Apple_HFS", start: 8192 },
    ])
    expect(readApplePartitions(bytesSource(hfsPlus)).map(({ type }) => type)).toEqual([
      "Apple_partition_map",
      "ISO9660_data",
      "Apple_HFS",
      "ISO9660_data",
    ])
  })

  it("is not there on a bare volume", () => {
    expect(readApplePartitions(bytesSource(fragmented))).toEqual([])
  })
})

describe.each([
  ["HFS", hybrid, 2],
  ["HFS Plus", hfsPlus, 3],
])("a volume of %s", (_, image, partition) => {
  it("has a blessed folder with a boot script", () => {
    expect(textOf(image, ",\\\\:tbxi")).toMatch(/^<CHRP-BOOT>/)
    expect(textOf(image, `${partition},\\\\:tbxi`)).toMatch(/^<CHRP-BOOT>/)
    expect(textOf(image, ",\\\\bootinfo.txt")).toMatch(/^<CHRP-BOOT>/)
  })

  it("has files by path, whatever their case", () => {
    for (let i = 1; i <= 60; i++) {
      expect(textOf(image, `${partition},\\many\\File-With-A-Longer-Name-${i}.txt`)).toBe(`file number ${i}\n`)
    }
  })

  it("has no file where there is none", () => {
    for (const path of [
      "\\many\\nothing",
      "\\nowhere\\file-with-a-longer-name-1.txt",
      "\\many",
      "\\",
      "\\many\\:none",
    ]) {
      expect(textOf(image, `${partition},${path}`)).toBeUndefined()
    }
    expect(textOf(image, "9,\\ppc\\bootinfo.txt")).toBeUndefined()
  })
})

describe("a volume of ISO 9660", () => {
  const { start } = readApplePartitions(bytesSource(hybrid))[1]!

  it("has files by their Rock Ridge names", () => {
    // Without its partition map the disk is a plain CD-ROM.
    const plain = hybrid.slice()
    plain.fill(0, 0, start + 2048)
    expect(textOf(plain, ",\\many\\file-with-a-longer-name-60.txt")).toBe("file number 60\n")
    expect(textOf(plain, ",\\\\:tbxi")).toBeUndefined()
  })
})

describe("a file in dozens of pieces", () => {
  it("reads as a whole", () => {
    const lines = Array.from(
      { length: 12_000 },
      (_, i) =>
        `${Math.floor(i / 64)
          .toString()
          .padStart(7, "0")}\n`,
    )
    const found = findOnDisk(bytesSource(fragmented), parseDiskArguments(",\\\\:tbxi")!)!
    expect(Buffer.from(found.source.read(0, found.source.size)).toString()).toBe(lines.join(""))
    expect(Buffer.from(found.source.read(41_000, 16)).toString()).toBe(lines.join("").slice(41_000, 41_016))
  })
})

describe("a drive", () => {
  it("reads any bytes, across blocks and chunks", () => {
    const source = driveSource(driveOf(hybrid))
    for (const [at, length] of [
      [0, 1],
      [2047, 2],
      [65_530, 70_000],
      [hybrid.length - 3, 3],
    ] as const) {
      expect(source.read(at, length)).toEqual(hybrid.slice(at, at + length))
    }
    expect(() => source.read(hybrid.length - 1, 2)).toThrow(ImageError)
  })
})

describe("arguments of a disk", () => {
  it.each([
    ["", undefined, ""],
    ["2", 2, ""],
    ["0", 0, ""],
    [",\\\\:tbxi", undefined, "\\\\:tbxi"],
    ["3,\\boot\\x", 3, "\\boot\\x"],
    ["\\boot\\x", undefined, "\\boot\\x"],
    [",%BOOT", undefined, "%BOOT"],
  ])("are read from '%s'", (args, partition, path) => {
    expect(parseDiskArguments(args)).toEqual({ partition, path })
  })

  it("are refused if they make no sense", () => {
    expect(parseDiskArguments("boot")).toBeUndefined()
  })
})

describe("a damaged volume", () => {
  /** Numbers that repeat exactly: a linear congruential generator. */
  function* numbers(seed: number): Generator<number> {
    for (let x = seed; ; ) {
      x = (Math.imul(x, 1_103_515_245) + 12_345) >>> 0
      yield x >>> 8
    }
  }

  it.each([
    ["HFS", hybrid, [[8192, 40_000]]],
    ["HFS Plus", hfsPlus, [[65_536, 60_000]]],
    ["HFS in pieces", fragmented, [[0, 20_000]]],
    ["ISO 9660", hybrid, [[32_768, 30_000]]],
  ] as const)("of %s never does worse than an ImageError", (kind, image, [[from, length]]) => {
    const random = numbers(kind.length)
    const next = (below: number) => random.next().value! % below
    for (let round = 0; round < 60; round++) {
      const broken = image.slice()
      for (let i = 0; i < 40; i++) broken[from + next(length)] = next(256)
      const source =
        kind === "ISO 9660"
          ? bytesSource(broken)
          : windowOf(bytesSource(broken), from === 0 ? 0 : from, broken.length - from)
      try {
        const volume = mount(source)
        for (const entry of volume?.list(volume.root) ?? []) {
          if (entry.kind === "folder") volume!.list(entry.id)
          else if (entry.open().size < 1e6) entry.open().read(0, entry.open().size)
        }
      } catch (error) {
        expect(error).toBeInstanceOf(ImageError)
      }
    }
  })
})
