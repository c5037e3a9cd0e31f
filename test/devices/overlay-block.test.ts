// Copy on write: reads and writes against a plain array, over an image that must not change.

import { expect, it } from "vitest"
import { BytesBlock } from "../../devices/block/bytes-block.ts"
import { OverlayBlock } from "../../devices/block/overlay-block.ts"
import { Random } from "../support/random.ts"
import { FailingBlock } from "./ide-bench.ts"

const SIZE = 3 * 65_536 + 512

it("shows what was written, and leaves the image as it was", () => {
  const image = new Uint8Array(SIZE).map((_, n) => n * 13)
  const twin = image.slice()
  const overlay = new OverlayBlock(new BytesBlock(image))
  const random = new Random(5)
  const below = (n: number) => random.u32() % n
  for (let step = 0; step < 2000; step++) {
    const length = 1 + below(step % 10 === 0 ? 100_000 : 2000)
    const at = below(SIZE - length + 1)
    if (step % 2 === 0) {
      const data = new Uint8Array(length).fill(step)
      expect(overlay.write(at, data)).toBe(true)
      twin.set(data, at)
    } else {
      const data = new Uint8Array(length)
      expect(overlay.read(at, data)).toBe(true)
      expect(Buffer.compare(data, twin.subarray(at, at + length))).toBe(0)
    }
  }
  expect(image.every((byte, n) => byte === ((n * 13) & 0xff))).toBe(true)
})

it("refuses what lies outside", () => {
  const overlay = new OverlayBlock(new BytesBlock(new Uint8Array(1000)))
  expect([overlay.read(999, new Uint8Array(2)), overlay.write(999, new Uint8Array(2))]).toEqual([false, false])
  expect([overlay.read(998, new Uint8Array(2)), overlay.flush()]).toEqual([true, true])
})

it("fails where the image cannot be read", () => {
  const overlay = new OverlayBlock(new FailingBlock(new Uint8Array(200_000), 70_000))
  expect([overlay.write(10, new Uint8Array(4)), overlay.write(80_000, new Uint8Array(4))]).toEqual([true, false])
})
