// The places of a board's drives: who takes which, and what does not fit.

import { describe, expect, it } from "vitest"
import { BytesBlock } from "../../devices/block/bytes-block.ts"
import { ImageError } from "../../firmware/image-error.ts"
import { type DriveOptions, placeDrives } from "../../src/machines/drives.ts"
import { virt } from "../../src/machines/virt.ts"

const mac = { ...virt, name: "mac", drivePlaces: 4 }
const image = (bytes = 1024) => new BytesBlock(new Uint8Array(bytes))
const place = (...drives: DriveOptions[]) => placeDrives(mac, drives)

describe("drives", () => {
  it("take the places that they ask for, and the first free ones", () => {
    const [one, two, disc] = [image(), image(), image(2048)]
    const placed = place(
      { image: one },
      { image: two, index: 0 },
      { media: "cdrom", image: disc, index: 2 },
      { media: "cdrom" },
    )
    expect(placed.map((drive) => drive?.media)).toEqual(["disk", "disk", "cdrom", "cdrom"])
    expect(placed.map((drive) => drive?.block)).toEqual([two, one, disc, undefined])
    expect(place({ image: one })).toEqual([{ media: "disk", block: one }, undefined, undefined, undefined])
  })

  it("keep what is written to bytes beside them", () => {
    const bytes = new Uint8Array(512).fill(7)
    const block = place({ image: bytes })[0]!.block!
    expect(block.write(100, Uint8Array.of(1, 2))).toBe(true)
    const read = new Uint8Array(4)
    block.read(99, read)
    expect([[...read], bytes[100], block.isReadOnly]).toEqual([[7, 1, 2, 7], 7, false])
  })

  it.each<[string, readonly DriveOptions[], string]>([
    ["a place that is not there", [{ image: image(), index: 4 }], "mac has places 0 to 3 for drives, but no place 4."],
    ["a place twice", [0, 0].map((index) => ({ image: image(), index })), "There are two drives at place 0."],
    [
      "too many",
      Array.from({ length: 5 }, () => ({ image: image() })),
      "mac has 4 places for drives, which is too few.",
    ],
    ["a disk without an image", [{ name: "The disk" }], "The disk is missing."],
    ["an empty image", [{ name: "The disk", image: image(0) }], "The disk is empty."],
    [
      "a disk of a broken size",
      [{ name: "The disk", image: image(1000) }],
      "The disk has 1000 bytes, which is no multiple of its sectors of 512.",
    ],
    [
      "a disc of a broken size",
      [{ media: "cdrom", image: new Uint8Array(512 * 3) }],
      "The image of the cdrom has 1536 bytes, which is no multiple of its sectors of 2048.",
    ],
  ])("refuse %s", (_, drives, message) => {
    expect(() => place(...drives)).toThrow(new ImageError(message))
  })

  it("are refused by a board without places", () => {
    expect(() => placeDrives(virt, [{ image: image() }])).toThrow(new ImageError("virt has no place for a drive."))
    expect(placeDrives(virt, [])).toEqual([])
  })
})
