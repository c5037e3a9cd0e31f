// Device trees: expected bytes come from the Devicetree Specification, expected trees from dtc.

import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import {
  cells,
  type DeviceTreeNode,
  decodeBlob,
  empty,
  encodeBlob,
  findNode,
  ImageError,
  node,
  phandles,
  printSource,
  readCells,
  readStrings,
  readU64s,
  setChosen,
  setMemory,
  strings,
  u64s,
} from "../../../firmware/device-tree/index.ts"
import { findGuest, skipReason } from "../../support/guests.ts"
import { throwsOnlyImageError } from "../only-image-error.ts"
import { forEachCorruption, forEachTruncation } from "../sample-images.ts"

function sample(): DeviceTreeNode {
  const pic = node("pic@1000", { compatible: "arm,pl190", "interrupt-controller": empty, "#interrupt-cells": 1 })
  const clock = node("clock", { compatible: ["fixed-clock", "x"], "clock-frequency": 24_000_000 })
  const uart = node("uart@2000", {
    reg: cells(0x2000, 0x1000),
    interrupts: 12,
    "interrupt-parent": phandles(pic),
    clocks: [clock, clock],
    "odd,bytes": Uint8Array.of(1, 2, 3),
    "quoted,text": 'say "\\n"',
  })
  return node("", { "#address-cells": 1, "#size-cells": 1, model: "sample", wide: u64s(1n << 40n, 2n) }, [
    pic,
    node("bus", { ranges: empty, names: strings("a", "bc") }, [uart]),
    clock,
  ])
}

/** A blob as plain text, to compare trees that differ in layout only. */
function contents(blob: Uint8Array): unknown {
  const plain = (from: DeviceTreeNode): unknown => ({
    name: from.name,
    properties: Object.fromEntries(
      Object.entries(from.properties).map(([name, value]) => [name, Buffer.from(value as Uint8Array).toString("hex")]),
    ),
    children: from.children.map(plain),
  })
  const { root, reserved, bootCpu } = decodeBlob(blob)
  return { root: plain(root), reserved, bootCpu }
}

function dtc(input: Uint8Array | string, from: "dts" | "dtb", to: "dts" | "dtb"): Buffer {
  return execFileSync("dtc", ["-q", "-q", "-f", "-I", from, "-O", to, "-"], { input })
}

describe("encodeBlob", () => {
  it("lays out the smallest tree as chapter 5 of the specification says", () => {
    const words = [...[0xd00dfeed, 90, 56, 88, 40, 17, 16, 3, 2, 32], ...[0, 0, 0, 0], ...[1, 0, 3, 4, 0, 0x2a, 2, 9]]
    const blob = Buffer.from(encodeBlob(node("", { a: 0x2a }), { bootCpu: 3 }))
    expect(Array.from(words, (_, i) => blob.readUInt32BE(i * 4))).toEqual(words)
    expect(blob.subarray(88).toString("latin1")).toBe("a\0")
  })

  it("numbers the nodes that are referred to and points at them", () => {
    const { root } = decodeBlob(encodeBlob(sample()))
    const pic = findNode(root, "/pic")!
    const clock = findNode(root, "/clock")!
    const uart = findNode(root, "/bus/uart@2000")!
    expect(readCells(pic.properties["phandle"]!)).toEqual([1])
    expect(readCells(clock.properties["phandle"]!)).toEqual([2])
    expect(readCells(uart.properties["interrupt-parent"]!)).toEqual([1])
    expect(readCells(uart.properties["clocks"]!)).toEqual([2, 2])
  })

  it("keeps given phandles and numbers the rest above them", () => {
    const given = node("given", { phandle: 0x8001 })
    const free = node("free")
    const { root } = decodeBlob(encodeBlob(node("", { refs: [given, free] }, [given, free])))
    expect(readCells(root.properties["refs"]!)).toEqual([0x8001, 0x8002])
  })

  it("keeps values, reservations and the boot CPU through a round trip", () => {
    const reserved = [{ address: 0x1_0000_0000n, size: 0x1000n }]
    const tree = decodeBlob(encodeBlob(sample(), { reserved, bootCpu: 2 }))
    expect(tree.reserved).toEqual(reserved)
    expect(tree.bootCpu).toBe(2)
    expect(readU64s(tree.root.properties["wide"]!)).toEqual([1n << 40n, 2n])
    expect(readStrings(findNode(tree.root, "/bus")!.properties["names"]!)).toEqual(["a", "bc"])
    expect(findNode(tree.root, "/bus")!.properties["ranges"]).toEqual(new Uint8Array(0))
  })

  it("refuses names, numbers and references that the format cannot hold", () => {
    const stray = node("stray")
    const loop = node("loop")
    loop.children.push(loop)
    const bad: DeviceTreeNode[] = [
      node("", {}, [node("a/b")]),
      node("", {}, [node("")]),
      node("", { "": 1 }),
      node("", { big: 0x1_0000_0000 }),
      node("", { fraction: 0.5 }),
      node("", { wide: 1n << 64n }),
      node("", { text: "a\0b" }),
      node("", { ref: [stray] }),
      node("", {}, [node("a", { phandle: 1 }), node("b", { phandle: 1 })]),
      node("", {}, [loop]),
    ]
    for (const tree of bad) expect(() => encodeBlob(tree)).toThrow(ImageError)
  })
})

describe("decodeBlob", () => {
  it("reads a property named __proto__ as a property", () => {
    const tree = node("")
    Object.defineProperty(tree.properties, "__proto__", { value: 7, enumerable: true })
    const { root } = decodeBlob(encodeBlob(tree))
    expect(Object.keys(root.properties)).toEqual(["__proto__"])
  })

  it("refuses every truncation", () => {
    forEachTruncation(encodeBlob(sample()), (shorter) => {
      expect(throwsOnlyImageError(() => decodeBlob(shorter))).toBe(true)
    })
  })

  it("answers every corruption with a tree or an ImageError", () => {
    forEachCorruption(encodeBlob(sample(), { reserved: [{ address: 1n, size: 2n }] }), (damaged) => {
      throwsOnlyImageError(() => printSource(decodeBlob(damaged).root))
    })
  })

  it("refuses nodes nested without end", () => {
    let tree = node("x")
    for (let i = 0; i < 62; i++) tree = node("x", {}, [tree])
    const blob = Buffer.from(encodeBlob(node("", {}, [tree])))
    expect(() => decodeBlob(blob)).not.toThrow()
    // 65 nodes, made by hand: FDT_BEGIN_NODE and an empty name, over and over.
    const deep = Buffer.alloc(56 + 65 * 8)
    for (const [i, word] of [0xd00dfeed, deep.length, 56, 56, 40, 17, 16, 0, 0, 65 * 8].entries()) {
      deep.writeUInt32BE(word, i * 4)
    }
    for (let i = 0; i < 65; i++) deep.writeUInt32BE(1, 56 + i * 8)
    expect(() => decodeBlob(deep)).toThrow(/nested deeper/)
  })
})

describe("setChosen and setMemory", () => {
  const before = sample()
  const after = setMemory(setChosen(before, { bootargs: "quiet", initrdStart: 0x100n, initrdEnd: 0x200n }), [
    { address: 0n, size: 0x800_0000n },
  ])

  it("write the facts in as many cells as the root asks for", () => {
    const { root } = decodeBlob(encodeBlob(after))
    const chosen = findNode(root, "/chosen")!
    expect(readStrings(chosen.properties["bootargs"]!)).toEqual(["quiet"])
    expect(readCells(chosen.properties["linux,initrd-start"]!)).toEqual([0x100])
    expect(readCells(chosen.properties["linux,initrd-end"]!)).toEqual([0x200])
    expect(readCells(findNode(root, "/memory@0")!.properties["reg"]!)).toEqual([0, 0x800_0000])
    const wide = setMemory(node("", { "#address-cells": 2, "#size-cells": 2 }), [
      { address: 1n << 32n, size: 1n << 33n },
    ])
    expect(readCells(findNode(wide, "/memory")!.properties["reg"]!)).toEqual([1, 0, 2, 0])
  })

  it("leave the given tree alone and keep what is not given", () => {
    expect(findNode(before, "/chosen")).toBeUndefined()
    const again = setChosen(after, { bootargs: "loud" })
    expect(findNode(again, "/chosen")!.properties).toMatchObject({ bootargs: "loud", "linux,initrd-start": [0x100] })
  })

  it("replace every memory node by one", () => {
    const old = node("", { "#address-cells": 1 }, [
      node("memory", { reg: [0, 1] }),
      node("ram@5", { device_type: "memory" }),
      node("z"),
    ])
    const names = setMemory(old, [{ address: 0x4000_0000n, size: 1n }]).children.map(({ name }) => name)
    expect(names).toEqual(["memory@40000000", "z"])
  })

  it("refuse an address that needs more cells than the tree has", () => {
    expect(() => setMemory(sample(), [{ address: 1n << 32n, size: 1n }])).toThrow(ImageError)
  })
})

const noDtc = skipReason({ tools: ["dtc"] })
describe.skipIf(noDtc)("against dtc", () => {
  it("encodes what dtc reads back to the same tree", () => {
    const blob = encodeBlob(sample(), { reserved: [{ address: 0x1000n, size: 0x20n }] })
    expect(contents(dtc(dtc(blob, "dtb", "dts"), "dts", "dtb"))).toEqual(contents(blob))
  })

  it("prints source that dtc compiles to the same tree", () => {
    const reserved = [{ address: 0x1000n, size: 0x20n }]
    const source = printSource(sample(), { reserved })
    expect(contents(dtc(source, "dts", "dtb"))).toEqual(contents(encodeBlob(sample(), { reserved })))
  })
})

const BLOBS = ["arm/versatile-pb.dtb", "ppc/g3beige-fdt.dtb", "ppc/mac99-fdt.dtb"]
for (const name of BLOBS) {
  const reason = skipReason({ guests: [name], tools: ["dtc"] })
  describe.skipIf(reason)(`the blob ${name}`, () => {
    const blob = reason ? new Uint8Array() : readFileSync(findGuest(name)!)

    it("survives decoding and encoding", () => {
      const { root, reserved, bootCpu } = decodeBlob(blob)
      expect(contents(encodeBlob(root, { reserved, bootCpu }))).toEqual(contents(blob))
    })

    it("prints as source that dtc compiles to the same tree", () => {
      const { root, reserved } = decodeBlob(blob)
      expect(contents(dtc(printSource(root, { reserved }), "dts", "dtb"))).toMatchObject({
        root: (contents(blob) as { root: unknown }).root,
        reserved,
      })
    })
  })
}
