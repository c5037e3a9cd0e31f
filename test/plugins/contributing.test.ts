// CONTRIBUTING.md, "Add a CPU model", "Add a device" and "Add a machine": each step as written, in a copy of the tree.

import { spawnSync } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join, resolve } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

const ROOT = resolve(import.meta.dirname, "../..")
const COPIED = ["cpu", "mmu", "devices", "firmware", "src", "package.json", "tsconfig.json"]
const COPIED_TESTS = ["vitest.config.ts", "devices/contract.test.ts"]

const tree = join(mkdtempSync(join(tmpdir(), "emu-contributing-")), "emu")
afterAll(() => rmSync(dirname(tree), { recursive: true }))

const text = readFileSync(join(ROOT, "CONTRIBUTING.md"), "utf8")

/** The block of code that follows the name of its file. */
function blockOf(path: string): string {
  const [, block] = text.slice(text.indexOf(`\`${path}\``)).split(/^```(?:ts)?\n/m)
  return block!
}

function edit(path: string, piece: string, by: string): void {
  const before = readFileSync(join(tree, path), "utf8")
  expect(before.split(piece)).toHaveLength(2)
  writeFileSync(join(tree, path), before.replace(piece, by))
}

function node(...args: string[]): { status: number | null; out: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: tree,
    encoding: "utf8",
    input: "",
    timeout: 200_000,
  })
  return { status, out: stdout + stderr }
}
const emu = (...words: string[]) => node("--import", "tsx", "src/cli/main.ts", ...words)

const FILES = [
  "cpu/arm/models/cortex-a9.ts",
  "test/boot/cortex-a9.test.ts",
  "devices/misc/scratch.ts",
  "test/devices/scratch.test.ts",
  "src/machines/desk.ts",
  "test/boot/desk.test.ts",
]

beforeAll(() => {
  for (const name of COPIED) cpSync(join(ROOT, name), join(tree, name), { recursive: true })
  for (const name of COPIED_TESTS) cpSync(join(ROOT, "test", name), join(tree, "test", name))
  symlinkSync(join(ROOT, "node_modules"), join(tree, "node_modules"))
  for (const path of FILES) {
    mkdirSync(dirname(join(tree, path)), { recursive: true })
    writeFileSync(join(tree, path), blockOf(path))
  }
  const scratch = 'import { scratch } from "../../devices/misc/scratch.ts"\n'
  const contract = "test/devices/contract.test.ts"
  edit(contract, "const subjects: Subject[] = [", `${scratch}const subjects: Subject[] = [${blockOf(contract)}`)
  edit("devices/index.ts", "export { sp805 }", 'export { scratch } from "./misc/scratch.ts"\nexport { sp805 }')
  const models = "cpu/arm/models/index.ts"
  edit(models, "[cortexA15, arm926]", "[cortexA15, arm926, cortexA9]")
  edit(models, "import type { ArmModel }", 'import { cortexA9 } from "./cortex-a9.ts"\nimport type { ArmModel }')
  edit("src/machines/virt.ts", 'cpus: ["cortex-a15"],', 'cpus: ["cortex-a15", "cortex-a9"],')
  edit("src/machines/index.ts", "mac99, mac99Pmu]", "mac99, mac99Pmu, desk]")
  edit("src/machines/index.ts", "import { virt }", 'import { desk } from "./desk.ts"\nimport { virt }')
})

describe("a CPU model, a device and a machine added as CONTRIBUTING.md says", () => {
  it("compile", { timeout: 120_000 }, () => {
    expect(node("node_modules/typescript/bin/tsc", "--noEmit", "-p", "tsconfig.json")).toEqual({ status: 0, out: "" })
  })

  it("pass their tests, and the contract", { timeout: 200_000 }, () => {
    const { status, out } = node("node_modules/vitest/vitest.mjs", "run", "--config", "test/vitest.config.ts", "test")
    expect(out).toMatch(/4 passed/)
    expect(status).toBe(0)
  })

  it("are described, and run the monitor's checks", { timeout: 120_000 }, () => {
    expect(emu("describe", "desk").out).toMatch(/^0902_0000-0902_0fff {2}scratch +scratch +irq -> gic SPI 3$/m)
    expect(emu("describe", "desk", "--dts").out).toMatch(/scratch@9020000 \{\s+compatible = "emu,scratch";/)
    const { status, out } = emu("boot", "-M", "desk")
    expect(out).toContain("monitor: all checks passed")
    expect(status).toBe(0)
  })
})
