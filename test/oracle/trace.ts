// Runs guest code under QEMU and yields the state after every instruction, read from QEMU's trace through a named pipe.

import { type ChildProcess, spawnSync } from "node:child_process"
import {
  closeSync,
  constants,
  existsSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setImmediate as nextTurn } from "node:timers/promises"
import type { GdbRemote } from "../../src/host/gdb-remote.ts"
import { connectWhenReady, freePort, machineArguments, startBounded, stop } from "./qemu.ts"
import { emptyRecord, pcOf, type StateRecord } from "./state-record.ts"
import { layoutOf, parseRecord, type TraceLayout } from "./trace-format.ts"

/** Bytes at a physical address. */
export type Segment = { address: number; bytes: Uint8Array }

/** What to run and when to stop. */
export type TraceOptions = {
  /** Loaded into RAM before the start. */
  segments: readonly Segment[]
  /** Address of the first instruction, executed in ARM state. */
  entry: number
  /** Most records to yield. */
  limit: number
  /** The record with this pc is the last. */
  until?: number
  /** Whether D registers and FPSCR are read too: a quarter of the speed. */
  fpu?: boolean
  machine?: "none" | "virt" | "versatilepb"
  cpu?: "cortex-a15" | "arm926"
  ramBytes?: number
  /** Registers to set before the first instruction, by gdb's names: r0, sp, lr, pc, cpsr, d0, fpscr. */
  registers?: Readonly<Record<string, bigint>>
  /** Longest wait for a record; a guest that waits for an interrupt stalls. */
  stallMs?: number
  /** Processor time after which the kernel ends QEMU. */
  cpuSeconds?: number
}

/** The part of the options that a Linux program under qemu-arm takes. */
export type ProgramTraceOptions = Omit<TraceOptions, "segments" | "entry" | "machine" | "ramBytes" | "registers">

/** How a run ended: at `until`, at `limit`, because QEMU ended, or because no record came for `stallMs`. */
export type Outcome = "running" | "until" | "limit" | "ended" | "stalled"

/** The reference failed to run; one line. */
export class OracleError extends Error {}

const CHUNK = 1 << 20
const sleeper = new Int32Array(new SharedArrayBuffer(4))
const ramBases = { none: 0, virt: 0x4000_0000, versatilepb: 0 } as const

async function setRegisters(gdb: GdbRemote, { cpsr, ...others }: Readonly<Record<string, bigint>>): Promise<void> {
  // The mode first: it decides which sp and lr the others are.
  if (cpsr !== undefined) await gdb.writeRegister("cpsr", cpsr)
  for (const [name, value] of Object.entries(others)) await gdb.writeRegister(name, value)
  await gdb.detach()
}

/** One run of QEMU that writes a trace. The records of `records()` share one object: copy what must last. */
export class TraceRun {
  outcome: Outcome = "running"
  /** Records yielded so far. */
  count = 0
  readonly #directory: string
  readonly #pipe: number
  #child: ChildProcess | undefined
  readonly #options: ProgramTraceOptions
  readonly #ram: { file: string; base: number; bytes: number } | undefined

  private constructor(
    options: ProgramTraceOptions,
    ram?: { base: number; bytes: number; segments: readonly Segment[] },
  ) {
    this.#options = options
    // RAM is a file that both share: memory at the end costs one read. A memory file system spares the disk.
    this.#directory = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "oracle-"))
    try {
      const made = spawnSync("mkfifo", [join(this.#directory, "trace")])
      if (made.status !== 0) throw new OracleError("mkfifo fails: a named pipe is needed for the trace")
      // Not blocking: opening would wait for QEMU, and so would reading for a QEMU that hangs.
      this.#pipe = openSync(join(this.#directory, "trace"), constants.O_RDONLY | constants.O_NONBLOCK)
      if (ram) {
        const file = join(this.#directory, "ram")
        this.#ram = { file, base: ram.base, bytes: ram.bytes }
        const fd = openSync(file, "w")
        for (const { address, bytes } of ram.segments) {
          if (address < ram.base || address + bytes.length > ram.base + ram.bytes) {
            throw new OracleError(`segment 0x${address.toString(16)} lies outside RAM`)
          }
          writeSync(fd, bytes, 0, bytes.length, address - ram.base)
        }
        ftruncateSync(fd, ram.bytes)
        closeSync(fd)
      }
    } catch (error) {
      rmSync(this.#directory, { recursive: true, force: true })
      throw error
    }
  }

  /** Starts a machine with `segments` in RAM; rejects with an OracleError when it does not start. */
  static async start(options: TraceOptions): Promise<TraceRun> {
    const machine = options.machine ?? "none"
    const bytes = options.ramBytes ?? 64 << 20
    const run = new TraceRun(options, { base: ramBases[machine], bytes, segments: options.segments })
    const args = [
      ...machineArguments(machine, options.cpu ?? "cortex-a15", "ram"),
      ...["-m", `${bytes >> 20}M`],
      ...["-object", `memory-backend-file,id=ram,size=${bytes >> 20}M,mem-path=${run.#ram!.file},share=on`],
      ...["-device", `loader,addr=0x${options.entry.toString(16)},cpu-num=0`],
    ]
    const port = options.registers ? await freePort() : 0
    if (options.registers) args.push("-S", "-gdb", `tcp:127.0.0.1:${port}`)
    run.#launch("qemu-system-arm", args)
    if (options.registers) {
      try {
        await setRegisters(await connectWhenReady({ port }, run.#child!), options.registers)
      } catch (error) {
        await run.close()
        throw error
      }
    }
    return run
  }

  /** Starts a Linux program (an ELF file) under qemu-arm. */
  static startProgram(elf: string, options: ProgramTraceOptions): TraceRun {
    const run = new TraceRun(options)
    run.#launch("qemu-arm", options.cpu ? ["-cpu", options.cpu] : [], [elf])
    return run
  }

  #launch(program: string, args: readonly string[], last: readonly string[] = []): void {
    const log = openSync(join(this.#directory, "messages"), "w")
    const items = this.#options.fpu ? "cpu,fpu,nochain" : "cpu,nochain"
    const trace = ["-singlestep", "-d", items, "-D", join(this.#directory, "trace")]
    this.#child = startBounded(program, [...args, ...trace, ...last], this.#options.cpuSeconds ?? 900, log)
    closeSync(log)
  }

  #messages(): string {
    const text = readFileSync(join(this.#directory, "messages"), "utf8").trim()
    return text.split("\n")[0] || "it says nothing"
  }

  /** Whether QEMU is gone; its exit cannot be told by an event while the trace is read synchronously. */
  #hasDied(): boolean {
    try {
      // The third field is the state; a process that ended but was not waited for yet is a zombie.
      return /\) Z/.test(readFileSync(`/proc/${this.#child?.pid}/stat`, "latin1"))
    } catch {
      return existsSync("/proc/self")
    }
  }

  /** Reads what there is, waiting for it; 0 at the end of the trace, −1 when QEMU stalls. */
  #read(into: Uint8Array, at: number): number {
    let waitedSince = 0
    let opened = this.count > 0 || at > 0
    // A machine under load may take long to start.
    const patience = Math.max(this.#options.stallMs ?? 5000, opened ? 0 : 20_000)
    for (;;) {
      try {
        const got = readSync(this.#pipe, into, at, into.length - at, null)
        if (got > 0) return got
        if (opened || this.#hasDied()) return 0
      } catch (error) {
        if (!(error instanceof Error && "code" in error && error.code === "EAGAIN")) throw error
        opened = true
      }
      const now = performance.now()
      if (waitedSince === 0) waitedSince = now
      else if (now - waitedSince > patience) return -1
      Atomics.wait(sleeper, 0, 0, 0.05)
    }
  }

  /** Yields the state before the first instruction and after every instruction; ends as `outcome` tells. */
  *records(): Generator<StateRecord, void, void> {
    const { limit, until = -1, fpu = false } = this.#options
    const record = emptyRecord()
    const text = new Uint8Array(CHUNK)
    let layout: TraceLayout | undefined
    let start = 0
    let end = 0
    for (;;) {
      text.copyWithin(0, start, end)
      end -= start
      start = 0
      const got = this.#read(text, end)
      if (got <= 0) {
        this.outcome = got === 0 ? "ended" : "stalled"
        if (this.count === 0) throw new OracleError(`qemu writes no trace: ${this.#messages()}`)
        return
      }
      end += got
      layout ??= layoutOf(text, end, fpu)
      if (!layout) continue
      for (; start + layout.bytes <= end; start += layout.bytes) {
        parseRecord(text, start, layout, record)
        this.count++
        yield record
        if (pcOf(record) === until) {
          this.outcome = "until"
          return
        }
        if (this.count >= limit) {
          this.outcome = "limit"
          return
        }
      }
    }
  }

  /** RAM as the guest left it. Meaningful when `outcome` is "until" and the guest spins there. */
  memory(address: number, length: number): Uint8Array {
    if (!this.#ram) throw new OracleError("a program under qemu-arm shares no memory")
    const bytes = new Uint8Array(length)
    const fd = openSync(this.#ram.file, "r")
    readSync(fd, bytes, 0, length, address - this.#ram.base)
    closeSync(fd)
    return bytes
  }

  /** Ends QEMU and removes what the run left on disk. */
  async close(): Promise<void> {
    if (this.#child) await stop(this.#child)
    closeSync(this.#pipe)
    rmSync(this.#directory, { recursive: true, force: true })
    await nextTurn()
  }
}
