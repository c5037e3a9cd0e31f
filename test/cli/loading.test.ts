// Images on the command line: compressed in any format, and with claims that cost nothing.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, expect, it } from "vitest"
import { elf32 } from "../firmware/sample-images.ts"
import { runCommand, spawnEmu } from "./run-emu.ts"

const folder = mkdtempSync(join(tmpdir(), "emu-loading-"))
afterAll(() => rmSync(folder, { recursive: true }))

const fixture = (name: string) => new URL(`../firmware/compression/fixtures/${name}`, import.meta.url).pathname
const base = 0x4001_0000

it.each(["text.gz", "text.xz", "check.zst", "text.bz2", "legacy.lz4", "frame.lz4", "text.lzo", "text.lzma"])(
  "emu dis reads %s as what it holds",
  async (name) => {
    const plain = await runCommand("dis", fixture("text"))
    expect(await runCommand("dis", fixture(name))).toEqual(plain)
    expect(plain.out.split("\n").length).toBeGreaterThan(100)
  },
)

it("emu boot starts a program with 1,000 MiB of zeros as soon as one without", () => {
  const boot = (memorySize: number) => {
    const path = join(folder, `${memorySize}.elf`)
    const data = Uint8Array.of(0xfe, 0xff, 0xff, 0xea)
    const segments = [{ virtualAddress: base, physicalAddress: base, data, memorySize }]
    writeFileSync(path, elf32({ entry: base, segments }))
    const start = performance.now()
    const { status } = spawnEmu(["boot", path, "-m", "1024", "--max-instructions", "10"])
    expect(status).toBe(4)
    return performance.now() - start
  }
  const without = boot(4)
  expect(boot(1000 * 1024 * 1024)).toBeLessThan(without + 5000)
})
