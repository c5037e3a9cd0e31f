// `emu boot --stats`: who executed how much, and where.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import type { RegionProfile } from "../../cpu/jit/profile.ts"
import { hottest } from "../../src/cli/stats.ts"
import { Symbols } from "../../src/cli/symbols.ts"
import { hotLoop } from "../guests/hot-loop.ts"
import { spawnEmu } from "./run-emu.ts"

const folder = mkdtempSync(join(tmpdir(), "emu-stats-"))
afterAll(() => rmSync(folder, { recursive: true }))

const image = join(folder, "loop.elf")
writeFileSync(image, hotLoop(3_000_000))
const map = join(folder, "System.map")
writeFileSync(map, "40100000 T elsewhere\n")
const boot = (...words: string[]) => spawnEmu(["boot", image, "--machine", "virt", "--stats", ...words])

describe("the hottest regions", () => {
  const never = {
    budget: 0,
    direct: 0,
    indirect: 0,
    page: 0,
    access: 0,
    helper: 0,
    exception: 0,
    interrupt: 0,
    state: 0,
  }
  const profile: RegionProfile = { address: 0, format: "A32", length: 1, entered: 1, executed: 1, exits: never }
  const symbols = new Symbols([{ address: 0xc000_8000n, name: "memcpy" }])

  it("are listed by what they executed, under the names of the guest", () => {
    const lines = hottest(
      [
        { ...profile, address: 0x8000, executed: 100, entered: 20, exits: { ...never, indirect: 15, access: 5 } },
        { ...profile, address: 0xc000_8010, length: 12, executed: 650, exits: { ...never, budget: 1 } },
        { ...profile, address: undefined, executed: 50 },
        { ...profile, address: 0x9000, executed: 0 },
      ],
      1000,
      symbols,
    )
    expect(lines).toEqual([
      "",
      " share  instructions  entered  length  hottest regions                           exits",
      "65.0 %           650        1      12  A32   c0008010 <memcpy+0x10>              budget 100.0 %",
      "10.0 %           100       20       1  A32   00008000                            indirect 75.0 %, access 25.0 %",
      " 5.0 %            50        1       1  A32   (all others that were invalidated)",
    ])
  })

  it("keep every bit of an address of 64 bits", () => {
    const symbols = new Symbols([{ address: 0xffff_ffff_8000_0001n, name: "entry" }])
    const at = (address: bigint) => hottest([{ ...profile, address }], 1, symbols)[2]
    expect(at(0xffff_ffff_8000_0002n)).toContain("ffffffff80000002 <entry+0x1>")
    expect(at(0xffff_ffff_8000_0000n)).toMatch(/ ffffffff80000000$/)
  })

  it("are no more than fit a screen", () => {
    const many = Array.from({ length: 100 }, (_, n) => ({ ...profile, address: n, executed: 1 + n }))
    const lines = hottest(many, 1, symbols)
    expect(lines.length).toBeLessThanOrEqual(24)
    expect(lines[2]).toContain("00000063")
  })
})

describe("emu boot --stats", () => {
  it("tells what was executed in regions, and which are the hottest, with the image's own symbols", () => {
    const { status, err } = boot()
    expect(err).toMatch(/^run +instructions +9000004$/m)
    const executed = (engine: string) => Number(new RegExp(`^engines +${engine} +(\\d+) \\(`, "m").exec(err)?.[1])
    expect(executed("regions") + executed("interpreter")).toBe(9_000_004)
    expect(executed("regions")).toBeGreaterThan(6_000_000)
    expect(err).toMatch(/^\d\d\.\d % +\d+ +\d+ +\d+ +A32 +40100008 <loop> +budget \d+\.\d %/m)
    expect(status).toBe(0)
  })

  it("takes other symbols", () => {
    expect(boot("--symbols", map).err).toContain(" 40100008 <elsewhere+0x8> ")
  })

  it("counts no regions where there are none", () => {
    const { err } = boot("--engine", "interpreter")
    expect(err).toMatch(/^run +instructions +9000004$/m)
    expect(err).not.toMatch(/^engines/m)
  })
})
