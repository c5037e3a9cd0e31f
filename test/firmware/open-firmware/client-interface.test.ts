// The client interface, service by service (IEEE 1275-1994, section 6.3.2), and with arguments that make no sense.

import { beforeEach, describe, expect, it } from "vitest"
import { methodNames } from "../../../firmware/open-firmware/tree/instance.ts"
import { type FakeBoard, FakeClient, fakeBoard } from "./fake-board.ts"
import { driveOf, fixture } from "./images.ts"
import { g3beige } from "./macs.ts"

const CD = "/pci@80000000/mac-io@10/ata-3@21000/cdrom@0"
const ESCC = "/pci@80000000/mac-io@10/escc@13000"
const BUFFER = 0x20_0000
const RAM_BYTES = 16 << 20

let board: FakeBoard
let client: FakeClient
let image: Uint8Array

beforeEach(() => {
  image = fixture("hybrid.iso")
  board = fakeBoard(g3beige, { ramBytes: RAM_BYTES, drives: { cd: driveOf(image) } })
  client = new FakeClient(board)
})

const find = (path: string) => client.prom("finddevice", 1, path)
const chosen = (property: string) => {
  client.prom("getprop", 1, find("/chosen"), property, BUFFER, 4)
  return client.u32(BUFFER)
}

describe("test", () => {
  it("knows the services of the standard", () => {
    const names =
      "test peer child parent instance-to-package getproplen getprop nextprop setprop canon finddevice " +
      "instance-to-path package-to-path call-method open close read write seek claim release boot enter exit chain " +
      "interpret set-callback set-symbol-lookup milliseconds quiesce test-method"
    for (const name of names.split(" ")) expect([name, client.prom("test", 1, name)]).toEqual([name, 0])
  })

  it("misses others", () => {
    expect(client.prom("test", 1, "no-such-service")).toBe(-1)
    expect(client.prom("test-method", 1, find("cd"), "read")).toBe(0)
    expect(client.prom("test-method", 1, find("cd"), "fly")).toBe(-1)
  })
})

describe("the services for nodes", () => {
  it("walk from the root", () => {
    const root = client.prom("peer", 1, 0)
    expect(root).toBe(find("/"))
    expect(client.prom("peer", 1, root)).toBe(0)
    expect(client.prom("parent", 1, root)).toBe(0)
    const first = client.prom("child", 1, root)
    expect(first).toBe(find("/aliases"))
    expect(client.prom("peer", 1, first)).toBe(find("/openprom"))
    expect(client.prom("parent", 1, first)).toBe(root)
  })

  it.each([
    ["cd", CD],
    ["/pci/mac-io/ata-3@21000/cdrom", CD],
    ["/pci/@10/@21000/@0", CD],
    ["scca", `${ESCC}/ch-a@13020`],
    ["/cpus/@0", "/cpus/PowerPC,750@0"],
    ["/cpus/750", "/cpus/PowerPC,750@0"],
    ["/memory", "/memory@0"],
    ["/pci@80000000/mac-io@10,0", "/pci@80000000/mac-io@10"],
    ["cd:2,\\file", CD],
    ["/", "/"],
  ])("find %s", (path, full) => {
    const length = client.prom("package-to-path", 1, find(path), BUFFER, 256)
    expect(length).toBe(full.length)
    expect(client.text(BUFFER)).toBe(full)
  })

  it.each(["/none", "none", "/pci@80000001", "/pci/mac-io@11", "", ":args"])("do not find '%s'", (path) => {
    expect(find(path)).toBe(-1)
  })

  it("cut a path that does not fit, and tell its length", () => {
    client.board.ram.fill(0xee, BUFFER, BUFFER + 16)
    expect(client.prom("package-to-path", 1, find("/memory"), BUFFER, 4)).toBe("/memory@0".length)
    expect(client.bytes(BUFFER, 5)).toEqual(Uint8Array.of(0x2f, 0x6d, 0x65, 0x6d, 0xee))
  })

  it("make a path canonical", () => {
    expect(client.prom("canon", 1, "cd:2,\\a", BUFFER, 256)).toBe(CD.length + 5)
    expect(client.text(BUFFER)).toBe(`${CD}:2,\\a`)
    expect(client.prom("canon", 1, "/none", BUFFER, 256)).toBe(-1)
  })
})

describe("the services for properties", () => {
  it("read a property", () => {
    const node = find("/openprom")
    expect(client.prom("getproplen", 1, node, "model")).toBe(15)
    expect(client.prom("getprop", 1, node, "model", BUFFER, 100)).toBe(15)
    expect(client.text(BUFFER)).toBe("OpenFirmware 3")
  })

  it("copy no more than the client has room for", () => {
    client.board.ram.fill(0xee, BUFFER, BUFFER + 8)
    expect(client.prom("getprop", 1, find("/openprom"), "model", BUFFER, 4)).toBe(15)
    expect(client.bytes(BUFFER, 5)).toEqual(Uint8Array.of(0x4f, 0x70, 0x65, 0x6e, 0xee))
  })

  it("tell a property without a value from none", () => {
    expect(client.prom("getproplen", 1, find("/openprom"), "relative-addressing")).toBe(0)
    expect(client.prom("getproplen", 1, find("/openprom"), "none")).toBe(-1)
  })

  it("make and change properties", () => {
    const node = find("/chosen")
    client.board.ram.set([1, 2, 3], BUFFER)
    expect(client.prom("setprop", 1, node, "new", BUFFER, 3)).toBe(3)
    client.board.ram.set([9], BUFFER)
    expect(client.prom("getprop", 1, node, "new", BUFFER + 16, 3)).toBe(3)
    expect(client.bytes(BUFFER + 16, 3)).toEqual(Uint8Array.of(1, 2, 3))
    expect(client.prom("setprop", 1, node, "new", 0, 0)).toBe(0)
    expect(client.prom("getproplen", 1, node, "new")).toBe(0)
  })

  it("name one property after the other", () => {
    const names: string[] = []
    let result = client.prom("nextprop", 1, find("/memory"), 0, BUFFER)
    while (result === 1) {
      names.push(client.text(BUFFER))
      result = client.prom("nextprop", 1, find("/memory"), names.at(-1)!, BUFFER)
    }
    expect([result, names]).toEqual([0, ["name", "device_type", "reg", "available"]])
    expect(client.prom("nextprop", 1, find("/memory"), "none", BUFFER)).toBe(-1)
  })

  it("refuse names that are too long, and more than a guest may add", () => {
    expect(client.prom("setprop", 1, find("/chosen"), "n".repeat(32), BUFFER, 1)).toBe(-1)
    const results = Array.from({ length: 1100 }, (_, i) =>
      client.prom("setprop", 1, find("/chosen"), `p${i}`, BUFFER, 1),
    )
    expect(results.filter((result) => result === -1).length).toBeGreaterThan(50)
    expect(client.prom("setprop", 1, find("/"), "big", BUFFER, 4 << 20)).toBe(-1)
  })
})

describe("the services for instances", () => {
  it("write to the console that /chosen names", () => {
    expect(client.prom("write", 1, chosen("stdout"), "hello", 5)).toBe(5)
    expect(board.output()).toBe("hello")
  })

  it("read what was typed, and -2 if nothing was", () => {
    expect(client.prom("read", 1, chosen("stdin"), BUFFER, 10)).toBe(-2)
    board.type("ab")
    expect(client.prom("read", 1, chosen("stdin"), BUFFER, 1)).toBe(1)
    expect(client.prom("read", 1, chosen("stdin"), BUFFER, 10)).toBe(1)
    expect(client.bytes(BUFFER, 1)).toEqual(Uint8Array.of(0x62))
  })

  it("tell the package and the path of an instance", () => {
    expect(client.prom("instance-to-package", 1, chosen("stdout"))).toBe(find("scca"))
    const ihandle = client.prom("open", 1, "cd:2")
    expect(client.prom("instance-to-path", 1, ihandle, BUFFER, 256)).toBe(CD.length + 2)
    expect(client.text(BUFFER)).toBe(`${CD}:2`)
  })

  it("read a disk, a partition and a file", () => {
    const read = (path: string, at: number, length: number) => {
      const ihandle = client.prom("open", 1, path)
      expect(client.prom("seek", 1, ihandle, 0, at)).toBe(0)
      const count = client.prom("read", 1, ihandle, BUFFER, length)
      client.call("close", 0, ihandle)
      return client.bytes(BUFFER, count)
    }
    expect(read("cd", 1000, 5000)).toEqual(image.slice(1000, 6000))
    expect(read("cd:0", 1000, 100)).toEqual(image.slice(1000, 1100))
    expect(read("cd:2", 1024, 100)).toEqual(image.slice(9216, 9316))
    expect(String.fromCharCode(...read("cd:2,\\many\\file-with-a-longer-name-7.txt", 5, 100))).toBe("number 7\n")
  })

  it("read no more than there is", () => {
    const ihandle = client.prom("open", 1, "cd")
    expect(client.prom("seek", 1, ihandle, 0, image.length - 10)).toBe(0)
    expect(client.prom("read", 1, ihandle, BUFFER, 100)).toBe(10)
    expect(client.prom("read", 1, ihandle, BUFFER, 100)).toBe(0)
    expect(client.prom("seek", 1, ihandle, 1, 0)).toBe(-1)
  })

  it("write to a disk, whole blocks or not", () => {
    const ihandle = client.prom("open", 1, "cd:2")
    const before = image.slice()
    client.board.ram.fill(0x55, BUFFER, BUFFER + 5000)
    client.prom("seek", 1, ihandle, 0, 100)
    expect(client.prom("write", 1, ihandle, BUFFER, 5000)).toBe(5000)
    before.fill(0x55, 8292, 13_292)
    expect(Buffer.compare(image, before)).toBe(0)
  })

  it("open no device that is not there, and no file", () => {
    for (const path of ["none", "cd:9", "cd:,\\none", "cd:x"]) expect(client.prom("open", 1, path)).toBe(0)
  })

  it("call methods with the first argument on top", () => {
    const ihandle = client.prom("open", 1, "cd")
    expect(client.call("call-method", 2, "block-size", ihandle)).toEqual({ r3: 0, results: [0, 2048] })
    // ( addr block #blocks -- #read )
    const { results } = client.call("call-method", 2, "read-blocks", ihandle, 2, 1, BUFFER)
    expect(results).toEqual([0, 2])
    expect(client.bytes(BUFFER, 4096)).toEqual(image.slice(2048, 6144))
  })

  it("tell how a method failed", () => {
    const ihandle = client.prom("open", 1, "cd")
    expect(client.call("call-method", 1, "fly", ihandle)).toEqual({ r3: 0, results: [-21] })
    expect(client.call("call-method", 1, "seek", ihandle)).toEqual({ r3: 0, results: [-4] })
    expect(client.call("call-method", 1, "toString", ihandle).results).toEqual([-21])
  })

  it("open no more instances than fit, and again after a close", () => {
    const opened = Array.from({ length: 1100 }, () => client.prom("open", 1, "/"))
    expect(opened.filter((ihandle) => ihandle === 0).length).toBeGreaterThan(50)
    client.call("close", 0, opened[7]!)
    expect(client.prom("open", 1, "/")).toBe(opened[7])
  })
})

describe("claim", () => {
  it("gives exactly what was asked for, once", () => {
    expect(client.prom("claim", 1, 0x40_0000, 0x1000, 0)).toBe(0x40_0000)
    expect(client.prom("claim", 1, 0x40_0800, 0x1000, 0)).toBe(-1)
    client.call("release", 0, 0x40_0000, 0x1000)
    expect(client.prom("claim", 1, 0x40_0800, 0x1000, 0)).toBe(0x40_0800)
  })

  it("finds aligned memory", () => {
    const base = client.prom("claim", 1, 0, 0x3000, 0x1_0000)
    expect(base % 0x1_0000).toBe(0)
    expect(base).toBeGreaterThan(0)
    expect(client.prom("claim", 1, 0, RAM_BYTES, 0x1000)).toBe(-1)
  })

  it("refuses memory that is not there", () => {
    expect(client.prom("claim", 1, RAM_BYTES, 0x1000, 0)).toBe(-1)
    expect(client.prom("claim", 1, RAM_BYTES - 0x800, 0x1000, 0)).toBe(-1)
    expect(client.prom("claim", 1, 0x40_0000, 0, 0)).toBe(-1)
    expect(client.prom("claim", 1, -1, -1, 0)).toBe(-1)
  })

  it("shows in /memory and the MMU's node", () => {
    const available = (node: string) => board.firmware.tree.find(node)!.cells("available")
    const before = available("/memory")
    expect(before.slice(0, 2)).toEqual([0x4000, before[1]])
    client.prom("claim", 1, 0x40_0000, 0x1000, 0)
    const end = 0x4000 + before[1]!
    expect(available("/memory")).toEqual([0x4000, 0x3f_c000, 0x40_1000, end - 0x40_1000])
    expect(available("/cpus/@0").slice(0, 3)).toEqual([0x4000, 0x3f_c000, 0x40_1000])
    const rows = board.firmware.tree.find("/cpus/@0")!.cells("translations")
    expect(rows.slice(0, 4)).toEqual([0x40_0000, 0x1000, 0x40_0000, 2])
    client.call("release", 0, 0x40_0000, 0x1000)
    expect(available("/memory")).toEqual(before)
  })

  it("as a method takes physical or virtual addresses alone", () => {
    const memory = chosen("memory")
    const mmu = chosen("mmu")
    // As Linux does it on the first Macintoshes: alignment, size, address.
    expect(client.call("call-method", 2, "claim", memory, 0, 0x1000, 0x50_0000).results).toEqual([0, 0x50_0000])
    expect(client.prom("claim", 1, 0x50_0000, 0x1000, 0)).toBe(-1)
    expect(client.call("call-method", 2, "claim", mmu, 0, 0x1000, 0x50_0000).results).toEqual([0, 0x50_0000])
    expect(client.call("call-method", 1, "map", mmu, 0x12, 0x1000, 0x50_0000, 0x50_0000).results).toEqual([0])
    expect(client.call("call-method", 4, "translate", mmu, 0x50_0123).results).toEqual([0, -1, 0x12, 0x50_0123])
    expect(client.call("call-method", 2, "claim", memory, 0, 0x1000, 0x50_0000).results[0]).toBe(-24)
  })
})

describe("time and callbacks", () => {
  it("tell milliseconds", () => {
    expect(client.prom("milliseconds", 1)).toBe(1234)
  })

  it("exchange callbacks", () => {
    expect(client.prom("set-callback", 1, 0x1234)).toBe(0)
    expect(client.prom("set-callback", 1, 0x5678)).toBe(0x1234)
  })

  it("chain to another program", () => {
    const view = new DataView(board.ram.buffer)
    board.ram.set(new TextEncoder().encode("chain\0"), 0x30_0100)
    ;[0x30_0100, 5, 0, 0x30_0000, 0, 0x40_0000, 0x1111, 0x22].forEach((cell, i) => {
      view.setUint32(0x30_0000 + i * 4, cell)
    })
    const outcome = board.call(0x30_0000)
    expect(outcome).toMatchObject({ kind: "start", program: { entry: 0x40_0000, registers: { 6: 0x1111, 7: 0x22 } } })
  })

  it("return what interpret leaves, its top first", () => {
    // The first argument is the top of the stack.
    expect(client.call("interpret", 2, "-", 3, 10)).toEqual({ r3: 0, results: [0, 7] })
    expect(client.call("interpret", 4, "swap rot", 3, 2, 1)).toEqual({ r3: 0, results: [0, 1, 2, 3] })
    expect(client.call("interpret", 1, "no-such-word")).toEqual({ r3: 0, results: [-13] })
  })
})

describe("a wild client", () => {
  const WILD = [
    0,
    1,
    0x100,
    0x20_0000,
    RAM_BYTES - 1,
    RAM_BYTES,
    0x7fff_ffff,
    0x8000_0000,
    0xfff0_0000,
    0xffff_fffc,
    -1,
  ]

  it("gets -1 for an argument array outside RAM", () => {
    for (const address of [RAM_BYTES, RAM_BYTES - 4, 0xffff_fffc, -1]) {
      expect(board.firmware.call(address)).toEqual({ kind: "return", value: 0xffff_ffff })
    }
  })

  it("gets -1 for an unknown service, too few arguments and too many", () => {
    expect(client.call("fly", 1).r3).toBe(-1)
    expect(client.call("getprop", 1, 1, 2).r3).toBe(-1)
    expect(client.call("peer", 13, 1, 2, 3, 4).r3).toBe(-1)
  })

  it("gets -1 for text without an end", () => {
    client.board.ram.fill(0x41, 0x80_0000)
    expect(client.call("finddevice", 1, 0x80_0000).r3).toBe(-1)
    expect(client.call("finddevice", 1, RAM_BYTES - 4).r3).toBe(-1)
  })

  it("never makes the firmware throw, whatever it passes", () => {
    const handles = [find("/"), find("cd"), chosen("stdout"), chosen("mmu"), client.prom("open", 1, "cd:0")]
    const values: (number | string)[] = [...WILD, ...handles, "cd", "read", "x"]
    let x = 1
    const next = (below: number) => {
      x = (Math.imul(x, 1_103_515_245) + 12_345) >>> 0
      return (x >>> 8) % below
    }
    // These end the call in another way than by a return.
    const names = board.firmware.client.names.filter((name) => !["boot", "enter", "exit", "chain"].includes(name))
    for (let round = 0; round < 2000; round++) {
      const args = Array.from({ length: next(7) }, () => values[next(values.length)]!)
      expect([0, -1]).toContain(client.call(names[next(names.length)]!, next(4), ...args).r3)
    }
  })

  it("calls every method of every node without a throw", () => {
    const seen = new Set<string>()
    for (const node of board.firmware.tree.nodes()) {
      // Nodes of one kind have the same methods.
      const names = methodNames(node).join()
      if (seen.has(names)) continue
      seen.add(names)
      const ihandle = client.prom("open", 1, node.path)
      if (ihandle === 0) continue
      for (const name of names.split(",")) {
        for (const value of WILD) {
          for (let count = 0; count < 5; count++) {
            expect(client.call("call-method", 3, name, ihandle, ...Array<number>(count).fill(value)).r3).toBe(0)
          }
        }
      }
      client.call("close", 0, ihandle)
    }
  })
})
