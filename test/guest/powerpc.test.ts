// The PowerPC monitor that comes with the emulator: its source against GNU as, its output against QEMU's, its prompt.

import { execFileSync, spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { assembleSource } from "../../cpu/isa/index.ts"
import { powerPc } from "../../cpu/powerpc/index.ts"
import { powerPcDialect } from "../../cpu/powerpc/text/dialect.ts"
import { type BootOptions, boot } from "../../src/boot.ts"
import { defaultGuest } from "../../src/cli/default-guest.ts"
import { MONITOR_ORIGIN, monitorSource } from "../../src/guest/powerpc/index.ts"
import { MiB } from "../../src/machines/index.ts"
import { unavailable } from "../oracle/qemu.ts"
import { hasBinutils, powerPcBinutils } from "../support/binutils.ts"

const folder = mkdtempSync(join(tmpdir(), "emu-guest-"))
afterAll(() => rmSync(folder, { recursive: true }))

const { image, machine } = defaultGuest("ppc", false)

function run(append: string, options: Partial<BootOptions> = {}) {
  return boot({ image, append, machine, maxInstructions: 1e8, ...options })
}

/** The monitor with a piece of its source replaced. */
function altered(piece: string, by: string): Uint8Array {
  expect(monitorSource.split(piece)).toHaveLength(2)
  const dialect = powerPcDialect(powerPc("750").formats[0]!)
  return assembleSource(monitorSource.replace(piece, by), dialect, { origin: MONITOR_ORIGIN }).bytes
}

/** What it prints on QEMU's board, behind the words of the firmware there. */
function runOnQemu(append: string): string {
  const kernel = join(folder, "monitor")
  writeFileSync(kernel, image)
  const options = ["-machine", "g3beige", "-cpu", "750", "-m", "256", "-nodefaults", "-kernel", kernel]
  const quiet = ["-display", "none", "-monitor", "none", "-serial", "stdio", "-append", append]
  const { stdout } = spawnSync("qemu-system-ppc", [...options, ...quiet], {
    encoding: "latin1",
    input: "",
    timeout: 100_000,
  })
  return stdout.slice(stdout.indexOf("emu monitor"))
}

describe("the PowerPC monitor's source", () => {
  it.runIf(hasBinutils(powerPcBinutils("ppc")))("assembles to the bytes that GNU as and ld make of it", () => {
    const file = (name: string) => join(folder, name)
    writeFileSync(file("monitor.s"), monitorSource)
    const tool = (name: string, ...args: string[]) => execFileSync(`powerpc-linux-gnu-${name}`, args)
    tool("as", "-mppc", "-mregnames", "-o", file("monitor.o"), file("monitor.s"))
    tool("ld", "-Ttext", `0x${MONITOR_ORIGIN.toString(16)}`, "-o", file("monitor.elf"), file("monitor.o"))
    tool("objcopy", "-O", "binary", "-j", ".text", file("monitor.elf"), file("monitor.bin"))
    expect(Buffer.from(image).equals(readFileSync(file("monitor.bin")))).toBe(true)
  })
})

describe("the PowerPC monitor", () => {
  it.each(["750", "7400"])("passes all its checks on a %s, and switches the machine off", async (cpu) => {
    const { outcome, output } = await run("checks", { cpu })
    expect(output).toMatch(new RegExp(`^emu monitor\r\ncpu: PowerPC ${cpu}, revision [23].[0-9]\r\n`))
    expect(output).not.toContain("FAILED")
    expect(output).toMatch(/\r\nmonitor: all checks passed\r\n$/)
    expect(outcome).toBe("off")
  })

  it("runs the same twice, to the instruction", async () => {
    const first = await run("checks bench ticks")
    expect(await run("checks bench ticks")).toEqual(first)
  })

  it("prints what it prints under QEMU", { timeout: 120_000 }, async () => {
    const reason = unavailable("qemu-system-ppc")
    if (reason) return
    const { outcome, output } = await run("help checks fault map")
    // The boards count time at rates of their own.
    const anyRate = (text: string) => text.replace(/^timer: [0-9]+ Hz/m, "timer: some Hz")
    expect(anyRate(output)).toBe(anyRate(runOnQemu("help checks fault map")))
    expect(outcome).toBe("off")
  })

  it.each([2, 48, 512])("finds %i MiB of memory", async (size) => {
    const { outcome, output } = await run("checks", { memoryBytes: size * MiB })
    expect(output).toContain(`memory: ${size} MiB at 00000000\r\n`)
    expect(output).toContain("\r\nmemory: ok\r\n")
    expect(outcome).toBe("off")
  })

  it("tells its time: ten milliseconds a tick, ten nanoseconds an instruction", async () => {
    const { output } = await run("bench ticks", { clockRate: 1e8, maxInstructions: 3e8 })
    expect(output).toMatch(/integer loop: 30 million instructions, 3000[0-9]{2} us\r\n/)
    const [, ticks, seconds] = /([0-9]+) ticks, ([0-9.]+) s; clock 17041104[0-9]{2}\r\n/.exec(output)!
    expect(Number(seconds)).toBe(Number(ticks) / 100)
    expect(Number(ticks)).toBeGreaterThan(30)
  })

  it("edits the line at its prompt", async () => {
    const typed = ["hepp\b\u007flp\n", "x\x15\x1b[Aticks\r", "  frob  ticks  \r", "off\r"]
    const { output, outcome } = await run("", { send: typed, expect: [/emu> /, /emu> /, /emu> /, /emu> /] })
    expect(output).toContain("emu> hepp\b \b\b \blp\r\nhelp: this list\r\n")
    expect(output).toContain("emu> x\b \bticks\r\n")
    expect(output).toMatch(/emu> {3}frob {2}ticks {2}\r\nno command frob \(help lists them\)\r\n[0-9]+ ticks/)
    expect(outcome).toBe("off")
  })

  it("starts again on reset", async () => {
    const { output, outcome } = await run("", { send: ["reset\r", "off\r"], expect: [/emu> /, /emu> /, /off\r\n$/] })
    expect(output.match(/emu monitor/g)).toHaveLength(2)
    expect(outcome).toBe("matched")
  })
})

describe("a PowerPC monitor with a fault", () => {
  it("fails its check, says what differs, and ends with status 1", async () => {
    const { output, outcome, status } = await run("checks", {
      image: altered("check_crc, 0xcbf43926", "check_crc, 1"),
    })
    expect(output).toContain("CRC-32: FAILED\r\n  cbf43926 instead of 00000001\r\n")
    expect(output).toMatch(/monitor: checks failed: 1\r\n$/)
    expect([outcome, status]).toEqual(["failed", 1])
  })

  it("reports an exception that nobody expects, and ends with status 1", async () => {
    const broken = altered("show_ticks:\n", "show_ticks:\n    lis r3, UNMAPPED@h\n    lwz r3, 0(r3)\n")
    const { output, outcome, status } = await run("ticks", { image: broken })
    expect(output).toMatch(/unexpected exception 768, status 40000000, address 50000000\r\nlink 0001[0-9a-f]{4}, /)
    expect([outcome, status]).toEqual(["failed", 1])
  })
})
