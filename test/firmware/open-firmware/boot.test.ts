// Booting from disks: boot scripts, ELF and XCOFF programs, and what the user reads if it fails.

import { describe, expect, it } from "vitest"
import { elf32 } from "../sample-images.ts"
import { fakeBoard } from "./fake-board.ts"
import { driveOf, fixture } from "./images.ts"
import { g3beige } from "./macs.ts"

const CD = "/pci@80000000/mac-io@10/ata-3@21000/cdrom@0"

function boardWith(image: Uint8Array) {
  return fakeBoard(g3beige, { ramBytes: 64 << 20, drives: { cd: driveOf(image) } })
}

function boot(image: Uint8Array, command: string) {
  const board = boardWith(image)
  board.firmware.startPrompt(command)
  const outcome = board.call(0)
  if (outcome.kind !== "start") throw new Error(`Nothing starts: ${outcome.kind}`)
  const chosen = board.firmware.tree.find("/chosen")!
  return { board, program: outcome.program, bootpath: chosen.text("bootpath"), bootargs: chosen.text("bootargs") }
}

describe.each([
  ["HFS", fixture("hybrid.iso")],
  ["HFS Plus", fixture("hfsplus.iso")],
])("a CD-ROM with %s", (_, image) => {
  it.each([["boot"], ["boot cd:,\\\\:tbxi"], ["boot cd:"], [`boot ${CD}:,\\ppc\\bootinfo.txt`]])(
    "runs its boot script by '%s'",
    (command) => {
      const { board, program, bootpath, bootargs } = boot(image, command)
      expect(program.entry).toBe(0x20_0000)
      expect(bootpath).toBe(`${CD}:,\\boot\\deep\\program.elf`)
      expect(bootargs).toBe('with "arguments"')
      // li r3, 1 and a branch back to it.
      expect(board.ram.slice(0x20_0000, 0x20_0008)).toEqual(Uint8Array.of(0x38, 0x60, 0, 1, 0x4b, 0xff, 0xff, 0xfc))
    },
  )

  it("starts a program by its path", () => {
    const { program, bootargs } = boot(image, "boot cd:,\\boot\\deep\\program.elf -s quiet")
    expect(program.entry).toBe(0x20_0000)
    expect(bootargs).toBe("-s quiet")
  })

  it("gives a program a stack, the client interface and no RAM disk", () => {
    const { board, program } = boot(image, "boot cd:,\\boot\\deep\\program.elf")
    const { 1: stack, ...others } = program.registers
    expect(others).toEqual({ 2: 0, 3: 0, 4: 0, 5: 0xfff0_0000 })
    expect(stack! % 16).toBe(0)
    expect(board.firmware.map.physical.isFree(stack! - 0x8000, 0x8000)).toBe(false)
    expect(board.firmware.map.physical.isFree(0x20_0000, 8)).toBe(false)
  })
})

describe("an XCOFF program", () => {
  it("starts where its descriptor says, with its table of contents", () => {
    const board = fakeBoard(g3beige)
    const program = board.firmware.startKernel({ kernel: fixture("program.xcoff") })
    expect(program.entry).toBe(0x50_0008)
    expect(program.registers[2]).toBe(0x50_1000)
    expect(board.ram.slice(0x50_1000, 0x50_1004)).toEqual(Uint8Array.of(0, 0, 0, 7))
  })
})

describe("a program that ends", () => {
  it("gives back what it claimed when the next one starts", () => {
    const { board } = boot(fixture("hybrid.iso"), "boot")
    board.firmware.map.claim(0x100_0000, 0x10_0000, 0)
    board.firmware.startPrompt("boot")
    expect(board.call(0).kind).toBe("start")
    expect(board.firmware.map.physical.isFree(0x100_0000, 0x10_0000)).toBe(true)
  })
})

describe("a boot that fails", () => {
  it.each([
    ["boot /pci", "/pci@80000000 is no disk to boot from."],
    ["boot cd:,\\none", `There is no file ${CD}:,\\none.`],
    [
      "boot cd:,\\many\\file-with-a-longer-name-1.txt",
      `${CD}:,\\many\\file-with-a-longer-name-1.txt is neither a program nor a boot script.`,
    ],
    ["boot cd:7", `There is no file ${CD}:7,\\\\:tbxi.`],
  ])("says why for '%s'", (command, message) => {
    const board = boardWith(fixture("hybrid.iso"))
    board.firmware.startPrompt(command)
    for (let i = 0; i < 10; i++) board.firmware.call(0)
    expect(board.output()).toBe(`${message}\r\nok `)
    expect(board.firmware.call(0).kind).toBe("wait")
  })

  it("says that a drive is empty", () => {
    const board = boardWith(new Uint8Array(0))
    board.firmware.startPrompt("boot cd:,\\x")
    for (let i = 0; i < 10; i++) board.firmware.call(0)
    expect(board.output()).toBe(`There is no file ${CD}:,\\x.\r\nok `)
  })
})

describe("a kernel that cannot run here", () => {
  const code = Uint8Array.of(0x48, 0, 0, 0)
  const at = (address: number, memorySize = 4) => [
    { virtualAddress: address, physicalAddress: address, data: code, memorySize },
  ]

  it.each([
    [
      elf32({ machine: 21, endian: "big", entry: 0, segments: at(0) }),
      "The ELF file is for PowerPC, 32 bits, big-endian",
    ],
    [elf32({ machine: 40, entry: 0, segments: at(0) }), "The ELF file is for ARM, 32 bits, little-endian"],
    [elf32({ machine: 20, entry: 0, segments: at(0) }), "The ELF file is for PowerPC, 32 bits, little-endian"],
    [
      elf32({ machine: 20, endian: "big", entry: 0x2000_0000, segments: at(0x2000_0000) }),
      "The program needs memory from 0x20000000",
    ],
    [
      elf32({ machine: 20, endian: "big", entry: 0, segments: at(0, 0x1000_0000) }),
      "The program needs memory from 0x0 to 0x10000000",
    ],
    [new Uint8Array(64), "The image is neither an ELF file nor an XCOFF file"],
  ])("is refused with one line", (kernel, message) => {
    expect(() => fakeBoard(g3beige).firmware.startKernel({ kernel })).toThrow(message)
  })

  it("is refused if its RAM disk does not fit", () => {
    const kernel = elf32({ machine: 20, endian: "big", entry: 0, segments: at(0) })
    const board = fakeBoard(g3beige, { ramBytes: 16 << 20 })
    expect(() => board.firmware.startKernel({ kernel, initrd: new Uint8Array(15 << 20) })).toThrow("does not fit")
  })

  it("is refused if its command line has a NUL", () => {
    const kernel = elf32({ machine: 20, endian: "big", entry: 0, segments: at(0) })
    expect(() => fakeBoard(g3beige).firmware.startKernel({ kernel, commandLine: "a\0b" })).toThrow("NUL")
  })
})
