// `emu diff`: small programs on the board `virt`, here and on QEMU.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { afterAll, describe, expect, it } from "vitest"
import { unavailable } from "../../src/host/qemu.ts"
import { elf32, withSymbols } from "../firmware/sample-images.ts"
import { runCommand } from "./run-emu.ts"

const folder = mkdtempSync(join(tmpdir(), "emu-diff-test-"))
afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, contents: Uint8Array | string): string {
  const path = join(folder, name)
  writeFileSync(path, contents)
  return path
}

const ENTRY = 0x4010_0000
function program(name: string, ...words: number[]): string {
  const data = new Uint8Array(Uint32Array.from(words).buffer)
  const segment = { virtualAddress: ENTRY, physicalAddress: ENTRY, data, memorySize: data.length }
  return file(name, elf32({ entry: ENTRY, segments: [segment] }))
}

const MOV_R1_0 = 0xe3a0_1000
const ADD_R1_R1_1 = 0xe281_1001
const BRANCH_BACK = 0xeaff_fffd
const counter = program("counter", MOV_R1_0, ADD_R1_R1_1, BRANCH_BACK)
// ldr r2, [pc, #4]; ldr r3, [r2]; nop; QEMU's firmware configuration device is there, our machine has nothing.
const stranger = program("stranger", MOV_R1_0, 0xe59f_2004, 0xe592_3000, 0xe1a0_0000, 0x0902_0000)
const map = file("System.map.gz", gzipSync("40100000 T start\n40100004 t again\n"))

const why = unavailable("qemu-system-arm")
describe.skipIf(why)(`emu diff${why ? ` (SKIPPED: ${why})` : ""}`, () => {
  const diff = (...words: string[]) => runCommand("diff", ...words, "--machine", "virt", "--memory", "16")

  it("finds no difference where there is none", async () => {
    const { status, out } = await diff(counter, "--steps", "100")
    expect(out).toMatch(/^No difference of the pc in 100 instructions/)
    expect(status).toBe(0)
  })

  it("starts where a symbol is, the first time that it is reached", async () => {
    const { status, out } = await diff(counter, "--symbols", map, "--from", "again", "--steps", "3")
    expect(out).toMatch(/^No difference of the pc in 3 instructions/)
    expect(status).toBe(0)
  })

  it("knows the symbols of the image itself", async () => {
    const named = file("named", withSymbols(readFileSync(counter), [{ name: "start", value: ENTRY }]))
    const { status, out } = await diff(named, "--from", "start+4", "--steps", "3")
    expect(out).toMatch(/^No difference of the pc in 3 instructions/)
    expect(status).toBe(0)
  })

  it("shows the instruction at which the two part, and both states", async () => {
    const { status, out } = await diff(stranger, "--symbols", map, "--steps", "20")
    const lines = out.split("\n")
    expect(lines[0]).toBe("They part after 3 instructions:")
    expect(lines[3]).toBe("40100008 <again+0x4>  e5923000  ldr r3, [r2]")
    expect(out).toMatch(/^pc {4}00000010 {2}4010000c {2}<$/m)
    expect(status).toBe(1)
  })

  it.each([
    ["a symbol that does not exist", [counter, "--from", "nowhere"], "--from nowhere: there is no such symbol"],
    ["a file without symbols", [counter, "--symbols", counter], "has no symbols"],
    [
      "an address that is never reached",
      [counter, "--from", "0x50000000", "--max-instructions", "100"],
      "does not reach",
    ],
    [
      "a program for another processor",
      [file("ppc", elf32({ machine: 20, endian: "big", entry: 0, segments: [] }))],
      "",
    ],
  ])("says in one line what is wrong with %s", async (_, words, message) => {
    const { error } = await diff(...words)
    expect(["UsageError", "ImageError"]).toContain(error?.name)
    expect(error?.message).toContain(message)
    expect(error?.message).not.toContain("\n")
  })
})
