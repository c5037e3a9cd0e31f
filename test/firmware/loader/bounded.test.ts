// Loading takes bounded time and memory, whatever sizes and counts an image claims.

import { gzipSync } from "node:zlib"
import { describe, expect, it } from "vitest"
import { arm } from "../../../cpu/arm/index.ts"
import { armDialect } from "../../../cpu/arm/text/dialect.ts"
import { assembleSource } from "../../../cpu/isa/index.ts"
import { decodeBlob, encodeBlob, node } from "../../../firmware/device-tree/index.ts"
import { parseElf, placeArmLinux } from "../../../firmware/loader/index.ts"
import { boot, prepare } from "../../../src/boot.ts"
import { findMachine } from "../../../src/machines/index.ts"
import { elf32, poke, withSymbols } from "../sample-images.ts"

const MiB = 1024 * 1024
const base = 0x4001_0000
const [a32, thumb] = arm("cortex-a15").formats
const assemble = (source: string) => assembleSource(source, armDialect(a32!, thumb!)).bytes

/** A program with 1,000 MiB of zeroed memory behind it. */
const withZeros = (source: string) =>
  elf32({
    entry: base,
    segments: [{ virtualAddress: base, physicalAddress: base, data: assemble(source), memorySize: 1000 * MiB }],
  })

/** Milliseconds that a function takes. */
async function timeOf(run: () => unknown): Promise<number> {
  const start = performance.now()
  await run()
  return performance.now() - start
}

describe("zeroed memory of an ELF file", () => {
  it("takes neither time nor memory of the host while it is fresh", async () => {
    // The first machine also makes the interpreter.
    await prepare({
      image: elf32({ entry: base, segments: [{ virtualAddress: base, physicalAddress: base, data: assemble("b .") }] }),
    })
    const before = process.memoryUsage.rss()
    const ms = await timeOf(() => prepare({ image: withZeros("b ."), memoryBytes: 1024 * MiB }))
    expect(ms).toBeLessThan(5000)
    expect(process.memoryUsage.rss() - before).toBeLessThan(300 * MiB)
  })

  it("is zero again after a reset, where the guest wrote and where it did not", async () => {
    const program = `
      ldr   r1, =0x4000f000     @ below the segment: it survives the reset
      ldr   r2, [r1]
      cmp   r2, #3
      beq   done
      ldr   r3, =0x48000000
      ldr   r4, [r3]
      ldr   r5, =0x7e800ffc
      ldr   r6, [r5]
      orrs  r4, r4, r6
      bne   .
      mvn   r4, #0
      str   r4, [r3]
      str   r4, [r5]
      add   r2, r2, #1
      str   r2, [r1]
      ldr   r0, =0x84000009     @ PSCI SYSTEM_RESET
      hvc   #0
    done:
      ldr   r0, =0x84000008     @ PSCI SYSTEM_OFF
      hvc   #0
      .pool`
    const options = { image: withZeros(program), memoryBytes: 1024 * MiB, maxInstructions: 1000 }
    expect((await boot(options)).outcome).toBe("off")
  })
})

describe("unpacking an image", () => {
  it("stops at the size of RAM", async () => {
    const image = gzipSync(new Uint8Array(8 * MiB))
    await expect(prepare({ image, memoryBytes: 4 * MiB })).rejects.toThrow(
      /^The compressed image unpacks to more than 4 MiB/,
    )
    const machine = { ...findMachine("virt"), defaultMemoryBytes: 4 * MiB }
    await expect(prepare({ image, machine })).rejects.toThrow(/more than 4 MiB/)
  })
})

describe("thousands of parts", () => {
  it("of an ELF file are placed in time that grows with their number", async () => {
    const segments = Array.from({ length: 65_000 }, (_, n) => ({
      virtualAddress: base + 8 * n,
      physicalAddress: base + 8 * n,
      data: Uint8Array.of(1),
    }))
    const kernel = elf32({ entry: base, segments })
    const ms = await timeOf(() => placeArmLinux({ kernel, ramBase: 0x4000_0000, ramBytes: 128 * MiB }))
    expect(ms).toBeLessThan(5000)
  })

  it("that overlap are refused", () => {
    const segments = [0, 8, 4].map((offset) => ({
      virtualAddress: base + offset,
      physicalAddress: base + offset,
      data: new Uint8Array(8),
    }))
    expect(() => parseElf(elf32({ entry: base, segments }))).toThrow(/overlap/)
  })

  it("of a device tree are decoded quickly, and no more than 4 MiB of them", async () => {
    const properties = Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`p${n}`, true as const]))
    const blob = encodeBlob(node("", properties))
    expect(await timeOf(() => decodeBlob(blob))).toBeLessThan(5000)
    const large = encodeBlob(node("", { data: new Uint8Array(4 * MiB) }))
    expect(() => decodeBlob(large)).toThrow(/limit is 4 MiB/)
  })

  it("of a device tree share the memory of their names", () => {
    const name = "n".repeat(255)
    const names = new TextEncoder().encode(`${name}\0`)
    const nodes = 100_000
    const structure = 8 + nodes * 24 + 8
    const total = 56 + structure + names.length
    const fields: (readonly [number, 4, number])[] = [
      0xd00d_feed,
      total,
      56,
      56 + structure,
      40,
      17,
      16,
      0,
      names.length,
      structure,
    ].map((word, n) => [4 * n, 4, word] as const)
    fields.push([56, 4, 1])
    for (let n = 0, at = 64; n < nodes; n++, at += 24) fields.push([at, 4, 1], [at + 8, 4, 3], [at + 20, 4, 2])
    fields.push([64 + 24 * nodes, 4, 2], [68 + 24 * nodes, 4, 9])
    const blob = poke(total, "big", fields)
    blob.set(names, 56 + structure)
    const before = process.memoryUsage.rss()
    expect(decodeBlob(blob).root.children).toHaveLength(nodes)
    expect(process.memoryUsage.rss() - before).toBeLessThan(200 * MiB)
  })

  it("of a symbol table take as much memory as their names, or are refused", () => {
    const plain = elf32({ entry: base, segments: [] })
    const named = withSymbols(plain, [
      { name: "n".repeat(4000), value: 1 },
      ...Array.from({ length: 60_000 }, () => ({ name: "", value: 2 })),
    ])
    // Each symbol takes the long name for its own, from another byte on.
    const view = new DataView(named.buffer)
    for (let n = 2; n < 60_000; n++) view.setUint32(plain.length + 16 * n, 1 + (n % 1000), true)
    const before = process.memoryUsage.rss()
    expect(() => parseElf(named).symbols()).toThrow(/more than 64 MiB/)
    expect(process.memoryUsage.rss() - before).toBeLessThan(400 * MiB)
  })
})
