// Whatever is wrong with the command line or a file: one line on standard error, exit status 2.

import { execFileSync, spawn } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { encodeBlob, node } from "../../firmware/device-tree/index.ts"
import { elf32, zimage } from "../firmware/sample-images.ts"
import { runCommand, spawnEmu } from "./run-emu.ts"

const folder = mkdtempSync(join(tmpdir(), "emu-cli-"))
afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, contents: Uint8Array | string): string {
  const path = join(folder, name)
  writeFileSync(path, contents)
  return path
}

const RAM = 0x4000_0000
const MiB = 1024 * 1024
const code = Uint8Array.of(0xfe, 0xff, 0xff, 0xea)
const program = (at: number, memorySize = 4) =>
  elf32({ entry: at, segments: [{ virtualAddress: at, physicalAddress: at, data: code, memorySize }] })

const kernel = file("kernel", zimage(4096))
const empty = file("empty", "")
const goodElf = program(RAM + 0x8000)
const truncatedElf = file("truncated.elf", goodElf.slice(0, 60))
const cutElf = file("cut.elf", goodElf.slice(0, goodElf.length - 2))
const x86 = file("x86.elf", foreignElf(62, "little"))
const sparc = file("sparc.elf", elf32({ machine: 2, endian: "big", entry: 0, segments: [] }))
const powerpc = file("powerpc.elf", elf32({ machine: 20, endian: "big", entry: 0, segments: [] }))
const powerpcLittle = file("powerpc-little.elf", elf32({ machine: 20, endian: "little", entry: 0, segments: [] }))
const powerpc64 = file("powerpc64.elf", foreignElf(21, "big"))
/** A PowerPC program with segments at these addresses; each has 4 bytes in the file and 4 KiB in memory. */
const macProgram = (...addresses: number[]) =>
  elf32({
    machine: 20,
    endian: "big",
    entry: addresses[0]!,
    segments: addresses.map((at) => ({ virtualAddress: at, physicalAddress: at, data: code, memorySize: 4096 })),
  })
const macKernel = file("mac.elf", macProgram(0x10_0000))
const macOverlap = file("mac-overlap.elf", macProgram(0x10_0000, 0x10_0800))
const macHigh = file("mac-high.elf", macProgram(0x10_0000, 0x7000_0000))
const macElsewhere = file(
  "mac-elsewhere.elf",
  elf32({
    machine: 20,
    endian: "big",
    entry: 4,
    segments: [{ virtualAddress: 0x10_0000, physicalAddress: 0, data: code }],
  }),
)
/** A device tree that is cut off, and one whose structure leads out of it. */
const macTree = encodeBlob(node("", { compatible: "AAPL,Gossamer" }, [node("chosen")]))
const cutTree = file("cut.dtb", macTree.slice(0, macTree.length - 20))
const wildTree = file(
  "wild.dtb",
  macTree.map((byte, n) => (n >= 8 && n < 12 ? 0x7f : byte)),
)
const oddDisk = file("odd.img", new Uint8Array(1000))
const disk = file("disk.img", new Uint8Array(1024))
const big = file("big", new Uint8Array(2 * MiB).fill(0xe1))
const high = file("high.elf", program(RAM + 128 * MiB + 4096))
const outside = file("outside.elf", program(0x1000_0000))
const initrd = file("initrd", new Uint8Array(16384).fill(1))
const brokenGzip = file("broken.gz", Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3))
const source = file("wrong.s", "nop\nfrob r1\nldr r0, =missing\n")

const bigTree = file("big.dtb", encodeBlob(node("", { padding: "x".repeat(2 * MiB) })))

// A part as the kit makes it, with one wire and an option of each type.
const toy = file(
  "toy.mjs",
  `export default {
    name: "toy",
    wires: { irq: { name: "line", isOptional: false }, console: { name: "port", isOptional: true } },
    options: { clockHz: 1, isFast: false, table: [] },
    create: () => ({ size: 16, regions: {}, tree: () => ({}), reset() {}, read: () => 0, write() {} }),
  }`,
)
const noPart = file("no-part.mjs", "export default { name: 'toy', create() {} }")
const noBoard = file(
  "no-board.mjs",
  `export default {
    name: "bare", description: "", architecture: {}, cpus: [], compatible: [],
    defaultMemoryBytes: 1048576, maximumMemoryBytes: 1048576, create: () => ({ machine: {} }),
  }`,
)
const noExport = file("no-export.mjs", "export const toy = 1")
const noModule = file("no-module.mjs", "export default {{")
// The evaluator is made fastest.
const device = (path: string, ...settings: string[]) => [
  ...["boot", "--engine", "evaluator", "--device"],
  [path, ...settings].join(","),
]

const noText = file("no-text", Uint8Array.of(0xff, 0xfe, 0xe1))

// The header of a 64-bit executable without any segments.
function foreignElf(machine: number, order: "big" | "little"): Uint8Array {
  const bytes = new Uint8Array(64)
  const isLittle = order === "little"
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, isLittle ? 1 : 2, 1])
  const view = new DataView(bytes.buffer)
  view.setUint16(16, 2, isLittle)
  view.setUint16(18, machine, isLittle)
  view.setUint32(20, 1, isLittle)
  view.setUint16(52, 64, isLittle)
  return bytes
}

describe("the command", () => {
  it.each<[what: string, words: string[], says: RegExp]>([
    ["a command that is none", ["frob"], /frob/],
    ["no command", [], /command/],
    ["an option that is none", ["boot", "--frob"], /frob/],
    ["one file too many", ["boot", kernel, kernel], /kernel/],
    ["a file that is missing", ["boot", join(folder, "nowhere")], /nowhere cannot be read: no such file/],
    ["a directory", ["boot", folder], /is a directory/],
    ["a file in a file", ["boot", join(kernel, "x")], /not a directory/],
    ["an empty file", ["boot", empty], /is empty/],
    ["an empty initrd", ["boot", kernel, "--initrd", empty], /initrd .* is empty/],
    ["a missing device tree", ["boot", kernel, "--dtb", join(folder, "nowhere")], /device tree .* no such file/],
    ["a device tree that is none", ["boot", kernel, "--dtb", initrd], /./],
    ["a machine that is none", ["boot", "--machine", "frob"], /no machine frob; the machines are virt/],
    [
      "a machine that cannot run the monitor",
      ["boot", "-M", "versatilepb"],
      /monitor .* runs on virt, not on versatilepb/,
    ],
    ["a picture of no screen", ["boot", kernel, "--screenshot", join(folder, "x.png")], /virt has no screen/],
    ["a CPU that is none", ["boot", "--cpu", "z80"], /no CPU z80/],
    [
      "a machine that is part of JavaScript",
      ["boot", "--machine", "toString"],
      /no machine toString; the machines are/,
    ],
    ["negative memory", ["boot", "--memory=-5"], /-5.* no size of memory/],
    ["memory in words", ["boot", "-m", "lots"], /lots.* no size of memory/],
    ["too little memory", ["boot", "-m", "64K"], /takes 1 to 3072 MiB/],
    ["too much memory", ["boot", "-m", "64G"], /takes 1 to 3072 MiB/],
    ["a broken pattern", ["boot", "--expect", "("], /--expect "\(" is no regular expression/],
    ["another broken pattern", ["boot", "--fail-on", "[z-a]"], /--fail-on/],
    ["a timeout that is no number", ["boot", "--timeout", "soon"], /--timeout takes a number/],
    ["a negative number of instructions", ["boot", "--max-instructions=-1"], /--max-instructions takes a whole number/],
    ["part of an instruction", ["boot", "--max-instructions", "1.5"], /--max-instructions takes a whole number/],
    ["no time at all", ["boot", "--timeout", "0"], /--timeout takes a number of seconds greater than 0/],
    ["several CPUs", ["boot", "--smp", "2"], /--smp 2 is not possible/],
    ["no number of CPUs", ["boot", "--smp", "many"], /--smp takes a whole number/],
    ["an option without its value", ["boot", "--initrd"], /initrd/],
    ["a number without its value", ["boot", "--timeout"], /timeout/],
    ["a choice without its value", ["dis", "--hex", "0", "--isa"], /isa/],
    ["a repeatable option without its value", ["boot", "--expect"], /expect/],
    ["a line of source that is missing", ["asm", "-e"], /-e is given without its value/],
    ["an option given twice", ["boot", "-m", "1", "--memory", "2"], /--memory is given more than once/],
    ["a choice given twice", ["dis", "--hex", "0", "--isa", "arm", "--isa", "thumb"], /--isa is given more than once/],
    ["a switch with a value", ["boot", "--reboot=no"], /--reboot takes no value.* not "no"/],
    ["an image without a name", ["boot", ""], /image "" cannot be read/],
    ["a firmware without a name", ["boot", "--bios", ""], /firmware "" cannot be read/],
    ["a device", ["boot", "/dev/zero"], /\/dev\/zero is a device/],
    ["a serial port that goes nowhere", ["boot", "--serial", "moon"], /--serial takes stdio, none or file/],
    ["a kernel and a firmware", ["boot", kernel, "--bios", kernel], /give one of them/],
    ["a firmware with an initrd", ["boot", "--bios", kernel, "--initrd", initrd], /leave it out/],
    ["a firmware with a command line", ["boot", "--bios", kernel, "--append", "x"], /leave it out/],
    ["a firmware with no device tree", ["boot", "--bios", kernel, "--dtb", initrd, "-M", "virt"], /device tree/],
    [
      "a device tree larger than memory",
      ["boot", "--bios", kernel, "--dtb", bigTree, "-m", "1"],
      /no memory for the 2 MiB/,
    ],
    ["a truncated ELF file", ["boot", truncatedElf], /truncated|ends|damaged/],
    ["an ELF file with a truncated segment", ["boot", cutElf], /truncated|ends|damaged/],
    [
      "an ELF file for x86-64",
      ["boot", x86],
      /for x86-64, 64 bits, little-endian; the machines here run ARM, 32 bits; PowerPC/,
    ],
    [
      "an ELF file for PowerPC",
      ["boot", powerpc, "--machine", "virt"],
      /The image is for PowerPC, 32 bits, big-endian; virt runs ARM, 32 bits\./,
    ],
    ["an ELF file for PowerPC with nothing in it", ["boot", powerpc], /nothing to load/],
    ["an ELF file for 64-bit PowerPC", ["boot", powerpc64], /for PowerPC, 64 bits, big-endian; the machines here run/],
    [
      "such a file for a Macintosh",
      ["boot", powerpc64, "-M", "mac99"],
      /for PowerPC, 64 bits, big-endian; mac99 runs PowerPC, 32 bits, big-endian/,
    ],
    ["an ELF file for little-endian PowerPC", ["boot", powerpcLittle], /for PowerPC, 32 bits, little-endian/],
    ["a kernel for ARM on a Macintosh", ["boot", kernel, "-M", "g3beige"], /for ARM.*; g3beige runs PowerPC/],
    ["no program at all on a Macintosh", ["boot", initrd, "-M", "mac99"], /neither an ELF file nor an XCOFF file/],
    ["a PowerPC program whose segments overlap", ["boot", macOverlap], /0x100000 and 0x100800 overlap/],
    ["a PowerPC program outside of RAM", ["boot", macHigh], /memory from 0x70000000 to 0x70001000/],
    ["a PowerPC program that starts nowhere", ["boot", macElsewhere], /entry point 0x4 lies in none/],
    ["a device tree that is cut off", ["boot", macKernel, "--dtb", cutTree], /^Device tree blob is truncated/],
    [
      "a device tree that leads out of itself",
      ["boot", macKernel, "--dtb", wildTree],
      /^Device tree blob .* structure block/,
    ],
    ["an initrd larger than a Macintosh", ["boot", macKernel, "-m", "3", "--initrd", big], /does not fit|no memory/],
    ["a disk with half a sector", ["boot", "-M", "mac99", "--hda", oddDisk], /odd\.img/],
    ["an empty disk", ["boot", "-M", "mac99", "--hda", empty], /empty/],
    ["a disc with half a sector", ["boot", "-M", "mac99", "--cdrom", disk], /disk\.img/],
    ["two disks at one place", ["boot", "-M", "mac99", "--hda", disk, "--drive", `file=${disk},index=0`], /place 0/],
    ["a firmware outside of the ROM", ["boot", "-M", "g3beige", "--bios", macKernel], /outside of the ROM/],
    ["an ELF file for SPARC without a machine", ["boot", sparc], /for SPARC, 32 bits, big-endian; the machines/],
    ["a damaged gzip file", ["boot", brokenGzip], /gzip/],
    ["a kernel larger than memory", ["boot", big, "-m", "1"], /./],
    ["a kernel outside of memory", ["boot", outside], /0x10000000/],
    ["an initrd that overlaps the kernel", ["boot", high, "--initrd", initrd], /overlap/],
    ["a firmware without a place", ["boot", "--bios", kernel, "--machine", "versatilepb"], /no place/],
    ["a board that is missing", ["boot", "-M", "./nowhere.js"], /machine \.\/nowhere\.js cannot be read: no such file/],
    ["a board that is no module", ["boot", "-M", noModule], /no-module\.mjs cannot be loaded: /],
    ["a board without a default export", ["boot", "-M", noExport], /no default export that is a BoardKind/],
    [
      "a board that is made of nothing",
      ["boot", "-M", noBoard],
      /bare: .* is no Board; it lacks cpu, ramBase, .*handover/,
    ],
    ["a description of such a board", ["describe", noBoard], /is no Board; it lacks cpu/],
    ["a part in place of a board", ["boot", "-M", toy], /it lacks description, architecture, cpus, .*MemoryBytes/],
    ["a part that is missing", device("./nowhere.js", "at=0"), /part \.\/nowhere\.js cannot be read: no such file/],
    ["a part that is none", device(noPart, "at=0"), /is no Device; it lacks wires, options/],
    ["a part at no address", device(toy, "irq=none"), /say where it stands: at=ADDRESS/],
    ["a part at an address that is none", device(toy, "at=top"), /at takes a whole number.*not "top"/],
    ["a part on a part", device(toy, "at=0x9000800", "irq=none"), /toy at 0x9000800 overlaps uart/],
    ["a part in RAM", device(toy, "at=0x40000000", "irq=none"), /overlaps ram/],
    ["a part with a wire that it lacks", device(toy, "at=0", "fiq=gic:1"), /no wire or option fiq; its wires are irq/],
    ["a part with a wire left open", device(toy, "at=0xa100000"), /wire irq of toy is left open/],
    ["a part on a controller that is none", device(toy, "at=0xa100000", "irq=pic:1"), /leads to pic, but virt has no/],
    ["a part on an input that is none", device(toy, "at=0xa100000", "irq=gic:999"), /gic \(gicv2\) has no input 999/],
    ["a part on no input", device(toy, "at=0xa100000", "irq=gic"), /leads to gic: name an input/],
    ["a console that leads nowhere", device(toy, "at=0xa100000", "irq=none", "console=moon"), /not to moon/],
    ["a part with half a setting", device(toy, "at=0", "irq"), /"irq" is no setting; write NAME=VALUE/],
    ["a part with a bad number", device(toy, "at=0", "clockHz=1.5"), /clockHz takes a whole number.*not "1\.5"/],
    ["a part with a bad switch", device(toy, "at=0", "isFast=yes"), /isFast takes true or false, not yes/],
    ["a part with an option that is no text", device(toy, "at=0", "table=1"), /table cannot be given/],
    ["two parts of one name", device(toy, "at=0xa100000", "irq=none", "name=uart"), /two parts uart/],
    ["a description of a board that is missing", ["describe", "./nowhere.js"], /cannot be read/],
    ["a description of no machine", ["describe", "frob"], /no machine frob/],
    ["a description of a part of JavaScript", ["describe", "constructor"], /no machine constructor/],
    ["a device tree that a machine lacks", ["describe", "versatilepb", "--dts"], /no device tree/],
    ["nothing to assemble", ["asm"], /nothing to assemble/],
    ["source that does not assemble", ["asm", source], /wrong\.s:2: no instruction frob \(and 1 more\)/],
    ["source that is no text", ["asm", noText], /is no text/],
    ["source given twice", ["asm", source, "-e", "nop"], /not both/],
    ["an output that cannot be written", ["asm", "-e", "nop", "-o", join(folder, "no", "where")], /cannot be written/],
    ["an origin that is no address", ["asm", "-e", "nop", "--origin", "0x1_0000_0000"], /--origin/],
    ["an instruction set that is none", ["dis", "--isa", "mips", "--hex", "0"], /isa.*mips/],
    ["nothing to disassemble", ["dis"], /nothing to disassemble/],
    ["words that are none", ["dis", "--hex", "e08x"], /not e08x/],
    ["no words", ["dis", "--hex", " "], /no words/],
    [
      "code of another machine",
      ["dis", x86],
      /holds code for x86-64, 64 bits, little-endian; dis reads ARM, 32 bits, little-endian/,
    ],
    ["an ELF file without code", ["dis", file("none.elf", elf32({ entry: 0, segments: [] }))], /no executable segment/],
  ])("is told of %s in one line", async (_, words, says) => {
    const { error, out } = await runCommand(...words)
    expect(error?.message).toMatch(says)
    expect(error?.name).toMatch(/^(?:ImageError|UsageError|WiringError)$/)
    expect(error?.message).not.toMatch(/[\r\n]/)
    expect(error?.message).toMatch(/^[\x20-\x7e]+$/)
    expect(out).toBe("")
  })

  it("reads an image from a pipe", () => {
    const pipe = join(folder, "pipe")
    execFileSync("mkfifo", [pipe])
    const writer = spawn("cp", [truncatedElf, pipe])
    const { status, err } = spawnEmu(["boot", pipe])
    writer.kill()
    expect(err).toMatch(/truncated|ends|damaged/)
    expect(status).toBe(2)
  })

  it.each([[["boot", join(folder, "nowhere")]], [["boot", "--frob"]], [["boot", truncatedElf]]])(
    "ends with status 2 and one line on standard error: emu %j",
    (words) => {
      const { status, out, err } = spawnEmu(words)
      expect(err).toMatch(/^emu: [^\n]+\n$/)
      expect(err).not.toMatch(/\bat .*:\d+:\d+/)
      expect([status, out]).toEqual([2, ""])
    },
  )
})
