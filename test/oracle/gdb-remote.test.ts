// The gdb client against the stubs of qemu-system-arm and qemu-arm.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { GdbRemote, GdbRemoteError } from "../../src/host/gdb-remote.ts"
import { assemble, assemblerUnavailable } from "./assemble.ts"
import { freePort, type HeldQemu, machineArguments, startHeld, unavailable } from "./qemu.ts"

it("tells in one line that nobody listens", async () => {
  const port = await freePort()
  const failure = await GdbRemote.connect({ port }).catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(GdbRemoteError)
  expect(String(failure)).toMatch(/^Error: gdb remote 127\.0\.0\.1:\d+: connect ECONNREFUSED/)
})

const boards = [
  { machine: "virt", cpu: "cortex-a15", ram: 0x4000_0000 },
  { machine: "versatilepb", cpu: "arm926", ram: 0 },
] as const
const why = unavailable()

describe.skipIf(why).each(boards)(`the gdb stub of qemu's $machine${why ? ` (SKIPPED: ${why})` : ""}`, (board) => {
  let qemu: HeldQemu
  beforeAll(async () => {
    qemu = await startHeld("qemu-system-arm", [...machineArguments(board.machine, board.cpu), "-m", "64M"])
  })
  afterAll(() => qemu?.stop())

  it("names the core and the system registers", () => {
    const names = qemu.gdb.registers.map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining(["r0", "sp", "lr", "pc", "cpsr", "SCTLR", "DFSR"]))
    expect(qemu.gdb.register("cpsr")).toMatchObject({ number: 25, bytes: 4 })
  })

  it("writes registers and memory and reads them back", async () => {
    const { gdb } = qemu
    await gdb.writeRegister("r7", 0x89ab_cdefn)
    expect(await gdb.readRegister("r7")).toBe(0x89ab_cdefn)
    const bytes = Uint8Array.from({ length: 3000 }, (_, i) => i * 7)
    await gdb.writeMemory(board.ram + 0x10_0000, bytes)
    expect(Buffer.from(await gdb.readMemory(board.ram + 0x10_0000, bytes.length))).toEqual(Buffer.from(bytes))
    const all = await gdb.readAllRegisters()
    expect(all.get("r7")).toBe(0x89ab_cdefn)
    expect(all.get("cpsr")! & 0x1fn).toBe(0x13n)
  })

  it("steps one instruction and runs to a breakpoint", async () => {
    const { gdb } = qemu
    const at = board.ram + 0x10_0000
    // mov r0, #1; adds r0, r0, r0; adds r0, r0, r0; b .
    const code = Uint32Array.of(0xe3a0_0001, 0xe090_0000, 0xe090_0000, 0xeaff_fffe)
    await gdb.writeMemory(at, new Uint8Array(code.buffer))
    await gdb.writeRegister("pc", BigInt(at))
    expect(await gdb.step()).toMatch(/^[TS]05/)
    expect(await gdb.readRegister("pc")).toBe(BigInt(at + 4))
    expect(await gdb.readRegister("r0")).toBe(1n)
    await gdb.setBreakpoint(at + 12)
    expect(await gdb.continue()).toMatch(/^[TS]05/)
    await gdb.clearBreakpoint(at + 12)
    const core = await gdb.readFeature("org.gnu.gdb.arm.core")
    expect([core.get("r0"), core.get("pc")]).toEqual([4n, BigInt(at + 12)])
  })

  it("refuses a register that does not exist in one line", async () => {
    await expect(qemu.gdb.readRegister("r99")).rejects.toThrow("gdb remote: it has no register r99")
  })
})

const whyUser = unavailable("qemu-arm") ?? assemblerUnavailable()

describe.skipIf(whyUser)(`the gdb stub of qemu-arm${whyUser ? ` (SKIPPED: ${whyUser})` : ""}`, () => {
  it("steps a Linux program", async () => {
    const directory = mkdtempSync(join(tmpdir(), "gdb-remote-"))
    const elf = join(directory, "program")
    const source = ".global _start\n_start: mov r0, #42\nvmov d31, r0, r0\nmov r7, #1\nsvc 0"
    writeFileSync(elf, assemble(source, { linked: true }), { mode: 0o755 })
    const qemu = await startHeld("qemu-arm", [elf])
    try {
      await qemu.gdb.step()
      await qemu.gdb.step()
      expect(await qemu.gdb.readRegister("r0")).toBe(42n)
      expect(await qemu.gdb.readRegister("d31")).toBe(0x2a_0000_002an)
    } finally {
      await qemu.stop()
      rmSync(directory, { recursive: true })
    }
  })
})
