// QEMU's `VGA`: registers beside QEMU itself; pictures from the layout of each depth's pixels.

import { describe, expect, it } from "vitest"
import { vga } from "../../../devices/display/vga.ts"
import { type PciBus, Screen } from "../../../devices/kit/index.ts"
import { TestBench } from "../../../devices/testing.ts"
import { setDisplayMode } from "../../../src/machines/macintosh/display.ts"
import { assignAddresses } from "../../../src/machines/macintosh/pci-setup.ts"
import { unavailable } from "../../oracle/qemu.ts"
import { type Access, qtest } from "../../support/qtest.ts"
import { Random } from "../../support/random.ts"
import { carryOut, g3beige } from "../pci/mac-boards.ts"

const why = unavailable("qemu-system-ppc")
const REGISTERS = 0x8200_0000
const MEMORY = 0x8100_0000

const swapped2 = (value: number) => ((value & 0xff) << 8) | (value >>> 8)
const swapped = (value: number) => ((swapped2(value & 0xffff) << 16) | swapped2(value >>> 16)) >>> 0
const select = (register: number): Access => ["write", 0xfec0_0000, 4, swapped((0x8000_0800 | register) >>> 0)]

/** BARs are sized and placed, and memory is enabled. */
const place: Access[] = [
  ...[0, 8, 0x2c].flatMap((register): Access[] => [select(register), ["read", 0xfee0_0000, 4]]),
  ...(
    [
      [0x10, MEMORY],
      [0x14, 0],
      [0x18, REGISTERS],
    ] as const
  ).flatMap(([register, address]): Access[] => [
    select(register),
    ["write", 0xfee0_0000, 4, 0xffff_ffff],
    ["read", 0xfee0_0000, 4],
    ["write", 0xfee0_0000, 4, swapped(address)],
  ]),
  select(4),
  ["write", 0xfee0_0000, 2, swapped2(2)],
]

function randomAccesses(random: Random): Access[] {
  const accesses: Access[] = []
  const dispi = (index: number) => REGISTERS + 0x500 + 2 * index
  const values: { readonly [index: number]: readonly number[] } = {
    3: [8, 15, 16, 24, 32, 4, 7],
    4: [0, 1, 0x41, 0xc1, 0x61, 3, 2],
  }
  for (let n = 0; n < 1500; n++) {
    const index = random.below(11)
    const value = values[index]?.[random.below(7)] ?? [random.below(0x1_0000), random.below(2000), 0][random.below(3)]!
    if (random.below(3) > 0) accesses.push(["write", dispi(index), 2, swapped2(value)])
    else for (let of = 0; of < 11; of++) accesses.push(["read", dispi(of), 2])
    accesses.push(["write", 0xfe00_01ce, 2, swapped2(random.below(12))], ["read", 0xfe00_01d0, 2])
    accesses.push(["write", MEMORY + 4 * random.below(64), 4, random.u32()], ["read", MEMORY + 4 * random.below(64), 4])
  }
  for (const port of [8, 9, 9, 9, 9, 9, 9, 7, 7]) {
    accesses.push(["write", REGISTERS + 0x400 + port, 1, random.below(64)], ["read", REGISTERS + 0x400 + port, 1])
  }
  return accesses
}

it.skipIf(why).each([1, 2])(
  `does beside QEMU's the same at random (seed %d)${why ? ` (SKIPPED: ${why})` : ""}`,
  async (seed) => {
    const board = g3beige()
    board.machine.addPci("vga", vga, { bus: board.bus, slot: 1, wires: {}, options: { pixelOrder: "big" } })
    const accesses: Access[] = [
      ...place,
      ...[0x600, 0x604].map((at): Access => ["read", REGISTERS + at, 4]),
      ...randomAccesses(new Random(seed)),
    ]
    const expected = await qtest("g3beige", "/machine/unattached/device[3]/pic", accesses, ["-device", "VGA,addr=1"])
    expect(carryOut(board, accesses)).toEqual(expected)
  },
)

/** A part with a screen in a mode of 8 by 2 pixels. */
function show(depth: number, isBig = false) {
  const bench = new TestBench()
  const screen = new Screen()
  const part = vga.create({ clock: bench.clock, log: bench.log, wires: { screen }, options: { memoryBytes: 0x1_0000 } })
  const { registers } = part.regions
  const set = (index: number, value: number) => registers.write(0x500 + 2 * index, 2, value)
  const port = (at: number, ...bytes: number[]) => {
    for (const byte of bytes) registers.write(0x400 + at, 1, byte)
  }
  set(1, 8)
  set(2, 2)
  set(3, depth)
  set(4, 0x41)
  if (isBig) registers.write(0x604, 4, 0xbebe_bebe)
  port(0, 0x20)
  const put = (...bytes: number[]) => {
    for (const [at, byte] of bytes.entries()) part.write(at, 1, byte)
  }
  const pixels = (count: number) => [...screen.picture()!.rgb.subarray(0, 3 * count)]
  return { screen, part, set, port, put, pixels }
}

describe("a picture", () => {
  it("is none before a mode is set", () => {
    const screen = new Screen()
    vga.create({ clock: new TestBench().clock, wires: { screen } })
    expect(screen.picture()).toBeUndefined()
  })

  it("has the colours of the palette, six bits each or eight", () => {
    const { port, put, pixels, set } = show(8)
    port(8, 5)
    port(9, 63, 32, 0)
    put(5, 0)
    expect(pixels(2)).toEqual([255, 130, 0, 0, 0, 0])
    set(4, 0x61)
    expect(pixels(1)).toEqual([63, 32, 0])
  })

  it.each([
    [15, false, [0x00, 0x7c, 0xe0, 0x03], [255, 0, 0, 0, 255, 0]],
    [16, false, [0x1f, 0x00, 0xe0, 0x07], [0, 0, 255, 0, 255, 0]],
    [16, true, [0xf8, 0x00, 0x07, 0xe0], [255, 0, 0, 0, 255, 0]],
    [24, false, [1, 2, 3, 4, 5, 6], [3, 2, 1, 6, 5, 4]],
    [24, true, [1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6]],
    [32, false, [1, 2, 3, 0, 4, 5, 6, 0], [3, 2, 1, 6, 5, 4]],
    [32, true, [0, 1, 2, 3, 0, 4, 5, 6], [1, 2, 3, 4, 5, 6]],
  ])("of %d bits (big-endian: %s) has the colours of its pixels", (depth, isBig, bytes, expected) => {
    const { put, pixels } = show(depth, isBig)
    put(...bytes)
    expect(pixels(2)).toEqual(expected)
  })

  it("begins at the offset, and its rows at the virtual width", () => {
    const { part, set, screen } = show(24)
    set(6, 16)
    set(8, 2)
    set(9, 1)
    // Three bytes a pixel, 16 pixels a row: the second pixel of the first visible row, the first one of the next.
    part.write(3 * (16 + 3), 1, 7)
    part.write(3 * (32 + 2), 1, 9)
    const { rgb } = screen.picture()!
    expect([...rgb].flatMap((value, at) => (value === 0 ? [] : [[at, value]]))).toEqual([
      [3 + 2, 7],
      [3 * 8 + 2, 9],
    ])
  })

  it("is black while the attribute controller is off", () => {
    const { put, port, pixels } = show(32)
    put(255, 255, 255)
    expect(pixels(1)).toEqual([255, 255, 255])
    port(0, 0, 0)
    expect(pixels(1)).toEqual([0, 0, 0])
  })
})

it("is set up by what firmware does", () => {
  const board = g3beige()
  const screen = new Screen()
  const bus: PciBus = board.bus
  board.machine.addPci("vga", vga, { bus, slot: 1, wires: { screen } })
  assignAddresses(bus, { memory: 0x8000_0000, io: 0x1000 })
  setDisplayMode(bus, bus.at(1, 0)!, { width: 800, height: 600, depth: 32 })
  board.machine.bus.write(0x8000_0000, 4, 0x00ff_8040)
  const { width, height, rgb } = screen.picture()!
  expect([width, height, ...rgb.subarray(0, 6)]).toEqual([800, 600, 255, 128, 64, 0, 0, 0])
})
