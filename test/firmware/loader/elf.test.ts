// ELF files: made by hand after the System V ABI, and real ones as readelf sees them.

import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { ELF_MACHINE, ImageError, parseElf, physicalEntry } from "../../../firmware/loader/index.ts"
import { findGuest, skipReason } from "../../support/guests.ts"
import { throwsOnlyImageError } from "../only-image-error.ts"
import { elf32, elf64WithSymbols, forEachCorruption, forEachTruncation } from "../sample-images.ts"

const data = Uint8Array.of(1, 2, 3, 4)
const executable = elf32({
  entry: 0xc000_8002,
  segments: [
    { virtualAddress: 0xc000_8000, physicalAddress: 0x8000, data, memorySize: 0x100 },
    { virtualAddress: 0, physicalAddress: 0, data, type: 4 },
    { virtualAddress: 0xc001_0000, physicalAddress: 0x1_0000, data },
  ],
})

describe("parseElf", () => {
  it("finds the segments that are loaded", () => {
    const elf = parseElf(executable)
    expect(elf).toMatchObject({ class: 32, endian: "little", machine: ELF_MACHINE.ARM, type: 2, entry: 0xc000_8002n })
    expect(elf.segments).toEqual([
      {
        virtualAddress: 0xc000_8000n,
        physicalAddress: 0x8000n,
        bytes: data,
        memorySize: 0x100n,
        readable: true,
        writable: false,
        executable: true,
      },
      expect.objectContaining({ virtualAddress: 0xc001_0000n, physicalAddress: 0x1_0000n, memorySize: 4n }),
    ])
    expect(physicalEntry(elf)).toBe(0x8002n)
    expect(elf.symbols()).toEqual([])
  })

  it("reads big-endian files", () => {
    const segments = [{ virtualAddress: 0x100, physicalAddress: 0x100, data }]
    const elf = parseElf(elf32({ machine: 20, endian: "big", entry: 0x100, segments }))
    expect(elf).toMatchObject({ endian: "big", machine: ELF_MACHINE.PPC, entry: 0x100n })
    expect(elf.segments[0]?.bytes).toEqual(data)
  })

  it("reads 64-bit addresses and symbols", () => {
    const elf = parseElf(elf64WithSymbols())
    expect(elf).toMatchObject({ class: 64, machine: ELF_MACHINE.IA_64, entry: 0xa000_0001_0000_0004n })
    expect(physicalEntry(elf)).toBe(0x400_0004n)
    expect(elf.symbols()).toEqual([
      { name: "start", value: 0xa000_0001_0000_0004n, size: 12n, kind: "function", binding: "global" },
      { name: "counter", value: 0xa000_0001_0000_0010n, size: 8n, kind: "object", binding: "local" },
    ])
  })

  it("refuses overlapping segments, and segments that leave the address space or hold more than their memory", () => {
    const at = (physicalAddress: number, memorySize: number) => ({
      virtualAddress: physicalAddress,
      physicalAddress,
      data,
      memorySize,
    })
    const refused = (...segments: ReturnType<typeof at>[]) => {
      expect(() => parseElf(elf32({ entry: 0, segments }))).toThrow(ImageError)
    }
    refused(at(0x1000, 0x100), at(0x10ff, 4))
    refused(at(0x1000, 4), at(0x1000, 4))
    refused(at(0xffff_fffe, 4))
    refused(at(0x1000, 3))
    expect(() => parseElf(elf32({ entry: 0, segments: [at(0x1000, 0x100), at(0x1100, 4)] }))).not.toThrow()
    expect(() => parseElf(elf32({ entry: 0, segments: [at(0xffff_fffc, 4)] }))).not.toThrow()
  })

  it("refuses an entry point outside all segments", () => {
    const segments = [{ virtualAddress: 0x100, physicalAddress: 0x100, data }]
    expect(() => physicalEntry(parseElf(elf32({ entry: 0x104, segments })))).toThrow(ImageError)
  })

  for (const [name, image] of [
    ["32-bit", executable],
    ["64-bit", elf64WithSymbols()],
  ] as const) {
    it(`answers truncated ${name} files with an ImageError`, () => {
      forEachTruncation(image, (shorter) => {
        expect(throwsOnlyImageError(() => parseElf(shorter).symbols())).toBe(true)
      })
    })

    it(`answers corrupted ${name} files with a result or an ImageError`, () => {
      forEachCorruption(image, (damaged) => {
        throwsOnlyImageError(() => {
          const elf = parseElf(damaged)
          elf.symbols()
          physicalEntry(elf)
        })
      })
    })
  }

  it("refuses symbols whose names add up to endless text", () => {
    const image = elf64WithSymbols()
    new DataView(image.buffer).setUint32(64 + 56 + 16 + 16 + 24, 16, true)
    expect(() => parseElf(image).symbols()).toThrow(/string table/)
  })
})

for (const name of ["ppc/vmlinux", "ia64/optest/optest", "ia64/init-freestanding"]) {
  const reason = skipReason({ guests: [name], tools: ["readelf"] })
  it.skipIf(reason)(`agrees with readelf on ${name}`, () => {
    const path = findGuest(name)!
    const elf = parseElf(readFileSync(path))
    const number = (text: string | undefined) => BigInt(text ?? -1)
    const said = execFileSync("readelf", ["-W", "-h", "-l", "-s", path], { encoding: "utf8", stdio: "pipe" })
    expect(elf.entry).toBe(number(/Entry point address:\s+(0x[0-9a-f]+)/.exec(said)?.[1]))
    const rows = [...said.matchAll(/^ {2}LOAD\s+(0x\w+) (0x\w+) (0x\w+) (0x\w+) (0x\w+)/gm)]
    expect(
      elf.segments.map((s) => [s.virtualAddress, s.physicalAddress, BigInt(s.bytes.length), s.memorySize]),
    ).toEqual(rows.map((row) => row.slice(2, 6).map(number)))
    const names = [...said.matchAll(/^\s+\d+: (\w+)\s+\d+ (?:FUNC|OBJECT)\s+\w+\s+\w+(?: \[.*\])?\s+\w+ (\S+)/gm)]
    const ours = elf.symbols().filter(({ kind }) => kind === "function" || kind === "object")
    expect(ours.map(({ name: symbol, value }) => [value, symbol])).toEqual(
      names.map((row) => [number(`0x${row[1]}`), row[2]]),
    )
  })
}
