// Linux's first calls: what prom_init asks of the firmware, on each Macintosh.

import { describe, expect, it } from "vitest"
import type { MacDescription } from "../../../firmware/open-firmware/index.ts"
import { elf32 } from "../sample-images.ts"
import { FakeClient, fakeBoard } from "./fake-board.ts"
import { g3beige, mac99, mac99Pmu } from "./macs.ts"
import { promInit } from "./prom-init.ts"

const KERNEL_END = 0x70_0000
const kernel = elf32({
  machine: 20,
  endian: "big",
  entry: 0xc000_0000,
  segments: [
    { virtualAddress: 0xc000_0000, physicalAddress: 0, data: Uint8Array.of(0x48, 0, 0, 0), memorySize: KERNEL_END },
  ],
})
const initrd = new TextEncoder().encode("070701 an archive")

const BOARDS: readonly (readonly [string, MacDescription, string, string[]])[] = [
  ["g3beige", g3beige, "/pci@80000000/mac-io@10", ["/pci@80000000/QEMU,VGA@1"]],
  ["mac99", mac99, "/pci@f2000000/mac-io@c", ["/pci@f2000000/QEMU,VGA@e"]],
  ["mac99-pmu", mac99Pmu, "/pci@f2000000/mac-io@c", ["/pci@f2000000/QEMU,VGA@e"]],
]

describe.each(BOARDS)("on %s", (_, description, macIo, displays) => {
  const board = fakeBoard(description)
  const start = board.firmware.startKernel({ kernel, initrd, commandLine: "console=ttyPZ0 quiet" })
  const { 3: r3, 4: r4 } = start.registers

  it("starts the kernel at its physical address", () => {
    expect(start.entry).toBe(0)
    expect(start.registers[5]).toBe(0xfff0_0000)
    expect(board.ram.slice(0, 4)).toEqual(Uint8Array.of(0x48, 0, 0, 0))
  })

  it("passes the RAM disk in r3 and r4", () => {
    expect(r3).toBeGreaterThanOrEqual(KERNEL_END)
    expect(board.ram.slice(r3, r3! + r4!)).toEqual(initrd)
  })

  const linux = promInit(new FakeClient(board), KERNEL_END, [r3!, r4!])

  it("tells Linux its console, command line, memory and displays", () => {
    const { stdoutPath, commandLine, ramTop } = linux
    expect({ stdoutPath, commandLine, ramTop, displays: linux.displays }).toEqual({
      stdoutPath: `${macIo}/escc@13000/ch-a@13020`,
      commandLine: "console=ttyPZ0 quiet",
      ramTop: 0x1000_0000,
      displays,
    })
    expect(board.output()).toBe(`OF stdout device is: ${stdoutPath}\r\nQuiescing Open Firmware ...`)
  })

  it("gives Linux memory behind its RAM disk", () => {
    expect(linux.claimed).toBeGreaterThanOrEqual(r3! + r4!)
    expect(linux.claimed % 4096).toBe(0)
  })

  it("shows Linux the whole tree", () => {
    const nodes = board.firmware.tree.nodes()
    expect(linux.nodes.map((node) => node.path)).toEqual(nodes.map((node) => node.path))
    expect(linux.nodes.map((node) => node.properties)).toEqual(nodes.map((node) => node.properties))
  })

  it("keeps the properties that Linux sets", () => {
    const chosen = linux.nodes.find((node) => node.path === "/chosen")!.properties
    const u64 = (value: number) => new Uint8Array(new BigUint64Array([BigInt(value)]).buffer).reverse()
    expect(chosen.get("linux,initrd-start")).toEqual(u64(r3!))
    expect(chosen.get("linux,initrd-end")).toEqual(u64(r3! + r4!))
    expect(linux.nodes.find((node) => node.path === displays[0])!.properties.get("linux,opened")).toEqual(
      new Uint8Array(0),
    )
  })
})
