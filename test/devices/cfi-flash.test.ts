// CFI flash: the query table and identifiers as read from QEMU 7.2's `virt` and `versatilepb` boards, the commands
// from the Intel StrataFlash (J3) datasheet.
import { describe, expect, it } from "vitest"
import { cfiFlash } from "../../devices/flash/cfi-flash.ts"
import { unconnected } from "../../devices/kit/index.ts"
import { TestBench } from "../../devices/testing.ts"
import { virtioMmio } from "../../devices/virtio/virtio-mmio.ts"

const both = (value: number) => (value | (value << 16)) >>> 0
const READY = both(0x80)
const BAD_SEQUENCE = both(0xb0)

function make(options: Parameters<typeof cfiFlash.create>[0]["options"] = {}) {
  const bench = new TestBench()
  const wires = { readArray: bench.line("readArray") }
  const flash = cfiFlash.create({ clock: bench.clock, log: bench.log, wires, options })
  return {
    bench,
    flash,
    read: (at: number) => flash.read(at, 4),
    write: (at: number, v: number) => flash.write(at, 4, v),
  }
}

describe("cfi-flash", () => {
  it("starts as an array of what it was given, erased beyond", () => {
    const { bench, flash, read } = make({ contents: Uint8Array.from([1, 2, 3, 4, 5]) })
    expect([flash.size, bench.levels["readArray"]]).toEqual([64 * 2 ** 20, true])
    expect([read(0), read(4), read(0x40000)]).toEqual([0x0403_0201, 0xffff_ff05, 0xffff_ffff])
    expect([flash.read(3, 1), flash.read(2, 2)]).toEqual([4, 0x0403])
    expect([...flash.direct(1)!.subarray(0, 3)]).toEqual([2, 3, 4])
    expect(flash.direct(1)!.length).toBe(0x40000 - 1)
  })

  it("answers the query of a `virt` bank", () => {
    const { bench, flash, read, write } = make()
    write(0x55 * 4, both(0x98))
    expect([bench.levels["readArray"], flash.direct(0)]).toEqual([false, undefined])
    const table = Array.from({ length: 0x40 - 0x10 }, (_, n) => read(4 * (n + 0x10)))
    expect(table.every((word) => word >>> 16 === (word & 0xffff))).toBe(true)
    expect(table.map((word) => (word & 0xff).toString(16)).join(" ")).toBe(
      "51 52 59 1 0 31 0 0 0 0 0 45 55 0 0 7 7 a 0 4 4 4 0 19 2 0 b 0 1 ff 0 0 2 50 52 49 31 30 0 0 0 0 0 0 0 0 0 1",
    )
    write(0, both(0xff))
    expect([bench.levels["readArray"], read(0x40)]).toEqual([true, 0xffff_ffff])
  })

  it("answers the query of a `versatilepb` bank, one chip 32 bits wide", () => {
    const { read, write } = make({ deviceWidth: 4 })
    write(0, 0x98)
    const words = [0x10, 0x11, 0x12, 0x27, 0x2a, 0x2c, 0x2d, 0x2e, 0x2f, 0x30].map((n) => read(4 * n))
    expect(words).toEqual([0x51, 0x52, 0x59, 0x1a, 0x0b, 1, 0xff, 0, 0, 4])
  })

  it("gives its identifiers", () => {
    const { read, write } = make()
    write(0, both(0x90))
    expect([read(0), read(4), read(8)]).toEqual([0x0089_0089, 0x0018_0018, 0])
  })

  it("programs ones to zeros, a word at a time", () => {
    const { flash, read, write } = make()
    for (const value of [0xff00_ff0f, 0x1234_5678]) {
      write(0x100, both(0x40))
      write(0x100, value)
      expect(read(0x100)).toBe(READY)
    }
    write(0, both(0xff))
    expect(read(0x100)).toBe(0x1200_5608)
    expect(Object.keys((flash.snapshot() as { sectors: object }).sectors)).toEqual(["0"])
  })

  it("erases a sector", () => {
    const { read, write } = make({ contents: new Uint8Array(0x80000) })
    write(0x40010, both(0x20))
    write(0x40010, both(0xd0))
    expect(read(0)).toBe(READY)
    write(0, both(0xff))
    expect([read(0x3fffc), read(0x40000), read(0x7fffc)]).toEqual([0, 0xffff_ffff, 0xffff_ffff])
  })

  it("programs through the write buffer", () => {
    const { read, write } = make()
    write(0x40000, both(0xe8))
    expect(read(0x40000)).toBe(READY)
    write(0x40000, both(3))
    for (let n = 0; n < 4; n++) write(0x40010 + 4 * n, 0x1000 + n)
    write(0x40000, both(0xd0))
    expect(read(0)).toBe(READY)
    write(0, both(0xff))
    expect([0, 1, 2, 3, 4].map((n) => read(0x40010 + 4 * n))).toEqual([0x1000, 0x1001, 0x1002, 0x1003, 0xffff_ffff])
  })

  it("reports a wrong sequence until the status is cleared", () => {
    const wrong: { [name: string]: [at: number, value: number][] } = {
      "an erase without its confirmation": [
        [0, both(0x20)],
        [0, both(0x70)],
      ],
      "a count beyond the buffer": [
        [0, both(0xe8)],
        [0, both(0x400)],
      ],
      "words of two buffers": [
        [0, both(0xe8)],
        [0, both(1)],
        [0xffc, 0],
        [0x1000, 0],
      ],
      "a buffer without its confirmation": [
        [0, both(0xe8)],
        [0, both(0)],
        [0, 0],
        [0, both(0xff)],
      ],
    }
    for (const [name, writes] of Object.entries(wrong)) {
      const { read, write } = make()
      for (const [at, value] of writes) write(at, value)
      expect(read(0), name).toBe(BAD_SEQUENCE)
      write(0, both(0x50))
      expect(read(0), name).toBe(READY)
      write(0, both(0xff))
      expect([read(0), read(0xffc)], name).toEqual([0xffff_ffff, 0xffff_ffff])
    }
  })

  it("keeps its contents over a reset and in a snapshot", () => {
    const { flash, read, write } = make()
    write(0, both(0x40))
    write(0, 0xdead_beef)
    const saved = JSON.parse(JSON.stringify(flash.snapshot()))
    flash.reset()
    expect(read(0)).toBe(0xdead_beef)
    const other = make()
    other.flash.restore(saved)
    other.write(0, both(0xff))
    expect(other.read(0)).toBe(0xdead_beef)
  })
})

describe("virtio-mmio", () => {
  it("is an empty legacy slot (VIRTIO 1.1, section 4.2.2)", () => {
    const slot = virtioMmio.create({ clock: new TestBench().clock, wires: { irq: unconnected } })
    expect([0x00, 0x04, 0x08, 0x0c].map((at) => slot.read(at, 4))).toEqual([0x7472_6976, 1, 0, 0x554d_4551])
    slot.write(0x70, 4, 1)
    expect([slot.read(0x70, 4), slot.read(0x100, 1)]).toEqual([0, 0])
  })
})
