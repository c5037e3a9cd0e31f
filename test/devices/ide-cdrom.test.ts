// A CD-ROM drive behind an IDE channel: expected values from ATA/ATAPI-6 (PACKET), SPC-3 (sense, INQUIRY) and MMC-5.
import { describe, expect, it } from "vitest"
import { CHANNEL, cdrom, FailingBlock, IdeBench, REG } from "./ide-bench.ts"

const SECTOR = 2048

function discOf(sectors: number): Uint8Array {
  const bytes = new Uint8Array(sectors * SECTOR)
  for (let n = 0; n < bytes.length; n++) bytes[n] = (n >>> 11) * 3 + n
  return bytes
}

/** Bytes of a packet from its first ones. */
const packet = (...bytes: readonly number[]) =>
  Uint8Array.from([...bytes, ...new Array<number>(12).fill(0)].slice(0, 12))

function make(sectors = 100) {
  const image = discOf(sectors)
  return { image, ...host(new IdeBench(cdrom(image))) }
}

function host(bench: IdeBench) {
  /** Sends a packet command; gives the status behind it. */
  const send = (bytes: Uint8Array, limit = 0xfffe, features = 0) => {
    bench.issue(0xa0, { features, mid: limit & 0xff, high: limit >>> 8 })
    expect([bench.get(REG.status) & 0x89, bench.get(REG.count)]).toEqual([0x08, 1])
    bench.feed(bytes)
    return bench.get(REG.status)
  }
  /** Reads blocks of data until the drive has no more. */
  const receive = () => {
    const data: number[] = []
    while (bench.get(REG.altStatus) & 8) {
      expect(bench.get(REG.count)).toBe(2)
      const bytes = bench.get(REG.mid) | (bench.get(REG.high) << 8)
      data.push(...bench.words(Math.ceil(bytes / 2)).subarray(0, bytes))
    }
    expect([bench.isInterrupting, bench.get(REG.count) & 7, bench.get(REG.status) & 0x89]).toEqual([true, 3, 0])
    return data
  }
  const ask = (...bytes: readonly number[]) => {
    send(packet(...bytes))
    return receive()
  }
  /** Key, code and qualifier of the failure of a command. */
  const failure = (...bytes: readonly number[]) => {
    const status = send(packet(...bytes))
    const key = bench.get(REG.error) >>> 4
    const sense = ask(0x03, 0, 0, 0, 18)
    expect([status & 0x89, sense[0], sense[2]]).toEqual([1, 0x70, key])
    return [key, sense[12], sense[13]]
  }
  return { bench, send, receive, ask, failure }
}

const NO_MEDIUM = [2, 0x3a, 1]
const TRAY_OPEN = [2, 0x3a, 2]
const INVALID_FIELD = [5, 0x24, 0]

describe("a CD-ROM drive", () => {
  it("has the signature of a packet device, and refuses to be a disk", () => {
    const { bench } = make()
    const signature = () => [REG.count, REG.low, REG.mid, REG.high].map((r) => bench.get(r))
    expect([bench.get(REG.status), ...signature()]).toEqual([0, 1, 1, 0x14, 0xeb])
    bench.issue(0xec, { mid: 0, high: 0 })
    expect([bench.get(REG.status) & 1, bench.get(REG.error), ...signature()]).toEqual([1, 4, 1, 1, 0x14, 0xeb])
  })

  it("identifies itself as a packet device", () => {
    const { bench } = make()
    bench.issue(0xa1)
    const id = bench.words(256)
    // ATAPI, CD-ROM, removable, packets of 12 bytes.
    expect([id[1]! & 0xdf, id[0]! & 0x83]).toEqual([0x85, 0x80])
    expect(id[99]! & 3).toBe(3)
    expect(id.reduce((sum, byte) => sum + byte, 0) & 0xff).toBe(0)
  })

  it("answers INQUIRY", () => {
    const { ask } = make()
    const data = ask(0x12, 0, 0, 0, 36)
    expect([data.length, ...data.slice(0, 5)]).toEqual([36, 5, 0x80, 0, 0x21, 31])
    expect(String.fromCharCode(...data.slice(8, 32))).toBe("EMU     EMU CD-ROM      ")
    expect(ask(0x12, 0, 0, 0, 5).length).toBe(5)
  })

  it("is ready with a disc, and tells its capacity", () => {
    const { bench, send, ask } = make(0x12345)
    expect(send(packet(0x00)) & 0x89).toBe(0)
    expect([bench.get(REG.count), bench.isInterrupting]).toEqual([3, false])
    expect(ask(0x25)).toEqual([0, 1, 0x23, 0x44, 0, 0, 8, 0])
  })

  it("reads sectors in blocks of what the host allows", () => {
    const { image, bench, send, receive } = make()
    send(packet(0x28, 0, 0, 0, 0, 7, 0, 0, 3), 3000)
    expect([bench.get(REG.mid), bench.get(REG.high)]).toEqual([3000 & 0xff, 3000 >>> 8])
    expect(Uint8Array.from(receive())).toEqual(image.slice(7 * SECTOR, 10 * SECTOR))
    send(packet(0xa8, 0, 0, 0, 0, 9, 0, 0, 0, 1))
    expect(Uint8Array.from(receive())).toEqual(image.slice(9 * SECTOR, 10 * SECTOR))
    send(packet(0xbe, 0, 0, 0, 0, 2, 0, 0, 2, 0x10))
    expect(Uint8Array.from(receive())).toEqual(image.slice(2 * SECTOR, 4 * SECTOR))
  })

  it("reads by DMA", () => {
    const { image, bench, send } = make()
    bench.list(0x1000, [0x2000, 3000, 0x8000], [0x3000, 1096, 0x9000], [0x7000, 0, 0])
    send(packet(0x28, 0, 0, 0, 0, 50, 0, 0, 2), 0, 1)
    bench.run(0x1000)
    bench.pass(1e6)
    expect([bench.isInterrupting, bench.get(REG.status) & 0x89, bench.get(REG.count)]).toEqual([true, 0, 3])
    expect(bench.ram.slice(0x8000, 0x8000 + 3000)).toEqual(image.slice(50 * SECTOR, 50 * SECTOR + 3000))
    expect(bench.ram.slice(0x9000, 0x9000 + 1096)).toEqual(image.slice(50 * SECTOR + 3000, 52 * SECTOR))
    expect(bench.dmaStatus(CHANNEL)).toBe(0x8000)
  })

  it("gives a short answer by DMA and leaves the rest of the list", () => {
    const { bench, send } = make()
    bench.list(0x1000, [0x3000, 96, 0x8000], [0x7000, 0, 0])
    send(packet(0x12, 0, 0, 0, 96), 0, 1)
    bench.run(0x1000)
    bench.pass(1e6)
    expect([bench.isInterrupting, bench.get(REG.status) & 0x89, bench.ram[0x8000]]).toEqual([true, 0, 5])
    bench.dma.write(CHANNEL * 0x80, 4, 0x2000_2000)
    expect(bench.result(0x1000)[0]).toBe(96 - 36)
  })

  it("has one data track", () => {
    const { ask } = make(1000)
    expect(ask(0x43, 0, 0, 0, 0, 0, 0, 0, 20)).toEqual([
      0, 18, 1, 1, 0, 0x14, 1, 0, 0, 0, 0, 0, 0, 0x14, 0xaa, 0, 0, 0, 0x03, 0xe8,
    ])
    // 1000 sectors and two seconds: 15 seconds and 25 frames.
    expect(ask(0x43, 2, 0, 0, 0, 0, 0xaa, 0, 20)).toEqual([0, 10, 1, 1, 0, 0x14, 0xaa, 0, 0, 0, 15, 25])
    expect(ask(0x43, 0, 1, 0, 0, 0, 0, 0, 20)).toEqual([0, 10, 1, 1, 0, 0x14, 1, 0, 0, 0, 0, 0])
    expect(ask(0x43, 0, 0, 0, 0, 0, 0, 0, 12, 0x40)).toEqual([0, 10, 1, 1, 0, 0x14, 1, 0, 0, 0, 0, 0])
  })

  it("tells its features, with the profile of the disc", () => {
    const { ask } = make(1000)
    const data = ask(0x46, 0, 0, 0, 0, 0, 0, 1, 0)
    const length = (data[2]! << 8) | data[3]!
    expect([length, data[6], data[7]]).toEqual([data.length - 4, 0, 8])
    expect(ask(0x46, 2, 0, 0x10, 0, 0, 0, 1, 0).slice(8)).toEqual([0, 0x10, 1, 8, 0, 0, 8, 0, 0, 1, 0, 0])
    const empty = host(new IdeBench(cdrom(undefined)))
    expect(empty.ask(0x46, 0, 0, 0, 0, 0, 0, 0, 8).slice(6)).toEqual([0, 0])
  })

  it("tells its capabilities", () => {
    const { ask, failure } = make()
    const data = ask(0x5a, 0, 0x2a, 0, 0, 0, 0, 0, 128)
    expect([data[1], data[8], data[9], data.length]).toEqual([data.length - 2, 0x2a, data.length - 10, 28])
    expect(failure(0x5a, 0, 0x15, 0, 0, 0, 0, 0, 128)).toEqual(INVALID_FIELD)
    expect(failure(0x5a, 0, 0xea, 0, 0, 0, 0, 0, 128)).toEqual([5, 0x39, 0])
  })

  it("reports events of the medium", () => {
    const { ask, failure, send } = make()
    expect(ask(0x4a, 1, 0, 0, 0x10, 0, 0, 0, 8)).toEqual([0, 6, 4, 0x10, 0, 2, 0, 0])
    expect(ask(0x4a, 1, 0, 0, 0x02, 0, 0, 0, 8)).toEqual([0, 2, 0x80, 0x10])
    expect(failure(0x4a, 0, 0, 0, 0x10, 0, 0, 0, 8)).toEqual(INVALID_FIELD)
    send(packet(0x1b, 0, 0, 0, 2))
    expect(ask(0x4a, 1, 0, 0, 0x10, 0, 0, 0, 8)).toEqual([0, 6, 4, 0x10, 0, 1, 0, 0])
    send(packet(0x1b, 0, 0, 0, 3))
    expect(ask(0x4a, 1, 0, 0, 0x10, 0, 0, 0, 8)).toEqual([0, 6, 4, 0x10, 2, 2, 0, 0])
  })

  it("opens its tray unless that is prevented, and reports the new disc once", () => {
    const { send, failure } = make()
    send(packet(0x1e, 0, 0, 0, 1))
    expect(failure(0x1b, 0, 0, 0, 2)).toEqual([5, 0x53, 2])
    send(packet(0x1e))
    send(packet(0x1b, 0, 0, 0, 2))
    expect(failure(0x00)).toEqual(TRAY_OPEN)
    send(packet(0x1b, 0, 0, 0, 3))
    expect(failure(0x00)).toEqual([6, 0x28, 0])
    expect(send(packet(0x00)) & 1).toBe(0)
  })

  it("fails with the sense of what went wrong", () => {
    const { failure, ask } = make(100)
    expect(failure(0x28, 0, 0, 0, 0, 99, 0, 0, 2)).toEqual([5, 0x21, 0])
    expect(failure(0xff)).toEqual([5, 0x20, 0])
    expect(failure(0x12, 1)).toEqual(INVALID_FIELD)
    expect(ask(0x03, 0, 0, 0, 18).slice(2, 3)).toEqual([0])
    const empty = host(new IdeBench(cdrom(undefined)))
    for (const command of [0x00, 0x25, 0x28, 0x43, 0x51]) expect(empty.failure(command)).toEqual(NO_MEDIUM)
    const damaged = host(new IdeBench(cdrom(new FailingBlock(discOf(10), 5 * SECTOR))))
    expect(damaged.failure(0x28, 0, 0, 0, 0, 5, 0, 0, 1)).toEqual([3, 0x11, 0])
  })

  it("is reset even while it works", () => {
    const { bench, send } = make()
    send(packet(0x28, 0, 0, 0, 0, 0, 0, 0, 3))
    bench.issue(0x08)
    expect([bench.get(REG.status), bench.get(REG.mid), bench.get(REG.high)]).toEqual([0, 0x14, 0xeb])
  })
})
