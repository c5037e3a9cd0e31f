// The ARM monitor that comes with the emulator: its source against GNU as, its output against QEMU's, its prompt.

import { execFileSync, spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { arm } from "../../cpu/arm/index.ts"
import { armDialect } from "../../cpu/arm/text/dialect.ts"
import { assembleSource } from "../../cpu/isa/index.ts"
import { type BootOptions, boot } from "../../src/boot.ts"
import { defaultGuest } from "../../src/cli/default-guest.ts"
import { MONITOR_ORIGIN, monitorSource } from "../../src/guest/arm/index.ts"
import { MiB } from "../../src/machines/index.ts"
import { unavailable } from "../oracle/qemu.ts"
import { hasArmBinutils } from "../support/binutils.ts"

const folder = mkdtempSync(join(tmpdir(), "emu-guest-"))
afterAll(() => rmSync(folder, { recursive: true }))

const { image, machine } = defaultGuest("arm", false)

function run(append: string, options: Partial<BootOptions> = {}) {
  return boot({ image, append, machine, semihosting: true, maxInstructions: 1e8, ...options })
}

/** The monitor with a piece of its source replaced. */
function altered(piece: string, by: string): Uint8Array {
  expect(monitorSource.split(piece)).toHaveLength(2)
  const [a32, thumb] = arm("cortex-a15").formats
  return assembleSource(monitorSource.replace(piece, by), armDialect(a32!, thumb!), { origin: MONITOR_ORIGIN }).bytes
}

function runOnQemu(append: string): { output: string; status: number | null } {
  const kernel = join(folder, "monitor")
  writeFileSync(kernel, image)
  const options = ["-machine", "virt", "-cpu", "cortex-a15", "-m", "256", "-semihosting", "-kernel", kernel]
  const quiet = ["-display", "none", "-monitor", "none", "-nic", "none", "-serial", "stdio", "-append", append]
  const { stdout, status } = spawnSync("qemu-system-arm", [...options, ...quiet], {
    encoding: "latin1",
    input: "",
    timeout: 50_000,
  })
  return { output: stdout, status }
}

describe("the monitor's source", () => {
  it.runIf(hasArmBinutils())("assembles to the bytes that GNU as and ld make of it", () => {
    const file = (name: string) => join(folder, name)
    writeFileSync(file("monitor.s"), `.syntax unified\n${monitorSource}`)
    const tool = (name: string, ...args: string[]) => execFileSync(`arm-linux-gnueabihf-${name}`, args)
    tool("as", "-march=armv7ve", "-mfpu=vfpv4", "-o", file("monitor.o"), file("monitor.s"))
    tool("ld", "-Ttext", `0x${MONITOR_ORIGIN.toString(16)}`, "-o", file("monitor.elf"), file("monitor.o"))
    tool("objcopy", "-O", "binary", "-j", ".text", file("monitor.elf"), file("monitor.bin"))
    expect(Buffer.from(image).equals(readFileSync(file("monitor.bin")))).toBe(true)
  })
})

describe("the monitor", () => {
  it("passes all its checks and switches the machine off", async () => {
    const { outcome, output } = await run("checks")
    expect(output).not.toContain("FAILED")
    expect(output).toMatch(/\r\nmonitor: all checks passed\r\n$/)
    expect(outcome).toBe("off")
  })

  it("runs the same twice, to the instruction", async () => {
    const first = await run("checks bench ticks")
    expect(await run("checks bench ticks")).toEqual(first)
  })

  it.each(["checks", "map fault help"])("prints what it prints under QEMU: %s", { timeout: 60_000 }, async (append) => {
    const reason = unavailable("qemu-system-arm")
    if (reason) return
    const { outcome, output } = await run(append)
    expect({ output, outcome }).toEqual({ output: runOnQemu(append).output, outcome: "off" })
  })

  it.each([1, 2, 48, 100])("finds %i MiB of memory", async (size) => {
    const { outcome, output } = await run("checks map", { memoryBytes: size * MiB })
    const end = (0x4000_0000 + size * MiB - 1).toString(16)
    expect(output).toContain(`memory: ${size} MiB at 40000000\r\n`)
    expect(output).toContain(`40000000-${end}   40000000  rwx ---  memory\r\n`)
    expect(outcome).toBe("off")
  })

  it("tells its time: ten milliseconds a tick, ten nanoseconds an instruction", async () => {
    const { output } = await run("bench ticks", { clockRate: 1e8 })
    expect(output).toMatch(/integer loop: 30 million instructions, 3000[0-9]{2} us\r\n/)
    const [, ticks, seconds] = /([0-9]+) ticks, ([0-9.]+) s; clock 1704110400/.exec(output)!
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

describe("a monitor with a fault", () => {
  it("fails its check, says what differs, and ends with status 1", async () => {
    const { output, outcome, status } = await run("checks", { image: altered("check_crc, 0xcbf43926", "check_crc, 1") })
    expect(output).toContain("CRC-32: FAILED\r\n  cbf43926 instead of 00000001\r\n")
    expect(output).toMatch(/monitor: checks failed: 1\r\n$/)
    expect([outcome, status]).toEqual(["failed", 1])
  })

  it("reports an exception that nobody expects, and ends with status 1", async () => {
    const broken = altered("show_ticks:\n", "show_ticks:\n    mov r0, #UNMAPPED\n    ldr r0, [r0]\n")
    const { output, outcome, status } = await run("ticks", { image: broken })
    expect(output).toMatch(/unexpected exception 4, status 00000005, address 30000000\r\nlink 4001[0-9a-f]{4}, /)
    expect([outcome, status]).toEqual(["failed", 1])
  })
})
