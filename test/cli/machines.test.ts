// `emu machines` and `emu describe`.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { runCommand } from "./run-emu.ts"

describe("emu machines", () => {
  it("lists every machine with its CPUs and memory", async () => {
    const { status, out } = await runCommand("machines")
    expect(status).toBe(0)
    expect(out).toMatch(/^virt .*\n +cpu cortex-a15; 256 MiB$/m)
    expect(out).toMatch(/^versatilepb .*\n +cpu arm926; 128 MiB$/m)
  })
})

describe("emu describe", () => {
  it("shows a part that the user adds, with its wires", async () => {
    const folder = mkdtempSync(join(tmpdir(), "emu-describe-"))
    const file = join(folder, "toy.mjs")
    const instance = "{ size: 16, regions: {}, tree: () => ({ compatible: 'toy' }), reset() {} }"
    writeFileSync(
      file,
      `export default { name: "toy", wires: { irq: { name: "line" } }, options: {}, create: () => (${instance}) }`,
    )
    const words = ["virt", "--device", `${file},at=0x0a10_0000,irq=gic:37`]
    const map = await runCommand("describe", ...words)
    const tree = await runCommand("describe", ...words, "--dts")
    rmSync(folder, { recursive: true })
    expect(map.out).toMatch(/^0a10_0000-0a10_000f {2}toy +toy +irq -> gic SPI 5$/m)
    expect(tree.out).toMatch(/toy@a100000 \{\s+compatible = "toy";\s+reg = [^;]*;\s+interrupts = <0x0 0x5 0x4>;/)
  })

  it.each([
    ["virt", ["uart", "pl011", "0900_0000-0900_0fff"]],
    ["versatilepb", ["uart0", "pl011", "101f_1000-101f_1fff"]],
  ])("prints the map of %s", async (machine, [name, device, range]) => {
    const { status, out } = await runCommand("describe", machine)
    expect(status).toBe(0)
    expect(out).toMatch(new RegExp(`^${range}  ${name} +${device} +irq -> `, "m"))
    const starts = [...out.matchAll(/^([0-9a-f_]+)-/gm)].map(([, at]) => Number.parseInt(at!.replace("_", ""), 16))
    expect(starts).toEqual([...starts].sort((a, b) => a - b))
  })

  // Guests see the tree, people the map: neither changes unnoticed.
  it.each([
    ["virt.txt", ["virt"]],
    ["virt.dts", ["virt", "--dts"]],
    ["versatilepb.txt", ["versatilepb"]],
  ])("prints what expected/%s holds", async (file, words) => {
    const { status, out } = await runCommand("describe", ...words)
    expect(status).toBe(0)
    await expect(out).toMatchFileSnapshot(`expected/${file}`)
  })
})
