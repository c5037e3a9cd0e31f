// fw_cfg: expected behaviour from QEMU's docs/specs/fw_cfg.rst, and from QEMU 7.2's g3beige.
import { describe, expect, it } from "vitest"
import { fwCfg } from "../../devices/misc/fw-cfg.ts"
import { TestBench } from "../../devices/testing.ts"

function make() {
  const bench = new TestBench()
  const items = [
    { key: 0, bytes: new TextEncoder().encode("QEMU") },
    { key: 0x8003, bytes: Uint8Array.of(0xc0, 0x4b, 0xfd, 0) },
  ]
  // As a big-endian CPU sees it.
  const part = fwCfg.create({ clock: bench.clock, log: bench.log, wires: {}, byteOrder: "big", options: { items } })
  const take = (count: number) => Array.from({ length: count }, () => part.read(2, 1))
  return { bench, part, take }
}

describe("fw-cfg", () => {
  it("gives the signature after a reset, then zeros", () => {
    const { take, part } = make()
    expect(String.fromCharCode(...take(6))).toBe("QEMU\0\0")
    part.reset()
    expect(take(1)).toEqual([0x51])
  })

  it("starts over whenever an item is selected", () => {
    const { take, part } = make()
    part.write(0, 2, 0x8003)
    expect(take(3)).toEqual([0xc0, 0x4b, 0xfd])
    part.write(0, 2, 0x8003)
    expect(take(1)).toEqual([0xc0])
  })

  it("reads as zero where there is no item, and takes no writes", () => {
    const { take, part, bench } = make()
    part.write(0, 2, 0x1234)
    expect(take(2)).toEqual([0, 0])
    part.write(0, 2, 0x4000)
    part.write(2, 1, 0)
    expect([take(2), part.read(0, 2), bench.messages]).toEqual([[0x51, 0x45], 0, []])
  })
})
