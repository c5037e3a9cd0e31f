// A machine of ours and one of QEMU's with the same guest, executed side by side one instruction at a time.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { readCpsrValue } from "../../cpu/arm/index.ts"
import { STATE } from "../../cpu/codegen/layout.ts"
import { encodeBlob } from "../../firmware/device-tree/index.ts"
import type { Booted } from "../boot.ts"
import { GdbRemoteError } from "../host/gdb-remote.ts"
import { type HeldQemu, startHeld } from "../host/qemu.ts"
import { UsageError } from "./usage-error.ts"

/** r0 to r15 and the status register. */
export type CoreState = { readonly registers: readonly number[]; readonly cpsr: number }

/** Names of the registers of a `CoreState`. */
export const coreNames: readonly string[] = [...Array.from({ length: 13 }, (_, n) => `r${n}`), "sp", "lr", "pc"]

/** What the guest is made of: files as the user named them. */
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
  readonly #pc: Uint32Array

  constructor(booted: Booted) {
    this.#booted = booted
    const { cpu } = booted.board
    this.#pc = new Uint32Array(cpu.memory.buffer, STATE + cpu.arch.engine.PC.offset, 1)
  }

  get pc(): number {
    return this.#pc[0]!
  }

  get instructions(): number {
    return this.#booted.board.machine.instructions
  }

  /** Executes one instruction, after skipping the time until something happens; false once the machine is off. */
  step(): boolean {
    const { machine } = this.#booted.board
    for (;;) {
      const slice = machine.slice(1)
      if (slice.kind === "running") return true
      if (slice.kind === "stopped" || slice.untilNs === undefined) return false
      machine.skipTo(slice.untilNs)
    }
  }

  /** Executes until the program counter is at an address; false if that does not happen within so many instructions. */
  runTo(address: number, most: number): boolean {
    const pc = this.#pc
    const end = this.instructions + most
    while (pc[0] !== address) if (!this.step() || this.instructions >= end) return false
    return true
  }

  state(): CoreState {
    const { core, pc } = this.#booted.board.cpu.registers()
    return { registers: [...core, pc], cpsr: readCpsrValue(this.#booted.board.cpu.state) }
  }
}

/** QEMU's side. */
export class QemuSide {
  readonly #qemu: HeldQemu

  private constructor(qemu: HeldQemu) {
    this.#qemu = qemu
  }

  /** Starts the same guest on the same machine, held at its first instruction. */
  static async start({ board }: Booted, files: GuestFiles): Promise<QemuSide> {
    const folder = mkdtempSync(join(tmpdir(), "emu-diff-"))
    try {
      const kernel = join(folder, "kernel")
      writeFileSync(kernel, files.image)
      const tree = join(folder, "tree.dtb")
      // QEMU would make a device tree of its own, with parts that our machine lacks.
      if (board.deviceTree && !files.dtb) writeFileSync(tree, encodeBlob(board.deviceTree))
      const dtb = files.dtb ?? (board.deviceTree ? tree : undefined)
      const args = [
        ...["-machine", board.machine.name, "-cpu", board.cpu.model, "-m", `${board.ramBytes / 1024}K`],
        ...["-nodefaults", "-display", "none", "-monitor", "none", "-serial", "null", "-parallel", "none"],
        ...["-kernel", kernel],
        ...(files.initrd ? ["-initrd", files.initrd] : []),
        ...(files.append === undefined ? [] : ["-append", files.append]),
        ...(dtb ? ["-dtb", dtb] : []),
      ]
      return new QemuSide(await startHeld("qemu-system-arm", args))
    } catch (error) {
      throw error instanceof GdbRemoteError ? new UsageError(`QEMU does not start the image: ${error.message}.`) : error
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }

  /** Runs until the program counter is at an address; false if that does not happen in time. */
  async runTo(address: number, kind: 2 | 4, timeoutMs: number): Promise<boolean> {
    const { gdb } = this.#qemu
    await gdb.setBreakpoint(address, kind)
    try {
      await gdb.continue(timeoutMs)
    } catch (error) {
      if (error instanceof GdbRemoteError) return false
      throw error
    }
    await gdb.clearBreakpoint(address, kind)
    return (await this.state()).registers[15] === address
  }

  async step(): Promise<void> {
    await this.#qemu.gdb.step()
  }

  async state(): Promise<CoreState> {
    const bytes = await this.#qemu.gdb.readCore()
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const registers = Array.from({ length: 16 }, (_, n) => view.getUint32(4 * n, true))
    return { registers, cpsr: view.getUint32(bytes.length - 4, true) }
  }

  /** Code at an address; undefined where none can be read. */
  async code(address: number): Promise<Uint8Array | undefined> {
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
