// A board and parts in a package of their own, which has nothing of this project but what `npm pack` makes of it.

import { execFileSync, spawnSync } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

const ROOT = resolve(import.meta.dirname, "../..")
const folder = mkdtempSync(join(tmpdir(), "emu-plugins-"))
const project = join(folder, "example-board")
afterAll(() => rmSync(folder, { recursive: true }))

/** What a command prints and how it ends, started in the example. */
function run(command: string, args: readonly string[], input = "") {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: project,
    encoding: "utf8",
    input,
    timeout: 100_000,
  })
  return { status, out: stdout, err: stderr }
}
const emu = (...args: string[]) => run(process.execPath, ["node_modules/.bin/emu", ...args], "x")

// Built and packed apart from dist/, which other tests may be using.
function pack(): string {
  const stage = join(folder, "stage")
  mkdirSync(stage)
  for (const file of ["package.json", "README.md", "LICENSE.md"]) cpSync(join(ROOT, file), join(stage, file))
  const build = ["--import", "tsx", "src/build.ts", join(stage, "dist")]
  execFileSync(process.execPath, build, { cwd: ROOT, stdio: "inherit" })
  execFileSync("npm", ["pack", "--ignore-scripts", "--silent", "--pack-destination", folder], { cwd: stage })
  return join(folder, readdirSync(folder).find((name) => name.endsWith(".tgz"))!)
}

// What `npm install` does, without asking a registry for the dependencies.
function install(tarball: string): void {
  const modules = join(project, "node_modules")
  mkdirSync(join(modules, "emu"), { recursive: true })
  mkdirSync(join(modules, ".bin"))
  execFileSync("tar", ["-xzf", tarball, "-C", join(modules, "emu"), "--strip-components", "1"])
  symlinkSync("../emu/dist/emu.js", join(modules, ".bin/emu"))
  const { dependencies } = JSON.parse(readFileSync(join(modules, "emu/package.json"), "utf8"))
  for (const name of [...Object.keys(dependencies), "@types/node"]) {
    mkdirSync(join(modules, name, ".."), { recursive: true })
    symlinkSync(join(ROOT, "node_modules", name), join(modules, name))
  }
}

beforeAll(() => {
  cpSync(join(import.meta.dirname, "example-board"), project, { recursive: true })
  install(pack())
  expect(emu("asm", "guest.s", "-o", "guest.bin")).toMatchObject({ err: "", status: 0 })
}, 600_000)

/** Boards with a mistake: a name, what to replace by what, and what the compiler says. */
const WRONG: readonly (readonly [what: string, piece: string, by: string, says: RegExp])[] = [
  ["forgotten", "{ irq: latch.input(4), console", "{ console", /Property 'irq' is missing/],
  ["unknown", "{ irq: latch.input(3) }", "{ irq: latch.input(3), fiq: latch.input(5) }", /'fiq' does not exist/],
  ["nowhere", "at: 0x1000_1000, ", "", /Property 'at' is missing/],
]

describe("a board in a package of its own", { timeout: 200_000 }, () => {
  it("compiles against the typings, but not with a wire forgotten, a wire that is none, or no address", () => {
    const board = readFileSync(join(project, "board.js"), "utf8")
    for (const [what, piece, by] of WRONG) {
      expect(board.split(piece)).toHaveLength(2)
      writeFileSync(join(project, `${what}.js`), board.replace(piece, by))
    }
    const { out } = run(process.execPath, [join(ROOT, "node_modules/typescript/bin/tsc")])
    for (const [what] of WRONG) rmSync(join(project, `${what}.js`))
    const errors = out.split(/^(?=\S)/m)
    expect(errors.map((error) => error.replace(/\(.*/s, "")).sort()).toEqual(WRONG.map(([what]) => `${what}.js`).sort())
    for (const [what, , , says] of WRONG) expect(errors.find((error) => error.startsWith(what))).toMatch(says)
  })

  it("keeps the contract with its parts, and runs a guest through the library", () => {
    const { status, out, err } = run(process.execPath, ["test.js"])
    expect(err).toBe("")
    expect(out.trimEnd().split("\n")).toHaveLength(3 * 6 + 1)
    expect(status).toBe(0)
  })

  const booted = { status: 0, out: "tick 1\ntick 2\ntick 3\nbyte? got x\n", err: "" }
  const words = ["boot", "guest.bin", "--machine", "./board.js"]

  it("runs the guest by npx emu", () => {
    expect(run("npx", ["--offline", "--no", "--", "emu", ...words], "x")).toEqual(booted)
  })

  it.each(["interpreter", "evaluator"])("runs the guest alike on the %s", (engine) => {
    expect(emu(...words, "--engine", engine)).toEqual(booted)
  })

  it("is described like the others, with its device tree", () => {
    expect(emu("describe", "./board.js").out).toBe(
      [
        "example: cortex-a15",
        "1000_0000-1000_0fff  latch             interrupt-latch     irq -> cpu irq",
        "1000_1000-1000_1fff  timer             interval-timer      irq -> latch 3",
        "1000_2000-1000_2fff  tty               byte-console        irq -> latch 4",
        "8000_0000-80ff_ffff  ram               memory",
        "",
      ].join("\n"),
    )
    const { out } = emu("describe", "./board.js", "--dts")
    expect(out).toMatch(/byte-console@10002000 \{[^}]*reg = <0x0 0x10002000 0x0 0x1000>;\s+interrupts = <0x4>;/)
  })

  it("has parts that fit other boards, with their options", () => {
    const timer = "./parts/interval-timer.js,at=0x0a10_0000,irq=gic:37,clockHz=1000"
    const tty = "./parts/byte-console.js,at=0x0a10_1000,irq=gic:38,console=none,name=second"
    const { out, status } = emu("boot", "--device", timer, "--device", tty, "--append", "checks")
    expect(out).toContain("all checks passed")
    expect(status).toBe(0)
    const map = emu("describe", "virt", "--device", timer, "--device", tty).out
    expect(map).toMatch(/^0a10_0000-0a10_0fff {2}interval-timer +interval-timer +irq -> gic SPI 5$/m)
    expect(map).toMatch(/^0a10_1000-0a10_1fff {2}second +byte-console +irq -> gic SPI 6$/m)
  })

  it("is told of a part that overlaps in one line, with exit status 2", () => {
    const { status, out, err } = emu("boot", "--device", "./parts/interval-timer.js,at=0x09000000,irq=none")
    expect({ status, out, err }).toEqual({
      status: 2,
      out: "",
      err: "emu: interval-timer at 0x9000000 overlaps uart.\n",
    })
  })
})
