// zImage, PE, uImage and Linux Image headers, and what recognise makes of each kind of file.

import { readFileSync } from "node:fs"
import { gunzipSync, gzipSync, crc32 as zlibCrc32 } from "node:zlib"
import { describe, expect, it } from "vitest"
import { crc32 } from "../../../firmware/crc32.ts"
import { encodeBlob, node } from "../../../firmware/device-tree/index.ts"
import {
  describeImage,
  encodeUimage,
  ImageError,
  parsePe,
  parseUimage,
  parseZimage,
  recognise,
  type UImage,
} from "../../../firmware/loader/index.ts"
import { findGuest, skipReason } from "../../support/guests.ts"
import { throwsOnlyImageError } from "../only-image-error.ts"
import {
  elf32,
  elf64WithSymbols,
  forEachCorruption,
  forEachTruncation,
  paste,
  pe64,
  poke,
  zimage,
} from "../sample-images.ts"

const uimage: UImage = {
  name: "Linux-6.1",
  time: 1_700_000_000,
  loadAddress: 0x8000,
  entry: 0x8040,
  os: 5,
  architecture: 2,
  type: 2,
  compression: "none",
  payload: Uint8Array.from({ length: 100 }, (_, i) => i),
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const arm64 = paste(
  poke(64, "little", [
    [8, 8, 0x8_0000],
    [16, 8, 0x100_0000],
  ]),
  56,
  "ARM\x64",
)

describe("crc32", () => {
  it("gives the check value of the polynomial", () => {
    expect(crc32(bytes("123456789"))).toBe(0xcbf4_3926)
  })

  it("continues from a CRC before", () => {
    expect(crc32(bytes("456789"), crc32(bytes("123")))).toBe(0xcbf4_3926)
  })
})

describe("parseZimage", () => {
  it("reads size, byte order and what is appended", () => {
    const file = paste(new Uint8Array(0x110), 0, zimage(0x100))
    expect(parseZimage(file)).toEqual({ endian: "little", start: 0, size: 0x100, appended: 16, hasEfiStub: false })
    expect(parseZimage(zimage(0x100, { big: true })).endian).toBe("big")
  })

  it("reads the sizes of the unpacked kernel", () => {
    const image = zimage(0x100, { unpackedSize: 0x50_0000, zeroedSize: 0x1234 })
    expect(parseZimage(image)).toMatchObject({ unpackedSize: 0x50_0000, zeroedSize: 0x1234 })
  })
})

describe("parsePe", () => {
  it("reads headers, sections and directories", () => {
    const pe = parsePe(pe64())
    expect(pe).toMatchObject({ machine: 0x200, class: 64, subsystem: 10, imageBase: 0x10_0000_0000n })
    expect(pe).toMatchObject({ entryPoint: 0x1004, imageSize: 0x3000, characteristics: 0x206 })
    expect(pe.headers.length).toBe(0x200)
    expect(pe.directories).toEqual([
      { virtualAddress: 0, size: 0 },
      { virtualAddress: 0x1100, size: 0x20 },
    ])
    expect(pe.sections).toEqual([
      {
        name: ".text",
        virtualAddress: 0x1000,
        virtualSize: 0x1800,
        bytes: new Uint8Array(0x200).fill(0xcc),
        characteristics: 0x6000_0020,
      },
    ])
  })

  it("refuses a section outside the image", () => {
    const image = pe64()
    new DataView(image.buffer).setUint32(0xd8 + 12, 0x2000, true)
    expect(() => parsePe(image)).toThrow(ImageError)
  })
})

describe("parseUimage", () => {
  it("reads what encodeUimage wrote, whose CRCs are those of zlib", () => {
    const file = Buffer.from(encodeUimage(uimage))
    expect(parseUimage(file)).toEqual(uimage)
    expect(file.readUInt32BE(24)).toBe(zlibCrc32(uimage.payload))
    const header = Buffer.from(file.subarray(0, 64))
    header.writeUInt32BE(0, 4)
    expect(file.readUInt32BE(4)).toBe(zlibCrc32(header))
  })

  it("refuses a changed bit anywhere", () => {
    forEachCorruption(encodeUimage(uimage), (damaged) => {
      expect(throwsOnlyImageError(() => parseUimage(damaged))).toBe(true)
    })
  })
})

describe("recognise", () => {
  const samples: [string, Uint8Array][] = [
    ["ELF file, 32-bit big-endian PowerPC", elf32({ machine: 20, endian: "big", entry: 0, segments: [] })],
    ["ELF file, 64-bit little-endian IA-64", elf64WithSymbols()],
    ["ARM Linux zImage, little-endian, 4 KiB", zimage(4096)],
    ["AArch64 Linux Image", arm64],
    ["PE image, IA-64 EFI application", pe64()],
    ['uImage "Linux-6.1", ARM kernel, compression none', encodeUimage(uimage)],
    ["gzip file", gzipSync("x")],
    ["xz file", Uint8Array.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 4)],
    ["device tree blob", encodeBlob(node(""))],
    ["cpio archive", bytes("070701000000")],
    ["raw binary", bytes("something else")],
  ]
  for (const [text, file] of samples) {
    it(`calls it: ${text}`, () => {
      expect(describeImage(recognise(file))).toBe(text)
    })
  }

  it("refuses an empty file", () => {
    expect(() => recognise(new Uint8Array())).toThrow(ImageError)
  })

  it("prefers zImage where a file is a PE image as well", () => {
    const both = paste(zimage(0x800), 0x200, pe64().subarray(0x40))
    paste(both, 0, "MZ")
    new DataView(both.buffer).setUint32(0x3c, 0x200, true)
    expect(recognise(both)).toMatchObject({ format: "zimage", hasEfiStub: true })
  })

  it("answers truncated and corrupted files with a kind or an ImageError", () => {
    for (const [, file] of samples) {
      const parsers = [recognise, parsePe, parseZimage, parseUimage]
      forEachTruncation(file.slice(0, 2048), (shorter) => {
        for (const parse of parsers) throwsOnlyImageError(() => parse(shorter))
      })
      forEachCorruption(file.slice(0, 2048), (damaged) => {
        for (const parse of parsers) throwsOnlyImageError(() => parse(damaged))
      })
    }
  })

  it("refuses truncated files of formats that say how long they are", () => {
    forEachTruncation(zimage(256), (shorter, length) => {
      if (length >= 0x28) expect(throwsOnlyImageError(() => recognise(shorter))).toBe(true)
    })
    forEachTruncation(encodeUimage(uimage), (shorter, length) => {
      if (length >= 4) expect(throwsOnlyImageError(() => recognise(shorter))).toBe(true)
    })
    forEachTruncation(pe64(), (shorter, length) => {
      if (length >= 0x44) expect(throwsOnlyImageError(() => parsePe(shorter))).toBe(true)
    })
  })
})

const GUESTS: [string, string | RegExp][] = [
  ["arm/versatilepb-zImage", /^ARM Linux zImage, little-endian, 2.7 MiB$/],
  ["arm/virt-efi-zImage", /^ARM Linux zImage, little-endian, 2.8 MiB, with EFI stub$/],
  ["arm/versatile-pb.dtb", "device tree blob"],
  ["arm/initramfs-armel.cpio.gz", "gzip file"],
  ["ppc/vmlinux", "ELF file, 32-bit big-endian PowerPC"],
  ["ia64/optest/optest", "ELF file, 64-bit little-endian IA-64"],
  ["debian-installer-12-netboot-armhf/vmlinuz", /^ARM Linux zImage, little-endian, .*with EFI stub$/],
  ["u-boot-qemu/u-boot.bin", "raw binary"],
]
for (const [name, text] of GUESTS) {
  it.skipIf(skipReason({ guests: [name] }))(`recognises the guest ${name}`, () => {
    expect(describeImage(recognise(readFileSync(findGuest(name)!)))).toMatch(text)
  })
}

const kernel = "arm/versatilepb-zImage"
it.skipIf(skipReason({ guests: [kernel] }))(
  "finds the unpacked size that the compressed data of a real zImage has",
  () => {
    const file = readFileSync(findGuest(kernel)!)
    const at = file.indexOf(Uint8Array.of(0x1f, 0x8b, 8, 0))
    const end = parseZimage(file).size
    // The gzip data ends with its own size, somewhere before the end of the image.
    const size = parseZimage(file).unpackedSize!
    const tail = Buffer.alloc(4)
    tail.writeUInt32LE(size)
    const trailer = file.subarray(0, end).lastIndexOf(tail)
    expect(gunzipSync(file.subarray(at, trailer + 4)).length).toBe(size)
  },
)

const efi = "arm/virt-efi-zImage"
it.skipIf(skipReason({ guests: [efi] }))("takes the EFI stub of a real kernel apart", () => {
  const pe = parsePe(readFileSync(findGuest(efi)!))
  expect(pe).toMatchObject({ machine: 0x1c2, class: 32, subsystem: 10 })
  expect(pe.sections.map(({ name }) => name)).toEqual([".text", ".data"])
})
