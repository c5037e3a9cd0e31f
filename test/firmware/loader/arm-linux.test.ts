// Where an ARM kernel, its initrd and its device tree go: the boot protocol, and QEMU as the witness.

import { describe, expect, it } from "vitest"
import {
  type DeviceTreeNode,
  decodeBlob,
  findNode,
  node,
  readCells,
  readStrings,
} from "../../../firmware/device-tree/index.ts"
import {
  type ArmLinuxRequest,
  encodeUimage,
  ImageError,
  parseUimage,
  placeArmLinux,
  type UImage,
} from "../../../firmware/loader/index.ts"
import { throwsOnlyImageError } from "../only-image-error.ts"
import { elf32, elf64WithSymbols, forEachCorruption, forEachTruncation, pe64, zimage } from "../sample-images.ts"

const MiB = 1024 * 1024
const initrd = new Uint8Array(5000).fill(7)
const root = node("", { "#address-cells": 1, "#size-cells": 1 }, [node("memory", { reg: [0, 1] })])

function request(more: Partial<ArmLinuxRequest> = {}): ArmLinuxRequest {
  return { kernel: zimage(0x1000), ramBase: 0x4000_0000, ramBytes: 64 * MiB, ...more }
}

function uimage(more: Partial<UImage> = {}): Uint8Array {
  return encodeUimage({
    name: "",
    time: 0,
    loadAddress: 0x4000_8000,
    entry: 0x4000_8000,
    os: 5,
    architecture: 2,
    type: 2,
    compression: "none",
    payload: new Uint8Array(256),
    ...more,
  })
}

function program(physicalAddress: number, entry = physicalAddress, memorySize = 16): Uint8Array {
  const data = new Uint8Array(16).fill(1)
  return elf32({ entry, segments: [{ virtualAddress: physicalAddress, physicalAddress, data, memorySize }] })
}

const addresses = (more: Partial<ArmLinuxRequest>): number[] =>
  placeArmLinux(request(more)).loads.map(({ address }) => address)

describe("placeArmLinux", () => {
  it("puts the kernel low, the initrd half-way up and the device tree behind it", () => {
    const placed = placeArmLinux(request({ initrd, deviceTree: { root } }))
    expect(placed.loads.map(({ address }) => address)).toEqual([0x4001_0000, 0x4200_0000, 0x4200_2000])
    expect(placed).toMatchObject({ entry: 0x4001_0000, thumb: false })
    expect(placed.registers).toEqual({ r0: 0, r1: 0xffff_ffff, r2: 0x4200_2000 })
    expect(placed.loads[1]?.bytes).toBe(initrd)
  })

  it("puts the initrd no higher than 128 MiB", () => {
    expect(addresses({ initrd, ramBytes: 1024 * MiB })[1]).toBe(0x4800_0000)
  })

  it("puts an uncompressed kernel 32 KiB above the base of RAM", () => {
    const placed = placeArmLinux(request({ kernel: new Uint8Array(100) }))
    expect(placed.entry).toBe(0x4000_8000)
  })

  it("tells the device tree about memory, command line and initrd, and keeps its reservations", () => {
    const reserved = [{ address: 0x4100_0000n, size: 0x1000n }]
    const placed = placeArmLinux(request({ initrd, deviceTree: { root, reserved }, commandLine: "quiet" }))
    const tree = decodeBlob(placed.loads[2]!.bytes)
    const value = (from: DeviceTreeNode | undefined, name: string) => from!.properties[name]!
    const chosen = findNode(tree.root, "/chosen")
    expect(readStrings(value(chosen, "bootargs"))).toEqual(["quiet"])
    expect(readCells(value(chosen, "linux,initrd-start"))).toEqual([0x4200_0000])
    expect(readCells(value(chosen, "linux,initrd-end"))).toEqual([0x4200_0000 + 5000])
    expect(readCells(value(findNode(tree.root, "/memory"), "reg"))).toEqual([0x4000_0000, 64 * MiB])
    expect(tree.reserved).toEqual(reserved)
    expect(root.children).toHaveLength(1)
  })

  it("moves the initrd above what a kernel is known to unpack to", () => {
    const kernel = zimage(0x1000, { unpackedSize: 9 * MiB })
    const [, initrdAt] = addresses({ kernel, initrd, ramBytes: 16 * MiB })
    expect(initrdAt).toBeGreaterThan(0x4000_8000 + 9 * MiB)
  })

  it("starts a uImage at its load address and one without where QEMU does", () => {
    const placed = placeArmLinux(request({ kernel: uimage({ entry: 0x4000_8010 }) }))
    expect(placed).toMatchObject({ entry: 0x4000_8010, loads: [{ address: 0x4000_8000 }, {}] })
    const anywhere = placeArmLinux(request({ kernel: uimage({ type: 14, loadAddress: 0, entry: 0 }) }))
    expect(anywhere).toMatchObject({ entry: 0x4200_0040, loads: [{ address: 0x4200_0040 }, {}] })
  })

  it("starts an ELF file at the physical address of its entry point, in Thumb state if that is odd", () => {
    const data = new Uint8Array(16)
    const segments = [{ virtualAddress: 0xc000_0000, physicalAddress: 0x4010_0000, data, memorySize: 64 }]
    const placed = placeArmLinux(request({ kernel: elf32({ entry: 0xc000_0005, segments }), deviceTree: { root } }))
    expect(placed).toMatchObject({ entry: 0x4010_0004, thumb: true, registers: { r2: 0x4000_0000 } })
    expect(placed.loads[0]).toMatchObject({ address: 0x4010_0000, size: 64 })
  })

  it("leaves out the tagged list for an ELF file that lies in its place", () => {
    expect(placeArmLinux(request({ kernel: program(0x4000_0000, 0x4000_0000, 0x1000) }))).toMatchObject({
      loads: [{ address: 0x4000_0000 }],
      registers: { r2: 0 },
    })
  })

  it("refuses what does not fit into RAM", () => {
    const refused = (more: Partial<ArmLinuxRequest>, problem: RegExp) => {
      expect(() => placeArmLinux(request(more))).toThrow(problem)
      expect(throwsOnlyImageError(() => placeArmLinux(request(more)))).toBe(true)
    }
    const tree = { root }
    refused({ ramBytes: 0x1_0800 }, /^The kernel .* does not fit/)
    refused({ kernel: zimage(0x1000, { unpackedSize: 65 * MiB }) }, /^The unpacked kernel .* does not fit/)
    refused({ initrd: new Uint8Array(33 * MiB) }, /^The initrd .* does not fit/)
    refused({ initrd: new Uint8Array(32 * MiB), deviceTree: tree }, /^The device tree .* does not fit/)
    refused({ initrd: new Uint8Array() }, /^The initrd is empty/)
    refused({ kernel: uimage({ loadAddress: 0x8000, entry: 0x8000 }) }, /^The kernel .* link it/)
    refused({ kernel: program(0x3fff_fff8) }, /^The kernel .* link it/)
    refused({ kernel: program(0x4200_1000), initrd }, /^The initrd .* overlap the kernel/)
    refused({ kernel: uimage({ loadAddress: 0x4000_0010, entry: 0x4000_0010 }) }, /^The tagged list .* overlap/)
    refused({ commandLine: "x".repeat(0x4000) }, /too long/)
    refused({ commandLine: "a\0b" }, /NUL/)
  })

  it("refuses files that are no ARM kernels, and names what they are", () => {
    const refused = (kernel: Uint8Array, problem: RegExp) => {
      expect(() => placeArmLinux(request({ kernel }))).toThrow(problem)
    }
    refused(elf64WithSymbols(), /IA-64/)
    refused(elf32({ machine: 40, endian: "big", entry: 0, segments: [] }), /big-endian/)
    refused(elf32({ entry: 0, segments: [] }), /nothing to load/)
    refused(pe64(), /EFI application/)
    refused(Uint8Array.of(0x1f, 0x8b, 8, 0), /still compressed/)
    refused(uimage({ architecture: 7 }), /PowerPC/)
    refused(uimage({ type: 3 }), /initrd/)
    refused(uimage({ compression: "gzip" }), /still compressed/)
    refused(uimage({ entry: 0x4000_8100 }), /outside its payload/)
    refused(new Uint8Array(), /empty/)
  })

  it("answers truncated and corrupted kernels with a placement or an ImageError", () => {
    for (const kernel of [zimage(256, { unpackedSize: 5 * MiB }), program(0x4010_0000), uimage()]) {
      const attempt = (damaged: Uint8Array) => {
        throwsOnlyImageError(() => placeArmLinux(request({ kernel: damaged, initrd, deviceTree: { root } })))
      }
      forEachTruncation(kernel, attempt)
      forEachCorruption(kernel, attempt)
    }
  })

  it("refuses damaged device trees", () => {
    const blob = placeArmLinux(request({ deviceTree: { root } })).loads[1]!.bytes
    forEachTruncation(blob, (shorter) => {
      expect(() => placeArmLinux(request({ deviceTree: shorter }))).toThrow(ImageError)
    })
  })

  it("keeps the sample uImage as it was", () => {
    const kernel = uimage()
    placeArmLinux(request({ kernel }))
    expect(() => parseUimage(kernel)).not.toThrow()
  })
})
