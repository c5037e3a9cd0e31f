// Symbols of a guest: where they come from, and how addresses are named after them.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { afterAll, describe, expect, it } from "vitest"
import { guestSymbols, parsePlace, readSymbols, Symbols } from "../../src/cli/symbols.ts"
import { elf32, elf64WithSymbols, withSymbols } from "../firmware/sample-images.ts"

const folder = mkdtempSync(join(tmpdir(), "emu-symbols-"))
afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, contents: Uint8Array | string): string {
  const path = join(folder, name)
  writeFileSync(path, contents)
  return path
}

const map = "00000100 t first\n00000200 T second\n00000201 d data\n"
const bare = elf32({ entry: 0, segments: [] })
const elf = withSymbols(bare, [
  { name: "$t", value: 0x200, kind: "none" },
  { name: "second", value: 0x201 },
  { name: "first", value: 0x100 },
  { name: "label", value: 0x100, kind: "none" },
])

const place = (address: bigint) => ({ address, entry: address })

describe("symbols", () => {
  const symbols = new Symbols([
    { address: 0x200n, name: "second" },
    { address: 0x100n, name: "first" },
  ])

  it("are found by name and by address, the nearest at or below", () => {
    expect(symbols.find("second")).toEqual(place(0x200n))
    expect(symbols.find("third")).toBeUndefined()
    expect([0x80, 0x100, 0x104, 0x200, 0x20_0000].map((a) => symbols.nameOf(a))).toEqual([
      "",
      "first",
      "first+0x4",
      "second",
      "",
    ])
  })

  it("stand for addresses, with an offset or without", () => {
    expect(parsePlace("second", "from", symbols)).toEqual(place(0x200n))
    expect(parsePlace("second+0x10", "from", symbols)).toEqual(place(0x210n))
    expect(parsePlace("second+8", "from", symbols)).toEqual(place(0x208n))
    expect(parsePlace("0xc000_8000", "from", symbols)).toEqual(place(0xc000_8000n))
    expect(() => parsePlace("third+8", "from", symbols)).toThrow("--from third+8: there is no such symbol")
  })

  it.each([
    ["a System.map", file("System.map", map)],
    ["a System.map in gzip", file("System.map.gz", gzipSync(map))],
    ["an ELF file", file("elf", elf)],
    ["an ELF file in gzip", file("elf.gz", gzipSync(elf))],
  ])("come from %s", async (_, path) => {
    const read = await readSymbols(path)
    expect([0x100, 0x180, 0x200].map((a) => read.nameOf(a))).toEqual(["first", "first+0x80", "second"])
  })

  it("tell Thumb functions by bit 0, and name their addresses without it", async () => {
    const read = await readSymbols(file("thumb", elf))
    expect([read.find("second"), read.find("first")]).toEqual([{ address: 0x200n, entry: 0x201n }, place(0x100n)])
  })

  it("keep every bit of an address of 64 bits", async () => {
    const base = 0xffff_ffff_8000_0001n
    const read = [
      await readSymbols(file("wide", elf64WithSymbols(base - 4n))),
      await readSymbols(file("wide.map", `${base.toString(16)} T start\n`)),
    ]
    for (const symbols of read) {
      expect(symbols.find("start")).toEqual(place(base))
      expect([base - 1n, base, base + 1n].map((a) => symbols.nameOf(a))).toEqual(["", "start", "start+0x1"])
      expect(parsePlace("start+0x10", "from", symbols)).toEqual(place(base + 16n))
    }
    expect(parsePlace("0xffff_ffff_8000_0001", "from", symbols)).toEqual(place(base))
    expect(() => parsePlace("0x1_0000_0000", "from", symbols, 32)).toThrow("an address of 32 bits")
    expect(() => parsePlace(`0x1${"0".repeat(16)}`, "from", symbols)).toThrow("an address of 64 bits")
  })

  it("are those of the image if no file is named", async () => {
    expect((await guestSymbols(undefined, elf)).nameOf(0x104)).toBe("first+0x4")
    expect((await guestSymbols(undefined, gzipSync(elf))).nameOf(0x104)).toBe("first+0x4")
    expect((await guestSymbols(file("other", "00000104 t other\n"), elf)).nameOf(0x104)).toBe("other")
    expect((await guestSymbols(undefined, bare)).nameOf(0x104)).toBe("")
    expect((await guestSymbols(undefined, undefined)).nameOf(0x104)).toBe("")
  })

  it("are none if the image's own are damaged", async () => {
    const damaged = elf.slice()
    // Size of an entry of the symbol table.
    damaged[damaged.length - 120 + 40 + 36] = 1
    expect((await guestSymbols(undefined, damaged)).nameOf(0x104)).toBe("")
    await expect(readSymbols(file("damaged", damaged))).rejects.toThrow("damaged")
  })
})
