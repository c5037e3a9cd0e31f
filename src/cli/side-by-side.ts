// Our machine and QEMU's with the same guest, executed side by side, one instruction at a time.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { encodeBlob } from "../../firmware/device-tree/index.ts"
import { physicalAddress } from "../../mmu/address.ts"
import type { CodeLocation, DebuggerDescription } from "../architectures/index.ts"
import type { Booted } from "../boot.ts"
import { GdbRemoteError } from "../host/gdb-remote.ts"
import { type HeldQemu, startHeld } from "../host/qemu.ts"
import type { Board } from "../machines/index.ts"
import { UsageError } from "./usage-error.ts"

/** Values of the registers that are compared, by name. */
export type CoreState = ReadonlyMap<string, number | bigint>

/** The guest's files, as the user named them. */
export type GuestFiles = {
  /** The kernel itself, no longer compressed. */
  readonly image: Uint8Array
  readonly initrd?: string | undefined
  readonly append?: string | undefined
  readonly dtb?: string | undefined
}

/** Our side. */
export class OwnSide {
  readonly #booted: Booted

  constructor(booted: Booted) {
    this.#booted = booted
  }

  get pc(): bigint {
    return BigInt(this.#booted.board.cpu.pc)
  }

  get instructions(): number {
    return this.#booted.board.machine.instructions
  }

  /** Executes one instruction; an idle machine skips to its next alarm first. False once the machine is off. */
  step(): boolean {
    const { machine } = this.#booted.board
    for (;;) {
      const slice = machine.slice(1)
      if (slice.kind === "running") return true
      if (slice.kind === "stopped" || slice.untilNs === undefined) return false
      machine.skipTo(slice.untilNs)
    }
  }

  /** Executes until the program counter reaches an address; false if that takes more than `most` instructions. */
  runTo(address: bigint, most: number): boolean {
    const end = this.instructions + most
    while (this.pc !== address) if (!this.step() || this.instructions >= end) return false
    return true
  }

  state(): CoreState {
    const { architecture, board } = this.#booted
    return new Map(architecture.debugger.registers.map(({ name }) => [name, board.cpu.register(name)]))
  }
}

/** QEMU's side. */
export class QemuSide {
  readonly #qemu: HeldQemu
  readonly #debugger: DebuggerDescription

  private constructor(qemu: HeldQemu, description: DebuggerDescription) {
    this.#qemu = qemu
    this.#debugger = description
  }

  /** Starts the same guest on the same machine, paused at its first instruction. */
  static async start({ architecture, board }: Booted, files: GuestFiles): Promise<QemuSide> {
    const { qemu } = architecture.debugger
    const { arch, model } = board.cpu
    const folder = mkdtempSync(join(tmpdir(), "emu-diff-"))
    try {
      const args = [
        ...["-machine", board.machine.name, "-cpu", qemu.cpu(model), "-m", `${board.ramBytes / 1024}K`],
        ...["-nodefaults", "-display", "none", "-monitor", "none", "-serial", "null", "-parallel", "none"],
        ...(qemu.start === "image" ? loadImage(board, files, folder) : loadMemory(board, folder)),
      ]
      const held = await startHeld(qemu.program, args, { byteOrder: arch.byteOrder })
      const side = new QemuSide(held, architecture.debugger)
      if (qemu.start === "state") await side.#setRegisters(board)
      return side
    } catch (error) {
      throw error instanceof GdbRemoteError ? new UsageError(`QEMU does not start the image: ${error.message}.`) : error
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }

  /** Gives it the registers of our machine. */
  async #setRegisters({ cpu }: Board): Promise<void> {
    const { registers } = this.#debugger
    for (const { name } of registers) await this.#qemu.gdb.writeRegister(name, BigInt(cpu.register(name)))
  }

  /** Runs until the program counter reaches an address; false at the timeout. */
  async runTo({ address, set }: CodeLocation, timeoutMs: number): Promise<boolean> {
    const { gdb } = this.#qemu
    const kind = this.#debugger.breakpointKind(set)
    await gdb.setBreakpoint(address, kind)
    try {
      await gdb.continue(timeoutMs)
    } catch (error) {
      if (error instanceof GdbRemoteError) return false
      throw error
    }
    await gdb.clearBreakpoint(address, kind)
    return BigInt((await this.state()).get(this.#debugger.pc)!) === address
  }

  async step(): Promise<void> {
    await this.#qemu.gdb.step()
  }

  async state(): Promise<CoreState> {
    const values = await this.#qemu.gdb.readFeature(this.#debugger.feature)
    const own = (value: bigint, bits: number) => (bits > 32 ? value : Number(value))
    return new Map(
      this.#debugger.registers.map(({ name, bits }) => {
        const value = values.get(name)
        if (value === undefined) throw new GdbRemoteError(`gdb remote: it has no register ${name}`)
        return [name, own(value, bits)]
      }),
    )
  }

  /** Code at an address; undefined if it cannot be read. */
  async code(address: number | bigint): Promise<Uint8Array | undefined> {
    try {
      return await this.#qemu.gdb.readMemory(address, 4)
    } catch (error) {
      if (error instanceof GdbRemoteError) return undefined
      throw error
    }
  }

  async stop(): Promise<void> {
    await this.#qemu.stop()
  }
}

/** Options by which QEMU's own loader starts the image. */
function loadImage(board: Board, files: GuestFiles, folder: string): string[] {
  const kernel = join(folder, "kernel")
  writeFileSync(kernel, files.image)
  const tree = join(folder, "tree.dtb")
  // QEMU would make a device tree of its own, with parts that our machine lacks.
  if (board.deviceTree && !files.dtb) writeFileSync(tree, encodeBlob(board.deviceTree))
  const dtb = files.dtb ?? (board.deviceTree ? tree : undefined)
  return [
    ...["-kernel", kernel],
    ...(files.initrd ? ["-initrd", files.initrd] : []),
    ...(files.append === undefined ? [] : ["-append", files.append]),
    ...(dtb ? ["-dtb", dtb] : []),
  ]
}

/** Bytes that are looked at together for whether they hold anything. */
const BLOCK = 0x1_0000

/** Options by which QEMU gets what is in our machine's RAM; pieces that hold something are files. */
function loadMemory({ cpu, ramBase, ramBytes }: Board, folder: string): string[] {
  const options: string[] = []
  let piece: Buffer[] = []
  let start = ramBase
  const end = () => {
    if (piece.length === 0) return
    const file = join(folder, `ram-${start.toString(16)}`)
    writeFileSync(file, Buffer.concat(piece))
    options.push("-device", `loader,file=${file},addr=0x${start.toString(16)},force-raw=on`)
    piece = []
  }
  for (let at = ramBase; at < ramBase + ramBytes; at += BLOCK) {
    const block = Buffer.alloc(Math.min(BLOCK, ramBase + ramBytes - at))
    cpu.guest.physicalRead(physicalAddress(at), block)
    if (block.every((byte) => byte === 0)) end()
    else {
      if (piece.length === 0) start = at
      piece.push(block)
    }
  }
  end()
  return options
}
