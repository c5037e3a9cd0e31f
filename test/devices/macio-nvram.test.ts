// NVRAM of a Mac: the spacing of its bytes, as on QEMU 7.2's g3beige and mac99.
import { describe, expect, it } from "vitest"
import { macioNvram } from "../../devices/nvram/macio-nvram.ts"
import { TestBench } from "../../devices/testing.ts"

function make(stride: number) {
  const { clock, log } = new TestBench()
  const contents = Uint8Array.of(0x70, 0xd9, 0x00, 0xc1)
  return macioNvram.create({ clock, log, wires: {}, options: { stride, contents } })
}

describe("macio-nvram", () => {
  it("has a byte in each sixteen addresses on g3beige", () => {
    const part = make(16)
    expect([part.size, part.read(0, 1), part.read(0x10, 1), part.read(0x1f, 1)]).toEqual([0x2_0000, 0x70, 0xd9, 0xd9])
    part.write(0x1_fff0, 1, 0x5a)
    expect(part.read(0x1_ffff, 1)).toBe(0x5a)
  })

  it("has a byte in each two addresses on mac99, so that a word sees each twice", () => {
    const part = make(2)
    // Little-endian, for a bus that swaps the bytes of a value: 7070d9d9 to a Macintosh.
    expect([part.size, part.read(0, 4)]).toEqual([0x4000, 0xd9d9_7070])
  })

  it("keeps its contents over a reset", () => {
    const part = make(16)
    part.write(0x100, 1, 7)
    part.reset()
    expect([part.read(0x100, 1), part.read(0, 1)]).toEqual([7, 0x70])
  })
})
