// Output that cannot be written, that nobody reads or that goes to a pipe, and input that the guest does not take.

import { execFileSync, spawn } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { runShell, startEmu } from "./built-emu.ts"
import { busy, ender, flood, printer } from "./small-guests.ts"

const folder = mkdtempSync(join(tmpdir(), "emu-output-"))
afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, contents: Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, contents)
  return path
}

function fifo(name: string): string {
  const path = join(folder, name)
  execFileSync("mkfifo", [path])
  return path
}

const LINE = "0123456789abcdef0123456789abcde\n"
const hello = file("hello.elf", printer("hello\n"))
const three = file("three.elf", ender("hello\n", 9))
/** 3 MB: more than pipes and the command hold, little enough to print quickly. */
const much = file("much.elf", flood(LINE, 100_000))
const endless = file("endless.elf", flood(LINE, 0))
const loop = file("loop.elf", busy("ready\n"))
const BOOT = "emu boot -M virt --engine interpreter"

describe.skipIf(!existsSync("/dev/full"))("output to a device that is full", () => {
  it.each([
    ["a guest's", `${BOOT} "$1"`, 74],
    ["a test's that would pass", `${BOOT} "$1" --expect hello`, 74],
    ["the list of machines", "emu machines", 74],
    ["the help", "emu --help", 74],
    ["the version", "emu --version", 74],
    ["a listing", "emu dis --hex 0", 74],
  ])("is an error of the output: %s", async (_, line, status) => {
    expect(await runShell(`${line} >/dev/full`, hello)).toMatchObject({
      status,
      err: "emu: standard output cannot be written: no space left on the device.\n",
    })
  })

  it("does not hide the status of a run that has failed", async () => {
    const failed = await runShell(`${BOOT} "$1" --semihosting >/dev/full`, three)
    expect(failed.status).toBe(9)
    const appeared = await runShell(`${BOOT} "$1" --fail-on hello >/dev/full`, hello)
    expect(appeared.status).toBe(3)
  })

  it("is one where a file is meant as well", async () => {
    const { status, err } = await runShell(`${BOOT} "$1" --serial file:/dev/full`, hello)
    expect([status, err]).toEqual([74, "emu: /dev/full cannot be written: no space left on the device.\n"])
    expect((await runShell("emu asm -e nop -o /dev/full")).status).toBe(74)
  })
})

describe("a reader that goes away", () => {
  it.each([
    ["a guest", `${BOOT} "$1" | head -c 10 >&2; exit \${PIPESTATUS[0]}`, 141],
    ["a guest that matched nothing yet", `${BOOT} "$1" --expect never | head -c 10 >&2; exit \${PIPESTATUS[0]}`, 141],
    ["a listing", `emu dis "$1" --isa arm --origin 0 | head -c 10 >&2; exit \${PIPESTATUS[0]}`, 141],
  ])("ends the command as SIGPIPE would: %s", async (_, line, status) => {
    const image = line.includes("dis") ? file("zeros", new Uint8Array(4_000_000)) : endless
    const result = await runShell(line, image)
    expect([result.status, result.err.length]).toEqual([status, 10])
  })

  it("does not hide that a text appeared", async () => {
    const line = `${BOOT} "$1" --fail-on cdef | (exec <&-; sleep 1); exit \${PIPESTATUS[0]}`
    expect((await runShell(line, endless)).status).toBe(3)
  })
})

describe("a reader that is slow", () => {
  it("gets every byte, the last ones as well", async () => {
    const { status, out, err } = await runShell(`${BOOT} "$1" | (sleep 1; wc -c); exit \${PIPESTATUS[0]}`, much)
    expect([out.trim(), status, err]).toEqual([String(LINE.length * 100_000), 0, ""])
  })

  it("stops the guest, but not the limit of time; little is kept for it", async () => {
    // A pipe whose reader sleeps.
    const line = `exec 3> >(exec sleep 60 >/dev/null 2>&1); ${BOOT} "$1" --timeout 10 >&3; status=$?; kill $!; exit $status`
    const { status, err } = await runShell(line, endless)
    expect(status).toBe(4)
    expect(err).toMatch(/^emu: 10 seconds have passed$/m)
    const [, unread] = /and (\d+) bytes have not been read from standard output/.exec(err)!
    expect(Number(unread)).toBeLessThan(500_000)
  })
})

describe("a pipe as --serial file:", () => {
  it("ends with the run where nobody reads it, and the output is lost", async () => {
    const pipe = fifo("lonely")
    const { status, err } = await startEmu(["boot", hello, "-M", "virt", "--serial", `file:${pipe}`]).ending
    expect([status, err]).toEqual([74, `emu: ${pipe} cannot be written: nobody has opened it for reading.\n`])
  })

  it("is written once it has a reader", async () => {
    const pipe = fifo("late")
    const { ending } = startEmu(["boot", much, "-M", "virt", "--serial", `file:${pipe}`])
    await new Promise((resolve) => setTimeout(resolve, 500))
    const reader = spawn("wc", ["-c", pipe])
    let count = ""
    reader.stdout.setEncoding("utf8").on("data", (text) => {
      count += text
    })
    expect(await ending).toMatchObject({ status: 0, err: "" })
    if (reader.exitCode === null) await new Promise((resolve) => reader.once("close", resolve))
    expect(Number(count.trim().split(" ")[0])).toBe(LINE.length * 100_000)
  })

  it("is a mistake where it cannot be opened", async () => {
    const { status, err } = await runShell(`${BOOT} "$1" --serial file:/`, hello)
    expect([status, err]).toEqual([2, "emu: --serial: / cannot be written: it is a directory.\n"])
  })

  it("may be a plain file", async () => {
    const path = join(folder, "console.txt")
    expect((await runShell(`${BOOT} "$1" --serial "file:$2"`, hello, path)).status).toBe(0)
    expect(readFileSync(path, "utf8")).toBe("hello\n")
  })
})

describe("a pipe without a writer as input", () => {
  it.each([
    ["the image", `emu boot "$1" --timeout 1`],
    ["the initrd", `emu boot "$2" --initrd "$1" --timeout 1`],
  ])("ends at the limit of time: %s", async (what, line) => {
    const { status, err } = await runShell(line, fifo(what), hello)
    expect([status, err]).toEqual([4, "emu: 1 seconds have passed while loading\n"])
  })
})

describe("standard input", () => {
  it("waits while the guest takes nothing", async () => {
    const { child, ending, shows } = startEmu(["boot", loop, "-M", "virt", "--engine", "evaluator"])
    await shows("ready")
    let taken = 0
    const piece = Buffer.alloc(65_536, "x")
    for (let n = 0; n < 100; n++) child.stdin!.write(piece, (error) => (taken += error ? 0 : piece.length))
    await new Promise((resolve) => setTimeout(resolve, 2000))
    child.kill("SIGTERM")
    await ending
    // What the pipe holds, what the stream reads ahead and what waits for the guest.
    expect(taken).toBeLessThan(1_000_000)
  })
})
