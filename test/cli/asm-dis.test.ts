// `emu asm` and `emu dis`; the machine code is what GNU as makes of the same lines.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { elf32 } from "../firmware/sample-images.ts"
import { runCommand, spawnEmu } from "./run-emu.ts"

const folder = mkdtempSync(join(tmpdir(), "emu-code-"))
afterAll(() => rmSync(folder, { recursive: true }))

async function output(...words: string[]): Promise<string[]> {
  const { status, out, error } = await runCommand(...words)
  expect(error).toBeUndefined()
  expect(status).toBe(0)
  return out.trimEnd().split("\n")
}

describe("emu asm", () => {
  it("lists address, word and text of each line", async () => {
    const lines = await output("asm", "--origin", "0x8000", "-e", "add r0, r1, #4", "-e", "ldr r0, =0x12345678")
    expect(lines).toEqual([
      "00008000  e2810004     add r0, r1, #4",
      "00008004  e51f0004     ldr r0, =0x12345678",
      "00008008  12345678",
    ])
  })

  it("assembles Thumb code, and lists it as bytes if asked", async () => {
    const lines = ["ite eq", "moveq r0, #1", "movne r1, #2", "bl next", "next: bx lr"].flatMap((line) => ["-e", line])
    expect(await output("asm", "--isa", "thumb", ...lines)).toEqual([
      "00000000  bf0c         ite eq",
      "00000002  2001         moveq r0, #1",
      "00000004  2102         movne r1, #2",
      "00000006  f000 f800    bl next",
      "0000000a  4770         next: bx lr",
    ])
    expect((await output("asm", "--isa", "thumb", "--machine-code", "bytes", ...lines))[3]).toBe(
      "00000006  00 f0 00 f8  bl next",
    )
  })

  it("writes the bytes to a file", async () => {
    const source = join(folder, "source.s")
    const target = join(folder, "target.bin")
    writeFileSync(source, "  .thumb\nnop\n  .arm\n  .balign 4\n  bx lr @ back\n  .byte 1, 2\n")
    expect(await output("asm", source, "-o", target)).toEqual([""])
    expect(readFileSync(target).toString("hex")).toBe("00bf00001eff2fe10102")
  })

  it("reads standard input", () => {
    const { status, out, err } = spawnEmu(["asm", "-"], "svc #1\n")
    expect([status, out, err]).toEqual([0, "00000000  ef000001     svc #1\n", ""])
  })
})

describe("emu dis", () => {
  it("prints words as instructions, and as data what is none", async () => {
    expect(await output("dis", "--origin", "0x8000", "--hex", "e2810004, 0xeafffffe ffffffff")).toEqual([
      "00008000  e2810004     add r0, r1, #4",
      "00008004  eafffffe     b 0x8004",
      "00008008  ffffffff     .word 0xffffffff",
    ])
  })

  it("keeps to IT blocks in Thumb code, and tells an instruction that is cut off", async () => {
    expect(await output("dis", "--isa", "thumb", "--hex", "bf0c 2001 2102 f000f800 f000")).toEqual([
      "00000000  bf0c         ite eq",
      "00000002  2001         moveq r0, #1",
      "00000004  2102         movne r1, #2",
      "00000006  f000 f800    bl 0xa",
      "0000000a  f000         .short 0xf000",
    ])
  })

  it("prints a raw file from the origin on, and what is left of a word", async () => {
    const path = join(folder, "raw")
    writeFileSync(path, Uint8Array.of(0x1e, 0xff, 0x2f, 0xe1, 1, 2, 3))
    expect(await output("dis", path, "--origin", "16", "--machine-code", "none")).toEqual([
      "00000010  bx lr",
      "00000014  .byte 0x01, 0x02, 0x03",
    ])
  })

  it("prints the executable segments of an ELF file", async () => {
    const path = join(folder, "code.elf")
    const data = Uint8Array.of(0xfe, 0xff, 0xff, 0xea)
    const segments = [{ virtualAddress: 0xc000_8000, physicalAddress: 0x8000, data }]
    writeFileSync(path, elf32({ entry: 0xc000_8000, segments }))
    expect(await output("dis", path)).toEqual(["c0008000  eafffffe     b 0xc0008000"])
  })
})
