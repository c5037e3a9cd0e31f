// The library runs in browsers: its bundle needs nothing of Node, and it leaves the page its turn.

import { createContext, runInContext } from "node:vm"
import { build } from "esbuild"
import { expect, it } from "vitest"
import { elf32 } from "../firmware/sample-images.ts"

async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: ["src/index.ts"],
    bundle: true,
    write: false,
    format: "iife",
    globalName: "emu",
    // What loads the script as no module has no import.meta; what is a module has one.
    define: { "import.meta.url": '"https://example.org/emu.js"' },
    platform: "browser",
    target: "es2023",
    logLevel: "silent",
  })
  return outputFiles[0]!.text
}

it("bundles for a browser without a module of Node", async () => {
  expect(await bundle()).not.toMatch(/from\s*"node:|require\("(?:node:)?(?:fs|path|process)"\)/)
})

it("boots where there is nothing of Node", async () => {
  // Of all that Node has beside the language, what browsers have as well.
  const page = createContext({
    clearTimeout,
    MessageChannel,
    performance,
    ReadableStream,
    setTimeout,
    TextDecoder,
    TextEncoder,
    URL,
    WebAssembly,
  })
  runInContext(await bundle(), page)
  const at = 0x4001_0000
  // b .
  const loop = Uint8Array.of(0xfe, 0xff, 0xff, 0xea)
  page["image"] = elf32({ entry: at, segments: [{ virtualAddress: at, physicalAddress: at, data: loop }] })
  expect(runInContext("typeof process", page)).toBe("undefined")
  const run = runInContext('emu.boot({ image, machine: "virt", maxInstructions: 1000 })', page)
  expect(await run).toMatchObject({ outcome: "limit", instructions: 1000 })
})

it("gives timers and others their turn while a guest runs", async () => {
  const { createHost } = await import("../../src/index.ts")
  const host = createHost()
  let fired = false
  setTimeout(() => {
    fired = true
  })
  for (let turns = 0; !fired && turns < 100_000; turns++) await host.sleep(0)
  expect(fired).toBe(true)
})
