// The commands for PowerPC: the monitor, code as text (as GNU binutils print it), comparison with QEMU, wrong input.

import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { unavailable } from "../../src/host/qemu.ts"
import { elf32 } from "../firmware/sample-images.ts"
import { hasBinutils, powerPcBinutils } from "../support/binutils.ts"
import { runCommand, spawnEmu } from "./run-emu.ts"

const folder = mkdtempSync(join(tmpdir(), "emu-powerpc-"))
afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, contents: Uint8Array | string): string {
  const path = join(folder, name)
  writeFileSync(path, contents)
  return path
}

async function output(...words: string[]): Promise<string[]> {
  const { status, out, error } = await runCommand(...words)
  expect(error).toBeUndefined()
  expect(status).toBe(0)
  return out.trimEnd().split("\n")
}

const ENTRY = 0x10_0000

/** An executable with those instructions. */
function program(name: string, ...words: number[]): string {
  const data = new Uint8Array(4 * words.length)
  for (const [n, word] of words.entries()) new DataView(data.buffer).setUint32(4 * n, word)
  const segments = [{ virtualAddress: ENTRY, physicalAddress: ENTRY, data }]
  return file(name, elf32({ machine: 20, endian: "big", entry: ENTRY, segments }))
}

/** li r3, 0; addi r3, r3, 1; b .-4 */
const counter = program("counter", 0x3860_0000, 0x3863_0001, 0x4bff_fffc)

/** An ELF header of 64 bits, big-endian, for PowerPC, with a segment. */
function elfOf64Bits(): string {
  const bytes = new Uint8Array(64 + 56)
  const view = new DataView(bytes.buffer)
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 2, 1])
  view.setUint16(16, 2)
  view.setUint16(18, 21)
  view.setUint32(20, 1)
  view.setBigUint64(24, BigInt(ENTRY))
  view.setBigUint64(32, 64n)
  for (const [at, value] of [
    [52, 64],
    [54, 56],
    [56, 1],
  ] as const)
    view.setUint16(at, value)
  view.setUint32(64, 1)
  view.setUint32(68, 5)
  view.setBigUint64(80, BigInt(ENTRY))
  view.setBigUint64(88, BigInt(ENTRY))
  view.setBigUint64(96, 120n)
  view.setBigUint64(104, 120n)
  return file("ppc64", bytes)
}

describe("emu boot --arch ppc", () => {
  it("runs the monitor's checks on g3beige, and ends with status 0", () => {
    const { status, out, err } = spawnEmu(["boot", "--arch", "ppc"])
    expect(out).toMatch(/^emu monitor\r\ncpu: PowerPC 750, revision 3\.1\r\n/)
    expect(out).toMatch(/\r\nmonitor: all checks passed\r\n$/)
    expect([status, err]).toEqual([0, ""])
  })

  it("takes commands from standard input", () => {
    const { status, out } = spawnEmu(["boot", "--arch", "ppc", "--cpu", "7400", "--append", ""], "ticks\roff\r")
    expect(out).toMatch(/emu> ticks\r\n[0-9]+ ticks, [0-9.]+ s; clock [0-9]+\r\nemu> off\r\n$/)
    expect(status).toBe(0)
  })

  it("ends with status 1 if a command fails", () => {
    const { status, out, err } = spawnEmu(["boot", "--arch", "ppc", "--append", "frob"])
    expect(out).toContain("no command frob (help lists them)")
    expect([status, err]).toEqual([1, "emu: the guest ended with status 1\n"])
  })

  it("leaves a Macintosh without an image at its prompt", () => {
    const { status, out } = spawnEmu(["boot", "-M", "mac99", "--expect", "ok", "--timeout", "40"])
    expect([status, out]).toEqual([0, expect.stringContaining("ok")])
  })
})

describe("wrong input", () => {
  it.each([
    [
      "a kernel for ppc64",
      ["boot", elfOf64Bits()],
      "The image is for PowerPC, 64 bits, big-endian; the machines here run ARM, 32 bits; PowerPC, 32 bits, big-endian.",
    ],
    [
      "a PowerPC CPU for an ARM image",
      ["boot", "--cpu", "7400", file("arm", elf32({ entry: 0x4010_0000, segments: [] }))],
      "virt has no CPU 7400; it takes cortex-a15.",
    ],
    ["an unknown architecture", ["boot", "--arch", "mips"], 'Choices: "arm", "ppc"'],
    ["the monitor on another board", ["boot", "--arch", "ppc", "-M", "mac99"], "runs on g3beige, not on mac99"],
    [
      "an architecture that the image is not for",
      ["boot", "--arch", "arm", counter],
      "g3beige is a machine for PowerPC",
    ],
    ["vector instructions for a 750", ["asm", "--cpu", "750", "-e", "vor v1, v2, v3"], "no instruction vor"],
    [
      "an instruction set of another CPU",
      ["dis", "--isa", "thumb", "--cpu", "750", "--hex", "0"],
      "no instruction set thumb",
    ],
  ])("ends with status 2 and one line: %s", (_, words, message) => {
    const { status, out, err } = spawnEmu(words)
    expect([status, out]).toEqual([2, ""])
    expect(err).toContain(message)
    expect(err).toMatch(/^emu: [^\n]+\n$/)
  })
})

describe("PowerPC code", () => {
  // The words are those of GNU as.
  const lines = [
    ["mflr r0", "7c0802a6"],
    ["stwu r1, -32(r1)", "9421ffe0"],
    ["lis r4, 0x1234", "3c801234"],
    ["cmpwi cr1, r3, 5", "2c830005"],
    ["bdnz .", "42000000"],
    ["rlwinm r3, r4, 5, 6, 20", "548329a8"],
    ["fmadd f1, f2, f3, f4", "fc2220fa"],
    ["mtdbatu 1, r3", "7c7a83a6"],
  ] as const

  it("is assembled with the extended mnemonics", async () => {
    const words = lines.flatMap(([text]) => ["-e", text])
    const listed = await output("asm", "--cpu", "750", ...words)
    expect(listed.map((line) => line.slice(10, 18))).toEqual(lines.map(([, word]) => word))
  })

  it("is disassembled for the CPU that is named", async () => {
    const code = ["--origin", "0x100", "--hex", "7c0802a6 4bfffffc 10221800"]
    const common = ["00000100  7c0802a6     mflr r0", "00000104  4bfffffc     b 0x100"]
    expect(await output("dis", "--cpu", "750", ...code)).toEqual([...common, "00000108  10221800     .word 0x10221800"])
    expect(await output("dis", "--cpu", "7400", ...code)).toEqual([
      ...common,
      "00000108  10221800     vaddubm v1, v2, v3",
    ])
    expect(await output("dis", "--isa", "powerpc", "--hex", "60000000")).toEqual(["00000000  60000000     nop"])
  })

  it("is found in an ELF file", async () => {
    expect(await output("dis", counter)).toEqual([
      "00100000  38600000     li r3, 0",
      "00100004  38630001     addi r3, r3, 1",
      "00100008  4bfffffc     b 0x100004",
    ])
  })
})

const why = unavailable("qemu-system-ppc")
describe.skipIf(why)(`emu diff for PowerPC${why ? ` (SKIPPED: ${why})` : ""}`, () => {
  const diff = (...words: string[]) => runCommand("diff", ...words, "--memory", "16")

  it("finds no difference where there is none, in any register", async () => {
    const { status, out } = await diff(counter, "--steps", "50", "--strict")
    expect([status, out]).toEqual([0, "No difference of the pc in 50 instructions or of any register.\n"])
  })

  it("starts where it is told to", async () => {
    const { status, out } = await diff(counter, "--from", "0x100004", "--steps", "3", "--cpu", "7400")
    expect([status, out]).toEqual([0, "No difference of the pc in 3 instructions or of any register.\n"])
  })

  it("shows where the two part, and both states", async () => {
    // mtctr r5; bctr: the firmware is another one.
    const client = program("client", 0x7ca9_03a6, 0x4e80_0421, 0x4800_0000)
    const { status, out } = await diff(client, "--steps", "20")
    expect(out).toMatch(/^They part after [0-9]+ instructions:\n00100000 {2}7ca903a6 {2}mtctr r5\n/)
    expect(out).toMatch(/^pc {4}[0-9a-f]{8} {2}[0-9a-f]{8} {2}<$/m)
    expect(status).toBe(1)
  })

  it.runIf(hasBinutils(powerPcBinutils("ppc")))("agrees on what a C compiler makes", async () => {
    const source = file("bare.c", readFileSync(new URL("powerpc-bare.c", import.meta.url), "utf8"))
    const bare = join(folder, "bare")
    const options = ["-O1", "-nostdlib", "-static", "-mcpu=750", "-Wl,-Ttext=0x100000,-N,--build-id=none"]
    execFileSync("powerpc-linux-gnu-gcc", [...options, "-o", bare, source], { stdio: "pipe" })
    const { status, out } = await diff(bare, "--steps", "1200")
    expect([status, out]).toEqual([0, "No difference of the pc in 1200 instructions or of any register.\n"])
  })
})
