// Guests of either byte order and width against a twin that is a plain array of bytes, and where bytes stand in RAM.

import { beforeAll, describe, expect, it } from "vitest"
import type { Access } from "../../cpu/ir/index.ts"
import type { ByteOrder } from "../../cpu/isa/index.ts"
import { FETCH } from "../../mmu/access.ts"
import { physicalAddress, type VirtualAddress, virtualAddress, virtualAddress64 } from "../../mmu/address.ts"
import { DEVICE, FOUR_REGIMES, PlainMachine, RAM_BYTES } from "./plain-machine.ts"
import { Random } from "./random-tables.ts"

const access = (bytes: 1 | 2 | 4 | 8): Access => ({ bytes, signed: false, align: "any", asUser: false })
const [USER, SYSTEM, , SYSTEM_SWAPPED] = [0, 1, 2, 3]
/** First address of the mapped window, whose pages are RAM's in another order. */
const WINDOW = { i32: 0xfff8_0000n, i64: 0xe123_4567_89a8_0000n } as const
const PAGES = RAM_BYTES / 4096
/** 5 and 16 have no divisor in common, so each page is hit once. */
const physicalOf = (page: number) => (page * 5 + 3) % PAGES

const SHAPES: readonly (readonly [ByteOrder, "i32" | "i64"])[] = [
  ["big", "i32"],
  ["big", "i64"],
  ["little", "i32"],
  ["little", "i64"],
]

describe.each(SHAPES)("a %s-endian guest of %s addresses", (byteOrder, addressType) => {
  let machine: PlainMachine
  /** The bytes of RAM as the guest numbers them. */
  const twin = new Uint8Array(RAM_BYTES)
  const start = WINDOW[addressType]
  const at = (offset: number): VirtualAddress =>
    addressType === "i64" ? virtualAddress64(start + BigInt(offset)) : virtualAddress(Number(start) + offset)
  const placeOf = (offset: number) => physicalOf(Math.floor(offset / 4096)) * 4096 + (offset % 4096)

  beforeAll(() => {
    machine = new PlainMachine({ addressType, byteOrder })
    for (let page = 0; page < PAGES; page++) {
      machine.walker.map.set(Number(start >> 12n) + page, { pa: machine.base + physicalOf(page) * 4096 })
    }
  })

  /** Reads or writes the twin byte by byte, the first byte being the highest if `isBig`. */
  function twinLoad(offset: number, bytes: number, isBig: boolean): bigint {
    let value = 0n
    for (let i = 0; i < bytes; i++) {
      value |= BigInt(twin[placeOf(offset + i)]!) << BigInt(8 * (isBig ? bytes - 1 - i : i))
    }
    return value
  }
  function twinStore(offset: number, bytes: number, isBig: boolean, value: bigint): void {
    for (let i = 0; i < bytes; i++) {
      twin[placeOf(offset + i)] = Number((value >> BigInt(8 * (isBig ? bytes - 1 - i : i))) & 0xffn)
    }
  }

  it("loads and stores as a plain array of bytes does", () => {
    const random = new Random(7)
    const { memory } = machine
    for (let step = 0; step < 20_000; step++) {
      const bytes = random.pick(1, 2, 4, 8)
      const regime = random.pick(USER, SYSTEM, SYSTEM, SYSTEM_SWAPPED)
      const isBig = (byteOrder === "big") !== FOUR_REGIMES[regime]!.isSwapped
      const page = random.next(PAGES) * 4096
      const offset = Math.min(
        page + random.pick(random.next(4096), 4088 + random.next(8), random.next(16)),
        RAM_BYTES - 8,
      )
      const value = (BigInt(random.bits()) << 32n) | BigInt(random.bits())
      const what = `step ${step}: ${bytes} bytes at ${offset.toString(16)}, regime ${regime}`
      if (random.chance(50)) {
        if (bytes === 8) memory.storeLong(at(offset), access(8), regime, value)
        else memory.store(at(offset), access(bytes), regime, Number(BigInt.asIntN(32, value)))
        twinStore(offset, bytes, isBig, value)
      } else {
        const long = random.chance(50) || bytes === 8
        const got = long
          ? memory.loadLong(at(offset), access(bytes), regime)
          : BigInt(memory.load(at(offset), access(bytes), regime))
        const expected = twinLoad(offset, bytes, isBig)
        expect(`${what}: ${BigInt.asUintN(8 * bytes, got).toString(16)}`).toBe(`${what}: ${expected.toString(16)}`)
      }
    }
    expect(machine.faults).toEqual([])
    const ram = new Uint8Array(RAM_BYTES)
    expect(memory.physicalRead(physicalAddress(machine.base), ram)).toBe(true)
    expect(Buffer.compare(ram, twin)).toBe(0)
  })

  it("keeps a big-endian guest's words as the host does, and a little-endian guest's bytes", () => {
    const { memory, ram } = machine
    memory.store(at(0x100), access(4), SYSTEM, 0x0102_0304)
    const place = placeOf(0x100)
    expect(new DataView(ram.buffer, machine.host).getUint32(place, true)).toBe(0x0102_0304)
    const bytes = [0, 1, 2, 3].map((i) => memory.load(at(0x100 + i), access(1), SYSTEM))
    expect(bytes).toEqual(byteOrder === "big" ? [1, 2, 3, 4] : [4, 3, 2, 1])
    const flip = byteOrder === "big" ? 3 : 0
    expect([0, 1, 2, 3].map((i) => ram[(place + i) ^ flip])).toEqual(bytes)
    const half = memory.load(at(0x102), access(2), SYSTEM)
    expect(half).toBe(byteOrder === "big" ? 0x0304 : 0x0102)
    expect(new DataView(ram.buffer, machine.host).getUint16((place + 2) ^ (flip & 2), true)).toBe(half)
    memory.storeLong(at(0x108), access(8), SYSTEM, 0x1122_3344_5566_7788n)
    expect(memory.load(at(0x108), access(4), SYSTEM)).toBe(byteOrder === "big" ? 0x1122_3344 : 0x5566_7788)
    expect(memory.load(at(0x108), access(4), SYSTEM_SWAPPED) >>> 0).toBe(
      byteOrder === "big" ? 0x4433_2211 : 0x8877_6655,
    )
  })

  it("copies the guest's bytes for devices and loaders, at any address", () => {
    const { memory, base } = machine
    const bytes = Uint8Array.from({ length: 5000 }, (_, i) => (i * 37) & 0xff)
    expect(memory.physicalWrite(physicalAddress(base + 0x1fff), bytes)).toBe(true)
    const back = new Uint8Array(5000)
    expect(memory.physicalRead(physicalAddress(base + 0x1fff), back)).toBe(true)
    expect([...back]).toEqual([...bytes])
    const word = memory.physical.read32(physicalAddress(base + 0x2000))!
    const [a, b, c, d] = byteOrder === "big" ? [1, 2, 3, 4] : [4, 3, 2, 1]
    const joined = [a, b, c, d].reduce((sum, i) => sum * 256 + bytes[i!]!, 0)
    expect(word >>> 0).toBe(joined)
  })

  it("fetches code in its byte order, and hands devices the numbers that the CPU sees", () => {
    const { memory, walker, deviceWrites } = machine
    memory.store(at(0x200), access(4), SYSTEM, 0x6000_0001)
    expect(memory.fetch(at(0x200), 4, SYSTEM)).toBe(0x6000_0001)
    expect(memory.fetch(at(0x200), 2, SYSTEM)).toBe(byteOrder === "big" ? 0x6000 : 0x0001)
    walker.map.set(1, { pa: DEVICE })
    const device = addressType === "i64" ? virtualAddress64(0x1000n) : virtualAddress(0x1000)
    memory.store(device, access(4), SYSTEM, 0x1234_5678)
    memory.store(device, access(2), SYSTEM_SWAPPED, 0x1234)
    expect(deviceWrites).toEqual([
      [DEVICE, 4, 0x1234_5678],
      [DEVICE, 2, 0x3412],
    ])
    expect(memory.load(device, access(4), SYSTEM)).toBe(DEVICE)
  })

  it("reports the whole address of a fault", () => {
    const { memory, faults } = machine
    const unmapped = at(RAM_BYTES + 0x123)
    memory.load(unmapped, access(4), SYSTEM)
    memory.store(at(RAM_BYTES - 2), access(4), SYSTEM, 0)
    memory.translate(unmapped, FETCH, USER)
    const expected = (offset: number) => at(offset)
    expect(faults.map(({ va, write, fetch }) => [va, write, fetch])).toEqual([
      [expected(RAM_BYTES + 0x123), false, false],
      [expected(RAM_BYTES), true, false],
      [expected(RAM_BYTES + 0x123), false, true],
    ])
    faults.length = 0
  })
})
