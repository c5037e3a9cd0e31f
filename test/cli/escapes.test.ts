// Names that files bring reach the terminal escaped, whichever command prints them, and whether it fails or not.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { encodeUimage } from "../../firmware/loader/index.ts"
import { prepare } from "../../src/boot.ts"
import { readSymbols } from "../../src/cli/symbols.ts"
import { findMachine } from "../../src/machines/index.ts"
import { elf32, paste, pe64, poke, withSymbols } from "../firmware/sample-images.ts"
import { runCommand, spawnEmu } from "./run-emu.ts"

const folder = mkdtempSync(join(tmpdir(), "emu-escapes-"))
afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, contents: Uint8Array | string): string {
  const path = join(folder, name)
  writeFileSync(path, contents)
  return path
}

/** Clears the screen, deletes, ends the line. */
const NASTY = "\x1b[2J\x7f\n"
const ESCAPED = "\\x1b[2J\\x7f\\x0a"

// A loop that the JIT translates: subs r0, r0, #1; bne; then b to itself.
const code = new Uint8Array(Uint32Array.of(0xe3a0_0efa, 0xe250_0001, 0x1aff_fffd, 0xeaff_fffb).buffer)
const base = 0x4001_0000
const bareElf = elf32({ entry: base, segments: [{ virtualAddress: base, physicalAddress: base, data: code }] })
const namedElf = withSymbols(bareElf, [{ name: NASTY, value: base + 4 }])
const elf = file("bare.elf", bareElf)
const named = file("named.elf", namedElf)
const map = file("System.map", `${(base + 4).toString(16)} T ${NASTY}`)

const header = {
  time: 0,
  loadAddress: base,
  entry: base,
  os: 5,
  architecture: 2,
  type: 2,
  compression: "none",
} as const
const uimage = file("uimage", encodeUimage({ ...header, name: NASTY, payload: code }))

// The name of a section may not hold its last character as well: it has eight bytes.
const pe = file(
  "pe",
  paste(poke(0x400, "little", []), 0, paste(paste(pe64(), 0xd8, "\x1b[2J\x7f\n\0"), 0xd8 + 8, "\xff\xff\xff")),
)

/** A device tree blob with the root's properties, without values, by name. */
function blob(...properties: string[]): Uint8Array {
  const names = properties.map((name) => `${name}\0`).join("")
  const bytes = new TextEncoder().encode(names)
  const structure = 8 + 12 * properties.length + 8
  const at = 56 + structure
  const total = at + bytes.length
  let offset = 0
  const fields = properties.flatMap((name, n) => {
    const nameAt = offset
    offset += new TextEncoder().encode(name).length + 1
    return [
      [64 + 12 * n, 4, 3],
      [64 + 12 * n + 8, 4, nameAt],
    ] as const
  })
  const words = [0xd00d_feed, total, 56, at, 40, 17, 16, 0, bytes.length, structure]
  const image = poke(total, "big", [
    ...words.map((word, n) => [4 * n, 4, word] as const),
    [56, 4, 1],
    ...fields,
    [64 + 12 * properties.length, 4, 2],
    [64 + 12 * properties.length + 4, 4, 9],
  ])
  image.set(bytes, at)
  return image
}
const twice = file("twice.dtb", blob("\x1b[2J", "\x1b[2J"))
const strange = file("strange.dtb", blob("\x1b[2J"))

const thrower = file("thrower.mjs", `throw new Error(${JSON.stringify(`\x1b[2J\x9b31m\nsecond line`)})`)
const part = file(
  "part.mjs",
  `export default { name: ${JSON.stringify(NASTY)}, wires: {}, options: {}, state: () => ({}), create: () => ({ regions: [{ size: 4096, read: () => 0, write() {} }] }) }`,
)

const boot = (...words: string[]) => spawnEmu(["boot", "-M", "virt", ...words])
const here = async (...words: string[]) => {
  const { out, error } = await runCommand(...words)
  return { out, err: error?.message ?? "" }
}

describe("text of files", () => {
  it.each([
    ["a section of a PE image", () => boot(pe), "(\\x1b[2J\\x7f\\x0a)"],
    ["a device tree's property, in an error of its use", () => boot(elf, "--dtb", strange), "\\u001b[2J"],
    [
      "a uImage, in --trace notes",
      () => boot(uimage, "--trace", "notes", "--max-instructions", "10"),
      `uImage "${ESCAPED}"`,
    ],
    [
      "a symbol of the image, in --stats",
      () => boot(named, "--stats", "--max-instructions", "3000000"),
      `40010004 <${ESCAPED}>`,
    ],
    ["a symbol, in emu dis", () => here("dis", named), `${ESCAPED}:`],
    ["a device tree's property, in an error of its blob", () => here("boot", elf, "--dtb", twice), '"\\x1b[2J"'],
    ["a module that throws", () => here("boot", elf, "-M", thrower), "Error: \\x1b[2J\\x9b31m"],
    ["a part's name, in emu describe", () => here("describe", "virt", "--device", `${part},at=0xa100000`), ESCAPED],
    ["a name on the command line", () => here("boot", `${folder}/\x1b[2J`), "\\x1b[2J"],
  ])("of %s is escaped", async (_, run, escaped) => {
    const { out, err } = await run()
    expect(out + err).toContain(escaped)
    expect(out + err).toMatch(/^[\x20-\x7e\n]*$/)
  })

  it("of a System.map names addresses, escaped", async () => {
    const symbols = await readSymbols(map)
    expect(symbols.nameOf(base + 8)).toBe("\\x1b[2J\\x7f+0x4")
  })

  it("that a board logs is escaped", async () => {
    const lines: string[] = []
    const virt = findMachine("virt")
    const create: typeof virt.create = (options) => {
      const board = virt.create(options)
      options.log(NASTY)
      return board
    }
    await prepare({ image: code, machine: { ...virt, create }, onLog: (line) => lines.push(line) })
    expect(lines).toEqual([ESCAPED])
  })
})
