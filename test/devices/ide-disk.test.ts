// ATA disks behind an IDE channel: expected values from ATA/ATAPI-6 (sections 7 to 9).
import { describe, expect, it } from "vitest"
import { BytesBlock } from "../../devices/block/bytes-block.ts"
import { CHANNEL, cdrom, disk, diskOf, FailingBlock, IdeBench, REG } from "./ide-bench.ts"

const READY = 0x50
const DRQ = 0x58
const word = (bytes: Uint8Array, at: number) => bytes[2 * at]! | (bytes[2 * at + 1]! << 8)
/** ASCII of a field of IDENTIFY: the first character of each word is its upper byte. */
const text = (bytes: Uint8Array, at: number, words: number) =>
  Array.from({ length: words }, (_, n) => String.fromCharCode(word(bytes, at + n) >> 8, word(bytes, at + n) & 0xff))
    .join("")
    .trim()

function make(sectors = 4096) {
  const image = diskOf(sectors)
  const bench = new IdeBench(disk(image))
  return { image, bench, sector: (n: number, count = 1) => image.slice(n * 512, (n + count) * 512) }
}

/** Registers of a 28-bit address. */
const lba = (sector: number, count: number) => ({
  count,
  low: sector & 0xff,
  mid: (sector >>> 8) & 0xff,
  high: (sector >>> 16) & 0xff,
  device: 0xe0 | (sector >>> 24),
})

describe("an ATA disk", () => {
  it("has its signature after power-on", () => {
    const { bench } = make()
    expect([REG.error, REG.count, REG.low, REG.mid, REG.high, REG.status].map((r) => bench.get(r))).toEqual([
      1,
      1,
      1,
      0,
      0,
      READY,
    ])
  })

  it("identifies itself", () => {
    const { bench } = make(4096)
    bench.issue(0xec)
    expect([bench.isInterrupting, bench.get(REG.status), bench.isInterrupting]).toEqual([true, DRQ, false])
    const id = bench.words(256)
    expect(bench.get(REG.status)).toBe(READY)
    expect([word(id, 1), word(id, 3), word(id, 6)]).toEqual([4, 16, 63])
    expect(word(id, 60) | (word(id, 61) << 16)).toBe(4096)
    expect([100, 101, 102, 103].map((n) => word(id, n))).toEqual([4096, 0, 0, 0])
    // LBA and DMA, valid words, 48-bit addresses, the checksum.
    expect(word(id, 49) & 0x300).toBe(0x300)
    expect(word(id, 53) & 7).toBe(7)
    expect([word(id, 83) & 0xc400, word(id, 86) & 0x400]).toEqual([0x4400, 0x400])
    expect(word(id, 255) & 0xff).toBe(0xa5)
    expect(id.reduce((sum, byte) => sum + byte, 0) & 0xff).toBe(0)
    expect(text(id, 27, 20)).toBe("EMU HARDDISK")
  })

  it("reads sectors with an interrupt for each", () => {
    const { bench, sector } = make()
    bench.issue(0x20, lba(0x345, 2))
    expect([bench.isInterrupting, bench.get(REG.status)]).toEqual([true, DRQ])
    expect(bench.words(256)).toEqual(sector(0x345))
    expect([bench.isInterrupting, bench.get(REG.status)]).toEqual([true, DRQ])
    expect(bench.words(256)).toEqual(sector(0x346))
    expect([bench.isInterrupting, bench.get(REG.status)]).toEqual([false, READY])
  })

  it("reads two words by an access of four bytes", () => {
    const { bench, sector } = make()
    bench.issue(0x20, lba(7, 1))
    const [a, b, c, d] = sector(7)
    expect(bench.channel.read(REG.data, 4)).toBe((a! | (b! << 8) | (c! << 16) | (d! << 24)) >>> 0)
  })

  it("reads by cylinder, head and sector", () => {
    const { bench, sector } = make()
    // (cylinder 2 x 16 heads + head 3) x 63 sectors + 5 - 1
    bench.issue(0x20, { count: 1, low: 5, mid: 2, high: 0, device: 0xa3 })
    expect(bench.words(256)).toEqual(sector((2 * 16 + 3) * 63 + 4))
    bench.issue(0x20, { count: 1, low: 0, mid: 0, high: 0, device: 0xa0 })
    expect([bench.get(REG.status) & 1, bench.get(REG.error)]).toEqual([1, 0x10])
  })

  it("takes another translation", () => {
    const { bench, sector } = make()
    bench.issue(0x91, { count: 32, device: 0xa7 })
    bench.issue(0x20, { count: 1, low: 5, mid: 2, high: 0, device: 0xa3 })
    expect(bench.words(256)).toEqual(sector((2 * 8 + 3) * 32 + 4))
    bench.issue(0xec)
    const id = bench.words(256)
    expect([54, 55, 56].map((n) => word(id, n))).toEqual([16, 8, 32])
  })

  it("reads blocks of several sectors", () => {
    const { bench, sector } = make()
    bench.issue(0xc6, { count: 0 })
    bench.issue(0xc4, lba(0, 5))
    expect([bench.get(REG.status) & 1, bench.get(REG.error)]).toEqual([1, 4])
    bench.issue(0xc6, { count: 4 })
    expect(bench.get(REG.status)).toBe(READY)
    bench.issue(0xc4, lba(9, 5))
    bench.get(REG.status)
    expect(bench.words(4 * 256)).toEqual(sector(9, 4))
    expect([bench.isInterrupting, bench.get(REG.status)]).toEqual([true, DRQ])
    expect(bench.words(256)).toEqual(sector(13))
    expect(bench.get(REG.status)).toBe(READY)
  })

  it("writes sectors: the host fills the first block without an interrupt", () => {
    const { bench, image } = make()
    const data = Uint8Array.from({ length: 1024 }, (_, n) => 255 - n)
    bench.issue(0x30, lba(0x100, 2))
    expect([bench.isInterrupting, bench.get(REG.status)]).toEqual([false, DRQ])
    bench.feed(data.subarray(0, 512))
    expect([bench.isInterrupting, bench.get(REG.status)]).toEqual([true, DRQ])
    bench.feed(data.subarray(512))
    expect([bench.isInterrupting, bench.get(REG.status)]).toEqual([true, READY])
    expect(image.slice(0x100 * 512, 0x102 * 512)).toEqual(data)
  })

  it("takes addresses of 48 bits, written as two bytes to each register", () => {
    const { bench, sector } = make()
    for (const [register, high, low] of [
      [REG.count, 0, 1],
      [REG.low, 0, 0x45],
      [REG.mid, 0, 0x03],
      [REG.high, 0, 0],
    ] as const) {
      bench.put(register, high)
      bench.put(register, low)
    }
    bench.issue(0x24, { device: 0xe0 })
    expect(bench.words(256)).toEqual(sector(0x345))
    // Beyond the end: 2^24 sectors.
    bench.put(REG.low, 1)
    bench.issue(0x24, { low: 0, device: 0xe0 })
    expect([bench.get(REG.status) & 1, bench.get(REG.error)]).toEqual([1, 0x10])
    bench.issue(0x27, { device: 0xe0 })
    const native = [REG.low, REG.mid, REG.high].map((r) => bench.get(r))
    bench.put(REG.control, 0x80)
    expect([native, [REG.low, REG.mid, REG.high].map((r) => bench.get(r))]).toEqual([
      [0xff, 0x0f, 0],
      [0, 0, 0],
    ])
  })

  it("refuses what lies beyond its end, and what it does not know", () => {
    const { bench } = make(16)
    bench.issue(0x20, lba(15, 2))
    expect([bench.isInterrupting, bench.get(REG.status), bench.get(REG.error)]).toEqual([true, 0x51, 0x10])
    bench.issue(0xff)
    expect([bench.get(REG.status), bench.get(REG.error)]).toEqual([0x51, 4])
    bench.issue(0xa1)
    expect([bench.get(REG.status), bench.get(REG.error)]).toEqual([0x51, 4])
  })

  it("carries out commands without data", () => {
    const { bench } = make()
    for (const command of [0x10, 0x1f, 0xe0, 0xe1, 0xe2, 0xe3, 0xe6, 0xe7, 0xea]) {
      bench.issue(command, { device: 0xe0 })
      expect([command, bench.isInterrupting, bench.get(REG.status)]).toEqual([command, true, READY])
    }
    bench.issue(0x70, lba(4095, 0))
    expect(bench.get(REG.status)).toBe(READY)
    bench.issue(0x40, lba(0, 0))
    expect(bench.get(REG.status)).toBe(READY)
    bench.issue(0xe3)
    bench.issue(0xe5)
    expect(bench.get(REG.count)).toBe(0xff)
    bench.issue(0xe0)
    bench.issue(0xe5)
    expect(bench.get(REG.count)).toBe(0x00)
    bench.issue(0xf8, { device: 0xe0 })
    expect([REG.low, REG.mid, REG.high].map((r) => bench.get(r))).toEqual([0xff, 0x0f, 0])
    bench.issue(0xb0, { features: 0xda, mid: 0x4f, high: 0xc2 })
    expect([bench.get(REG.status), bench.get(REG.mid), bench.get(REG.high)]).toEqual([READY, 0x4f, 0xc2])
  })

  it("takes the transfer modes that it has", () => {
    const { bench } = make()
    const modeWords = () => {
      bench.issue(0xec)
      const id = bench.words(256)
      return [word(id, 63), word(id, 88)]
    }
    bench.issue(0xef, { features: 3, count: 0x22 })
    expect(modeWords()).toEqual([0x0407, 0x003f])
    bench.issue(0xef, { features: 3, count: 0x44 })
    expect(modeWords()).toEqual([0x0007, 0x103f])
    bench.issue(0xef, { features: 3, count: 0x46 })
    expect([bench.get(REG.status), bench.get(REG.error)]).toEqual([0x51, 4])
  })

  it("refuses writes to an image that is only read", () => {
    const bench = new IdeBench({ media: "disk", block: new BytesBlock(diskOf(16)) })
    bench.issue(0x30, lba(0, 1))
    expect([bench.get(REG.status), bench.get(REG.error)]).toEqual([0x51, 4])
  })

  it("reports an error of the host's medium, with the sector", () => {
    const bench = new IdeBench({ media: "disk", block: new FailingBlock(diskOf(16), 5 * 512) })
    bench.issue(0x20, lba(4, 2))
    bench.words(256)
    expect([bench.get(REG.status), bench.get(REG.error), bench.get(REG.low)]).toEqual([0x51, 0x40, 5])
    bench.issue(0x30, lba(5, 1))
    bench.feed(new Uint8Array(512))
    expect([bench.isInterrupting, bench.get(REG.status)]).toEqual([true, 0x60])
  })

  it("interrupts only if it is selected and interrupts are enabled", () => {
    const { bench } = make()
    bench.put(REG.control, 2)
    bench.issue(0xe7)
    expect(bench.isInterrupting).toBe(false)
    bench.put(REG.control, 0)
    expect(bench.isInterrupting).toBe(true)
    expect(bench.get(REG.altStatus)).toBe(READY)
    expect(bench.isInterrupting).toBe(true)
    bench.put(REG.device, 0xb0)
    expect(bench.isInterrupting).toBe(false)
  })

  it("is reset by software", () => {
    const { bench } = make()
    bench.issue(0x20, { ...lba(3, 2) })
    bench.put(REG.control, 4)
    bench.pass(1e9)
    expect(bench.get(REG.status) & 0x80).toBe(0x80)
    bench.put(REG.control, 0)
    bench.pass(1000)
    expect([REG.error, REG.count, REG.low, REG.mid, REG.high, REG.status].map((r) => bench.get(r))).toEqual([
      1,
      1,
      1,
      0,
      0,
      READY,
    ])
    expect(bench.isInterrupting).toBe(false)
  })

  it("keeps its registers while a command is under way", () => {
    const { bench } = make()
    bench.issue(0x20, lba(3, 1))
    bench.put(REG.low, 99)
    bench.put(REG.command, 0xec)
    expect([bench.get(REG.low), bench.get(REG.status)]).toEqual([3, DRQ])
  })

  it("has a timing register for the driver", () => {
    const { bench } = make()
    bench.channel.write(REG.timing, 4, 0x0021_1525)
    expect(bench.channel.read(REG.timing, 4)).toBe(0x0021_1525)
  })
})

describe("two devices at a cable", () => {
  it("share the registers and answer when selected", () => {
    const [a, b] = [diskOf(64), diskOf(64).reverse()]
    const bench = new IdeBench(disk(a), disk(b))
    bench.issue(0x20, { ...lba(2, 1), device: 0xf0 })
    expect(bench.words(256)).toEqual(b.slice(1024, 1536))
    bench.issue(0x20, lba(2, 1))
    expect(bench.words(256)).toEqual(a.slice(1024, 1536))
  })

  it("are told apart by their signatures", () => {
    const bench = new IdeBench(disk(diskOf(8)), cdrom(undefined))
    bench.put(REG.control, 4)
    bench.put(REG.control, 0)
    bench.pass(1000)
    const signature = (device: number) => {
      bench.put(REG.device, device)
      return [REG.count, REG.low, REG.mid, REG.high].map((r) => bench.get(r))
    }
    expect([signature(0xa0), signature(0xb0)]).toEqual([
      [1, 1, 0, 0],
      [1, 1, 0x14, 0xeb],
    ])
  })

  it("answer for a missing one with status 0", () => {
    const bench = new IdeBench(disk(diskOf(8)))
    bench.put(REG.device, 0xb0)
    expect(bench.get(REG.status)).toBe(0)
    const none = new IdeBench()
    expect([none.get(REG.status), none.get(REG.count), none.channel.read(REG.data, 2)]).toEqual([0, 0, 0])
  })
})

describe("a disk by DMA", () => {
  it("reads into pieces of memory of any size, and interrupts at the end", () => {
    const { bench, sector } = make()
    bench.list(0x1000, [0x2000, 700, 0x8000], [0x2000, 1, 0x9001], [0x3000, 323, 0xa000], [0x7000, 0, 0])
    bench.issue(0xc8, lba(5, 2))
    expect([bench.get(REG.status) & 0x81, bench.isInterrupting]).toEqual([0, false])
    bench.run(0x1000)
    bench.pass(1e6)
    expect([bench.isInterrupting, bench.get(REG.status)]).toEqual([true, READY])
    const got = [
      ...bench.ram.subarray(0x8000, 0x8000 + 700),
      ...bench.ram.subarray(0x9001, 0x9002),
      ...bench.ram.subarray(0xa000, 0xa000 + 323),
    ]
    expect(Uint8Array.from(got)).toEqual(sector(5, 2))
    // Run is set, active was cleared by STOP.
    expect(bench.dmaStatus()).toBe(0x8000)
    expect([bench.result(0x1000), bench.result(0x1020)]).toEqual([
      [0, 0x8400],
      [0, 0x8400],
    ])
  })

  it("writes, whichever of the two was started first", () => {
    const { bench, image } = make()
    for (let n = 0; n < 1024; n++) bench.ram[0x8000 + n] = n * 3
    bench.list(0x1000, [0x1000, 1024, 0x8000], [0x7000, 0, 0])
    bench.run(0x1000)
    bench.pass(1e6)
    expect(bench.dmaStatus() & 0x400).toBe(0x400)
    bench.issue(0xca, lba(8, 2))
    bench.pass(1e6)
    expect([bench.isInterrupting, bench.get(REG.status), bench.dmaStatus()]).toEqual([true, READY, 0x8000])
    expect(image.slice(8 * 512, 10 * 512)).toEqual(bench.ram.slice(0x8000, 0x8400))
  })

  it("leaves the channel active if the list asks for more, and a flush tells how much came", () => {
    const { bench } = make()
    bench.list(0x1000, [0x3000, 600, 0x8000], [0x7000, 0, 0])
    bench.issue(0xc8, lba(0, 1))
    bench.run(0x1000)
    bench.pass(1e6)
    expect([bench.isInterrupting, bench.dmaStatus()]).toEqual([true, 0x8400])
    bench.dma.write(CHANNEL * 0x80, 4, 0x2000_2000)
    expect([bench.dmaStatus(), bench.result(0x1000)[0]]).toEqual([0x8400, 88])
    bench.dma.write(CHANNEL * 0x80, 4, 0x8000_0000)
    expect(bench.dmaStatus()).toBe(0)
  })

  it("ends with an error if the host cannot read", () => {
    const bench = new IdeBench({ media: "disk", block: new FailingBlock(diskOf(16), 512) })
    bench.list(0x1000, [0x3000, 1024, 0x8000], [0x7000, 0, 0])
    bench.issue(0xc8, lba(1, 2))
    bench.run(0x1000)
    bench.pass(1e6)
    expect([bench.isInterrupting, bench.get(REG.status), bench.get(REG.error)]).toEqual([true, 0x51, 0x40])
  })
})
