// The same kernels in QEMU: its monitor says where it put each part, and what is in memory.

import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { decodeBlob, findNode } from "../../../firmware/device-tree/index.ts"
import { encodeUimage, placeArmLinux } from "../../../firmware/loader/index.ts"
import { findGuest, skipReason } from "../../support/guests.ts"
import { elf32 } from "../sample-images.ts"

const MiB = 1024 * 1024
const QEMU = "qemu-system-arm"
const KERNEL = "arm/versatilepb-zImage"
const INITRD = "arm/initramfs-armel.cpio.gz"
const TREE = "arm/versatile-pb.dtb"
const COMMAND_LINE = "console=ttyAMA0 x"

let folder = ""
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "emu-qemu-"))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Starts QEMU stopped before its first instruction and gives commands to its monitor. */
function monitor(args: string[], ...commands: string[]): string {
  const options = ["-display", "none", "-serial", "null", "-audiodev", "none,id=a", "-S", "-monitor", "stdio"]
  const input = `${[...commands, "quit"].join("\n")}\n`
  return spawnSync(QEMU, [...args, ...options], { input, encoding: "utf8", timeout: 30_000 }).stdout
}

/** Where QEMU put each part, without its own start-up code. */
function parts(args: string[]): { address: number; size: number }[] {
  return [...monitor(args, "info roms").matchAll(/addr=(\w+) size=(\w+) mem=ram name="([^"]*)"/g)]
    .filter((row) => row[3] !== "bootloader")
    .map((row) => ({ address: Number(`0x${row[1]}`), size: Number(row[2]) }))
}

function memory(args: string[], address: number, size: number): Buffer {
  const file = join(folder, "memory")
  monitor(args, `pmemsave ${address} ${size} "${file}"`)
  return readFileSync(file)
}

function save(name: string, bytes: Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, bytes)
  return path
}

const why = skipReason({ guests: [KERNEL, INITRD, TREE], tools: [QEMU] })
describe.skipIf(why)("versatilepb in QEMU", () => {
  const path = (name: string): string => findGuest(name) ?? ""
  const read = (name: string): Uint8Array => readFileSync(path(name))
  const board = ["-M", "versatilepb", "-m", "128", "-kernel", path(KERNEL), "-initrd", path(INITRD)]
  const args = [...board, "-append", COMMAND_LINE]
  const common = { ramBase: 0, ramBytes: 128 * MiB, commandLine: COMMAND_LINE }
  const boot = () => ({ ...common, kernel: read(KERNEL), initrd: read(INITRD) })

  it("has kernel and initrd at the same places, and the same tagged list", () => {
    const placed = placeArmLinux(boot())
    const [kernel, initrd, list] = placed.loads
    expect([kernel, initrd].map((part) => part?.address)).toEqual(parts(args).map((part) => part.address))
    expect(Buffer.compare(memory(args, list!.address, list!.bytes.length), list!.bytes)).toBe(0)
    const code = memory(args, 0, 0x1c)
    expect(placed.registers).toEqual({ r0: 0, r1: code.readUInt32LE(0x10), r2: code.readUInt32LE(0x14) })
    expect(placed.entry).toBe(code.readUInt32LE(0x18))
  })

  it("has the device tree at the same place, with the same facts in it", () => {
    const withTree = [...args, "-dtb", path(TREE)]
    const placed = placeArmLinux({ ...boot(), deviceTree: read(TREE) })
    const there = parts(withTree)
    expect(placed.loads.map(({ address }) => address)).toEqual(there.map(({ address }) => address))
    const theirs = decodeBlob(memory(withTree, there[2]!.address, there[2]!.size)).root
    const ours = decodeBlob(placed.loads[2]!.bytes).root
    expect(findNode(ours, "/chosen")!.properties).toEqual(findNode(theirs, "/chosen")!.properties)
    const memoryOf = (root: typeof ours) => findNode(root, "/memory@0")!.properties["reg"]
    expect(memoryOf(ours)).toEqual(memoryOf(theirs))
  })

  it("has a uImage at the same place, fixed or not", () => {
    const image = { name: "", time: 0, os: 5, architecture: 2, compression: "none" } as const
    const payload = new Uint8Array(4096).fill(1)
    const files = [
      encodeUimage({ ...image, type: 2, loadAddress: 0x20_0000, entry: 0x20_0000, payload }),
      encodeUimage({ ...image, type: 14, loadAddress: 0, entry: 0, payload }),
    ]
    for (const [i, file] of files.entries()) {
      const there = ["-M", "versatilepb", "-m", "128", "-kernel", save(`uImage${i}`, file)]
      const placed = placeArmLinux({ ...common, kernel: file })
      expect(memory(there, 0, 0x1c).readUInt32LE(0x18)).toBe(placed.entry)
      expect(memory(there, placed.loads[0]!.address, 4096).equals(payload)).toBe(true)
    }
  })
})

describe.skipIf(skipReason({ tools: [QEMU] }))("virt in QEMU", () => {
  // The network card of the board would want a boot ROM, which not every installation of QEMU has.
  const virt = (megabytes: number, machine = "virt") => ["-M", machine, "-m", `${megabytes}`, "-nic", "none"]
  const RAM = 0x4000_0000
  const treeOfQemu = (): Uint8Array => {
    const file = join(folder, "virt.dtb")
    spawnSync(QEMU, virt(256, `virt,dumpdtb=${file}`), { encoding: "utf8", timeout: 30_000 })
    return readFileSync(file)
  }

  it("has a program that is not Linux where its file says, and the device tree at the base of RAM", () => {
    const data = new Uint8Array(4096).fill(1)
    for (const physicalAddress of [RAM + 0x1_0000, RAM + 2 * MiB]) {
      const segments = [{ virtualAddress: physicalAddress, physicalAddress, data }]
      const kernel = elf32({ entry: physicalAddress, segments })
      const placed = placeArmLinux({ kernel, deviceTree: treeOfQemu(), ramBase: RAM, ramBytes: 256 * MiB })
      const there = [...virt(256), "-kernel", save("program", kernel)]
      const at = placed.loads.map(({ address }) => address)
      expect(memory(there, at[0]!, 4096).equals(data)).toBe(true)
      // QEMU pads its tree to a megabyte, so it finds no room below a program that starts early.
      if (physicalAddress >= RAM + MiB) expect(memory(there, at[1]!, 4).readUInt32BE(0)).toBe(0xd00dfeed)
    }
  })

  const kernels = ["arm/virt-zImage", "arm/initramfs-armhf.cpio.gz"]
  it.skipIf(skipReason({ guests: kernels }))("has kernel, initrd and device tree at the same places", () => {
    const [kernel, initrd] = kernels.map((name) => findGuest(name)!)
    for (const megabytes of [128, 256, 1024]) {
      const placed = placeArmLinux({
        kernel: readFileSync(kernel!),
        initrd: readFileSync(initrd!),
        deviceTree: treeOfQemu(),
        ramBase: RAM,
        ramBytes: megabytes * MiB,
      })
      const there = parts([...virt(megabytes), "-kernel", kernel!, "-initrd", initrd!])
      expect(placed.loads.map(({ address }) => address)).toEqual(there.map(({ address }) => address))
    }
  })
})
