// Devices as packages: clocks, NVRAM, displays, buses, support packages.

import { describe, expect, it } from "vitest"
import type { CalendarTime } from "../../../firmware/open-firmware/index.ts"
import { readVariables, writeVariables } from "../../../firmware/open-firmware/packages/nvram-variables.ts"
import { callMethod } from "../../../firmware/open-firmware/tree/instance.ts"
import { MethodStack } from "../../../firmware/open-firmware/tree/method-stack.ts"
import { FakeClient, fakeBoard } from "./fake-board.ts"
import { driveOf, fixture } from "./images.ts"
import { g3beige, mac99 } from "./macs.ts"

const BUFFER = 0x20_0000

/** Opens a node by the client interface; calls its methods with the parameters as Forth writes them, the top last. */
function opened(client: FakeClient, path: string) {
  const ihandle = client.prom("open", 1, path)
  expect(ihandle).not.toBe(0)
  return (method: string, count: number, ...params: number[]) => {
    const { results } = client.call("call-method", count + 1, method, ihandle, ...params.reverse())
    return results[0] === 0 ? results.slice(1) : results[0]
  }
}

describe("a real-time clock", () => {
  it("tells and takes the time, the year on top", () => {
    let time: CalendarTime = { year: 2026, month: 11, day: 29, hour: 17, minute: 5, second: 9 }
    const clock = {
      get: () => time,
      set: (to: CalendarTime) => {
        time = to
      },
    }
    const call = opened(new FakeClient(fakeBoard(g3beige, { ports: { clock } })), "rtc")
    expect(call("get-time", 6)).toEqual([2026, 11, 29, 17, 5, 9])
    call("set-time", 0, 1, 2, 3, 4, 5, 2027)
    expect(time).toEqual({ year: 2027, month: 5, day: 4, hour: 3, minute: 2, second: 1 })
  })
})

const nvramOf = (bytes: Uint8Array) => ({
  size: bytes.length,
  read: (offset: number) => bytes[offset]!,
  write: (offset: number, value: number) => {
    bytes[offset] = value
  },
})

describe("an NVRAM", () => {
  it("is read and written as bytes", () => {
    const bytes = Uint8Array.from({ length: 0x2000 }, (_, i) => i & 0xff)
    const client = new FakeClient(fakeBoard(g3beige, { ports: { nvram: nvramOf(bytes) } }))
    const call = opened(client, "nvram")
    expect(call("size", 1)).toEqual([0x2000])
    expect(call("seek", 1, 0x1ffe, 0)).toEqual([0])
    expect(call("read", 1, BUFFER, 10)).toEqual([2])
    expect(client.bytes(BUFFER, 2)).toEqual(Uint8Array.of(0xfe, 0xff))
    expect(call("seek", 1, 4, 0)).toEqual([0])
    expect(call("write", 1, BUFFER, 2)).toEqual([2])
    expect(bytes.slice(3, 7)).toEqual(Uint8Array.of(3, 0xfe, 0xff, 6))
    expect(call("seek", 1, 0x2001, 0)).toEqual([-1])
  })
})

describe("configuration variables in an NVRAM", () => {
  // As `nvram --print-config` of powerpc-utils and QEMU's chrp_nvram.c lay it out.
  const header = (signature: number, sum: number, blocks: number, name: string) => [
    ...[signature, sum, blocks >> 8, blocks & 0xff],
    ...new TextEncoder().encode(name.padEnd(12, "\0")),
  ]

  it("are read from the partition common", () => {
    const bytes = new Uint8Array(0x2000)
    // Sum: 70 + 01 + 00 + "common" (c 63, o 6f, m 6d, m 6d, o 6f, n 6e = 289) = 2fa; the carry comes in again: fc.
    bytes.set(header(0x70, 0xfc, 0x100, "common"))
    bytes.set(new TextEncoder().encode("boot-device=hd:,\\x\0auto-boot?=false\0\0rest=no\0"), 16)
    expect([...readVariables(nvramOf(bytes))]).toEqual([
      ["boot-device", "hd:,\\x"],
      ["auto-boot?", "false"],
    ])
    bytes[1] = 0xfd
    expect(readVariables(nvramOf(bytes)).size).toBe(0)
  })

  it("are kept, and format an empty NVRAM", () => {
    const bytes = new Uint8Array(0x2000)
    expect(writeVariables(nvramOf(bytes), new Map([["boot-args", "-v"]]))).toBe(true)
    expect([...bytes.slice(0, 16)]).toEqual(header(0x70, 0xfc, 0x100, "common"))
    expect([...readVariables(nvramOf(bytes))]).toEqual([["boot-args", "-v"]])
    expect(writeVariables(nvramOf(bytes), new Map([["nvramrc", "x".repeat(0x1000)]]))).toBe(false)
    expect([...readVariables(nvramOf(bytes))]).toEqual([["boot-args", "-v"]])
  })

  it("do not overwrite other contents", () => {
    const bytes = new Uint8Array(0x2000).fill(0x12)
    expect(writeVariables(nvramOf(bytes), new Map([["a", "b"]]))).toBe(false)
    expect(bytes.every((byte) => byte === 0x12)).toBe(true)
  })
})

describe("a display", () => {
  const screen = new Uint8Array(3200 * 600)
  const colors = new Map<number, readonly [number, number, number]>()
  const display = {
    read: (offset: number, length: number) => screen.slice(offset, offset + length),
    write: (offset: number, bytes: Uint8Array) => screen.set(bytes, offset),
    setColor: (index: number, ...color: [number, number, number]) => colors.set(index, color),
    getColor: (index: number) => colors.get(index) ?? ([0, 0, 0] as const),
  }
  const client = new FakeClient(fakeBoard(g3beige, { ports: { display } }))
  const call = opened(client, "/pci/QEMU,VGA")

  it("has the size of its mode", () => {
    expect(call("dimensions", 2)).toEqual([600, 800])
  })

  it("fills rectangles, cut off at its edges", () => {
    call("fill-rectangle", 0, 0x0012_3456, 798, 599, 100, 100)
    const at = 599 * 3200 + 798 * 4
    expect([...screen.slice(at - 4)]).toEqual([0, 0, 0, 0, 0, 0x12, 0x34, 0x56, 0, 0x12, 0x34, 0x56])
    call("fill-rectangle", 0, 0xffff_ffff, 0x7fff_ffff, 0xffff_ffff, 0xffff_ffff, 0xffff_ffff)
    expect(screen.indexOf(0xff)).toBe(-1)
  })

  it("draws and reads rectangles", () => {
    client.board.ram.set([1, 2, 3, 4, 5, 6, 7, 8], BUFFER)
    call("draw-rectangle", 0, BUFFER, 10, 20, 1, 2)
    expect([...screen.slice(20 * 3200 + 40, 20 * 3200 + 44)]).toEqual([1, 2, 3, 4])
    expect([...screen.slice(21 * 3200 + 40, 21 * 3200 + 44)]).toEqual([5, 6, 7, 8])
    call("read-rectangle", 0, BUFFER + 100, 10, 21, 1, 1)
    expect([...client.bytes(BUFFER + 100, 4)]).toEqual([5, 6, 7, 8])
  })

  it("has a palette", () => {
    expect(call("color!", 0, 0xaa, 0x55, 0x11, 7)).toEqual([])
    expect(call("color@", 3, 7)).toEqual([0x11, 0x55, 0xaa])
    client.board.ram.set([9, 8, 7, 6, 5, 4], BUFFER)
    call("set-colors", 0, BUFFER, 254, 1000)
    expect(colors.get(255)).toEqual([6, 5, 4])
  })
})

describe("a bus", () => {
  const configuration = new Map<string, number>()
  const bus = {
    read: () => 0,
    write: () => {},
    readConfiguration: (device: number, register: number, bytes: number) =>
      configuration.get(`${device.toString(16)} ${register} ${bytes}`) ?? 0xffff_ffff,
    writeConfiguration: (device: number, register: number, bytes: number, value: number) => {
      configuration.set(`${device.toString(16)} ${register} ${bytes}`, value)
    },
  }
  const client = new FakeClient(fakeBoard(mac99, { ports: { bus } }))

  it.each([
    ["/pci", "c", [0x6000, 0, 0], "c"],
    ["/pci", "d,2", [0x6a00, 0, 0], "d,2"],
    ["/pci/mac-io", "13000", [0x1_3000], "13000"],
    ["/cpus", "0", [0], "0"],
  ])("on %s knows the unit address %s", (path, text, cells, again) => {
    const call = opened(client, path)
    client.board.ram.set(new TextEncoder().encode(text), BUFFER)
    expect(call("decode-unit", cells.length, BUFFER, text.length)).toEqual(cells)
    const [length, address] = call("encode-unit", 2, ...cells.toReversed()) as number[]
    expect(String.fromCharCode(...client.bytes(address!, length!))).toBe(again)
  })

  it("maps registers where the CPU sees them", () => {
    // phys.lo phys.mid phys.hi size
    expect(opened(client, "/pci")("map-in", 1, 0x40, 0, 0x0200_7018, 0x100)).toEqual([0x8200_0040 | 0])
    expect(opened(client, "/pci")("map-in", 1, 0x3f8, 0, 0x8100_0000 | 0, 8)).toEqual([0xf200_03f8 | 0])
    expect(opened(client, "/pci/mac-io")("map-in", 1, 0x1_3020, 1)).toEqual([0x8001_3020 | 0])
    expect(opened(client, "/pci/mac-io/escc")("map-in", 1, 0x1_3020, 1)).toEqual([0x8001_3020 | 0])
    expect(opened(client, "/pci")("map-in", 1, 0, 0, 0x0200_7030, 8)).toBe(-24)
  })

  it("reads and writes PCI configuration space", () => {
    const call = opened(client, "/pci")
    call("config-w!", 0, 0x1234, 0x7004)
    expect(configuration.get("7000 4 2")).toBe(0x1234)
    expect(call("config-w@", 1, 0x7004)).toEqual([0x1234])
  })

  it("gives memory for DMA", () => {
    const call = opened(client, "/pci")
    const [address] = call("dma-alloc", 1, 0x3000) as number[]
    expect(address! % 0x1000).toBe(0)
    expect(call("dma-map-in", 1, address!, 0x3000, 0)).toEqual([address])
    expect(client.prom("claim", 1, address!, 0x1000, 0)).toBe(-1)
    call("dma-free", 0, address!, 0x3000)
    expect(client.prom("claim", 1, address!, 0x1000, 0)).toBe(address)
  })
})

describe("the support packages", () => {
  const image = fixture("hybrid.iso")
  const board = fakeBoard(g3beige, { drives: { cd: driveOf(image) } })
  const { instances, tree } = board.firmware
  const disk = instances.openChain(tree.find("cd")!)!

  const read = (name: string, args: string, position: number, length: number) => {
    const instance = instances.open(tree.find(`/packages/${name}`)!, args, disk)!
    const stack = new MethodStack([position, 0])
    callMethod(instance, "seek", stack)
    expect(stack.cells).toEqual([0])
    const reading = new MethodStack([BUFFER, length])
    callMethod(instance, "read", reading)
    return board.ram.slice(BUFFER, BUFFER + reading.pop())
  }

  it("deblock a parent that has blocks", () => {
    expect(read("deblocker", "", 5000, 3000)).toEqual(image.slice(5000, 8000))
  })

  it("find partitions and files on a parent", () => {
    expect(read("disk-label", "2", 1024, 16)).toEqual(image.slice(9216, 9232))
    expect(String.fromCharCode(...read("disk-label", "2,\\many\\file-with-a-longer-name-1.txt", 0, 99))).toBe(
      "file number 1\n",
    )
  })

  it("do not open without a parent that has blocks", () => {
    expect(instances.open(tree.find("/packages/deblocker")!, "")).toBeUndefined()
  })
})
