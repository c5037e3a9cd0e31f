// The library in Node takes the interpreters that the build has put beside it, without being told.

import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { pathToFileURL } from "node:url"
import { build } from "esbuild"
import { afterAll, beforeAll, expect, it } from "vitest"
import { arm } from "../../cpu/arm/index.ts"
import { generateInterpreter } from "../../cpu/interpreter/generate.ts"
import { storeIndex } from "../../cpu/interpreter/prebuilt.ts"
import type { BootOptions, prepare } from "../../src/index.ts"
import { elf32 } from "../firmware/sample-images.ts"

const folder = mkdtempSync(join(tmpdir(), "emu-library-"))
afterAll(() => rmSync(folder, { recursive: true }))

const at = 0x4001_0000
const loop = Uint8Array.of(0xfe, 0xff, 0xff, 0xea)
const guest: BootOptions = {
  image: elf32({ entry: at, segments: [{ virtualAddress: at, physicalAddress: at, data: loop }] }),
  machine: "virt",
  maxInstructions: 1000,
}

const outfile = join(folder, "index.js")
/** The library; another query makes another instance, which has compiled nothing yet. */
const load = (query: string): Promise<{ prepare: typeof prepare }> =>
  import(/* @vite-ignore */ `${pathToFileURL(outfile).href}?${query}`)

beforeAll(async () => {
  // Packages are found as in any project that has the library.
  symlinkSync(resolve("node_modules"), join(folder, "node_modules"))
  await build({
    entryPoints: ["src/index.ts"],
    outfile,
    bundle: true,
    packages: "external",
    format: "esm",
    platform: "neutral",
  })
})

it("makes the interpreter itself where there is none", async () => {
  const { board, run } = await (await load("none")).prepare(guest)
  expect(board.cpu.interpreter!.names).not.toContain("stored")
  expect(await run()).toMatchObject({ outcome: "limit", instructions: 1000 })
})

it("takes the stored interpreter", async () => {
  const architecture = arm("cortex-a15")
  const generated = generateInterpreter(architecture)
  const index = storeIndex(architecture, generated)
  writeFileSync(join(folder, "interpreter-cortex-a15.wasm"), generated.bytes)
  // Names are for people only: one more tells where the interpreter is from.
  writeFileSync(
    join(folder, "interpreter-cortex-a15.json"),
    JSON.stringify({ ...index, names: [...index.names, "stored"] }),
  )
  const { board, run } = await (await load("stored")).prepare(guest)
  expect(board.cpu.interpreter!.names).toContain("stored")
  expect(await run()).toMatchObject({ outcome: "limit", instructions: 1000 })
})
