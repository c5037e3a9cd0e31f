// The bus: what may stand where, and the byte order of what stands there.

import { describe, expect, it } from "vitest"
import type { ByteOrder, Region } from "../../devices/kit/index.ts"
import { Bus } from "../../src/bus.ts"
import { WiringError } from "../../src/wiring-error.ts"

function makeBus(byteOrder: ByteOrder = "little") {
  return new Bus({ byteOrder: () => byteOrder, before() {}, after() {}, missing() {} })
}

/** One word at offset 0, least significant byte first. */
function wordOf(size = 4): Region & { word: number } {
  return {
    word: 0x1122_3344,
    size,
    read(offset, bytes) {
      return bytes === 4 ? this.word : (this.word >>> (8 * offset)) & (bytes === 2 ? 0xffff : 0xff)
    },
    write(_, __, value) {
      this.word = value
    },
  }
}

const ram = { name: "ram", base: 0x1000, size: 0x1000, writable: true, host: () => 0 }
const rom = { ...ram, name: "rom", writable: false }
const at = (base: number, name = "part") => ({ name, base, size: 0x100, region: wordOf(0x100) })

describe("the bus", () => {
  it.each([
    ["two parts", [], [at(0x100, "one"), at(0x1ff)], "part at 0x1ff overlaps one."],
    ["a part between words", [], [at(0x202)], "part at 0x202 is misaligned: its address must be a multiple of 4."],
    ["a part in RAM", [ram], [at(0x1800)], "part at 0x1800 overlaps ram."],
    ["an address that is none", [], [at(-1)], "part stands at no address: -1."],
    ["a part of an address", [], [at(0.5)], "part stands at no address: 0.5."],
  ])("refuses %s", (_, memory, parts, message) => {
    const bus = makeBus()
    for (const range of memory) bus.addMemory(range)
    const add = () => {
      for (const range of parts) bus.addRegisters(range)
    }
    expect(add).toThrow(new WiringError(message))
  })

  it("lets registers stand behind read-only memory, as those of flash do", () => {
    const bus = makeBus()
    bus.addMemory(rom)
    bus.addRegisters(at(0x1000, "flash"))
    expect(bus.registers.map(({ name }) => name)).toEqual(["flash"])
  })

  it.each<[cpu: ByteOrder, region: ByteOrder | undefined, reads: number[]]>([
    ["little", undefined, [0x1122_3344, 0x3344, 0x44]],
    ["little", "little", [0x1122_3344, 0x3344, 0x44]],
    ["big", undefined, [0x1122_3344, 0x3344, 0x44]],
    ["big", "little", [0x4433_2211, 0x4433, 0x44]],
    ["little", "big", [0x4433_2211, 0x4433, 0x44]],
  ])("hands a %s-endian CPU the values of a region whose order is %s", (cpu, byteOrder, reads) => {
    const bus = makeBus(cpu)
    const region = wordOf()
    bus.addRegisters({ name: "part", base: 0, size: 4, region, ...(byteOrder ? { byteOrder } : {}) })
    expect([4, 2, 1].map((bytes) => bus.read(0, bytes))).toEqual(reads)
    bus.write(0, 4, 0x8000_0001)
    expect(region.word).toBe(byteOrder && byteOrder !== cpu ? 0x0100_0080 : 0x8000_0001)
    expect(bus.read(0, 4)).toBe(0x8000_0001)
  })
})
