// `emu boot --dump-region`: what becomes of guest code, as text.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, afterEach, describe, expect, it, vi } from "vitest"
import { prepare } from "../../src/boot.ts"
import { RegionDumps } from "../../src/cli/dump-region.ts"
import { guestSymbols, Symbols } from "../../src/cli/symbols.ts"
import { assemble64, toy64 } from "../cpu/isa/toy64.ts"
import { hotLoop } from "../guests/hot-loop.ts"
import { HIGH, toyMachine } from "../support/toy-cpu.ts"
import { runCommand } from "./run-emu.ts"

const folder = mkdtempSync(join(tmpdir(), "emu-dump-"))
afterAll(() => rmSync(folder, { recursive: true }))
afterEach(() => {
  vi.doUnmock("binaryen")
})

const image = hotLoop(10_000)

/** The dumps of places in the program. */
async function dump(...places: string[]): Promise<string> {
  const dumps = new RegionDumps(places, await guestSymbols(undefined, image))
  const jit = {
    tuning: { hotAfter: 100, regionsPerModule: 1 },
    onRegion: (region: Parameters<RegionDumps["take"]>[0]) => dumps.take(region),
  }
  await (await prepare({ image, machine: "virt", jit })).run()
  return dumps.text()
}

describe("a dump of a region", () => {
  it("has the guest's code, its IR and its WebAssembly", async () => {
    const text = await dump("loop")
    expect(text).toMatch(/^Region at 40100008 <loop>: A32, \d+ instructions in \d+ blocks$/m)
    const [code, ir, planned, wasm] = text.split(/^(?=IR|WebAssembly)/m)
    expect(code).toMatch(/^ {2}block 0 \(entry\), 40100008 <loop>/m)
    expect(code).toMatch(/^ {4}40100008 {2}e0811000 {5}add r1, r1, r0\n {4}4010000c {2}e2500001 {5}subs r0, r0, #1$/m)
    expect(ir).toMatch(/^ {4}4010000c\n(?: {6}.*\n)*? {6}Z = i32\.eqz\(\$0\)$/m)
    expect(planned).toMatch(/^IR after passes:\n(?: {2}.*\n)*? {4}4010000c\n/)
    expect(wasm).toMatch(/^WebAssembly, \d+ bytes:\n {2}\(module/)
    expect(wasm).toMatch(/\(local\.set \$r1\n\s+\(i32\.add/)
  })

  it("is found by an address inside, too", async () => {
    expect(await dump("0x4010000c")).toContain("Region at 40100008 <loop>")
    expect(await dump("loop+8")).toContain("Region at 40100008 <loop>")
  })

  it("is missing for code that was not translated", async () => {
    expect(await dump("start")).toBe("emu: --dump-region start: no code at 40100000 <start> was translated.\n")
  })

  it("says in one line what is missing without binaryen", async () => {
    vi.doMock("binaryen", () => {
      throw new Error("Cannot find package 'binaryen'")
    })
    const [, wasm] = (await dump("loop")).split(/^(?=WebAssembly)/m)
    expect(wasm).toMatch(/^WebAssembly: \d+ bytes; to see them as text, install binaryen: npm install binaryen\n$/)
  })
})

describe("a dump of a region at an address of 64 bits", () => {
  it("keeps every bit of the addresses and names the code by them", async () => {
    const at = HIGH + 0x1000n
    const dumps = new RegionDumps(["again"], new Symbols([{ address: at, name: "again" }]))
    const isEnabled = () => false
    const facts = { arch: toy64, core: "R", interrupt: "interrupt", isEnabled }
    const { cpu } = toyMachine(facts, "jit", (region) => dumps.take(region))
    cpu.write(0x1000, assemble64("again:\nadds r1 = r1, 1\nbr again", at))
    cpu.start(BigInt.asIntN(64, at))
    for (let n = 0; n < 20; n++) cpu.run(100)
    const text = await dumps.text()
    expect(text).toMatch(/^Region at 8000000100001000 <again>: bundles, \d+ instructions in \d+ blocks$/m)
    expect(text).toMatch(/^ {4}8000000100001000 {2}(?:[0-9a-f]{8} ){4} adds r1 = r1, 1$/m)
    expect(text).toMatch(/^ {4}8000000100001001 {2}(?:[0-9a-f]{8} ){4} br 0$/m)
  })
})

describe("emu boot --dump-region", () => {
  const file = join(folder, "loop.elf")
  writeFileSync(file, hotLoop(1_000_000))

  it("prints what was asked for, in order", async () => {
    const printed = vi.spyOn(process.stderr, "write").mockReturnValue(true)
    const words = ["--dump-region", "0x40100000", "--dump-region", "loop"]
    const { status, out } = await runCommand("boot", file, "--machine", "virt", ...words)
    const err = printed.mock.calls.map(([text]) => text).join("")
    printed.mockRestore()
    expect(err).toMatch(/^emu: --dump-region 0x40100000: no code at .*\n\nRegion at 40100008 <loop>: /)
    expect([status, out]).toEqual([0, ""])
  })

  it("shows what a pass does by leaving it out", async () => {
    const dump = async (...words: string[]) => {
      const printed = vi.spyOn(process.stderr, "write").mockReturnValue(true)
      await runCommand("boot", file, "--machine", "virt", "--dump-region", "loop", ...words)
      const text = printed.mock.calls.map(([part]) => part).join("")
      printed.mockRestore()
      return text
    }
    const [all, without] = [await dump(), await dump("--without-pass", "lazy-flags")]
    expect(all).toContain("Region at 40100008 <loop>")
    expect(without).toContain("Region at 40100008 <loop>")
    expect(all).toMatch(/\.source\[/)
    expect(without).not.toMatch(/\.source\[/)
  })

  it.each([
    [["--dump-region", "nowhere"], "--dump-region nowhere: there is no such symbol"],
    [["--dump-region", "0x10000000000000000"], "--dump-region takes an address"],
    [["--dump-region", "loop", "--engine", "interpreter"], "use --engine jit"],
  ])("says in one line what is wrong with %j", async (words, message) => {
    const { error } = await runCommand("boot", file, "--machine", "virt", ...words)
    expect(error?.name).toBe("UsageError")
    expect(error?.message).toContain(message)
  })
})
