// Runs a program on QEMU's virt board and on the emulator's, to its PSCI SYSTEM_OFF, and reads RAM at the end of each.

import { once } from "node:events"
import {
  closeSync,
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
import { RAM } from "../../../cpu/codegen/layout.ts"
import { type BootOptions, prepare } from "../../../src/index.ts"
import { elf32 } from "../../firmware/sample-images.ts"
import { machineArguments, startBounded, stop } from "../../oracle/qemu.ts"
import type { Segment } from "../../oracle/trace.ts"

/** Where the virt board has RAM. */
export const RAM_BASE = 0x4000_0000
const RAM_BYTES = 128 << 20
/** Longest run of QEMU: processor time, and time on a busy machine. */
const CPU_SECONDS = 60
const PATIENCE_MS = 120_000

/** A program that ends by PSCI SYSTEM_OFF, and the part of RAM that it leaves its records in. */
export type BoardProgram = {
  readonly segments: readonly Segment[]
  readonly entry: number
  readonly records: { readonly address: number; readonly bytes: number }
}

/** The engines of the emulator that are compared: each name and its options of `boot`. */
export const engines: Readonly<Record<string, Pick<BootOptions, "engine" | "jit">>> = {
  evaluator: { engine: "evaluator" },
  interpreter: { engine: "interpreter" },
  JIT: { engine: "jit", jit: { tuning: { hotAfter: 1, regionsPerModule: 1 } } },
}

/** The records of a program on QEMU, which ends its blocks after each instruction, where interrupts are taken. */
export async function recordsOnQemu({ segments, entry, records }: BoardProgram): Promise<Uint32Array> {
  const directory = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "board-"))
  try {
    const [file, messages] = [join(directory, "ram"), join(directory, "messages")]
    const ram = openSync(file, "w")
    for (const { address, bytes } of segments) writeSync(ram, bytes, 0, bytes.length, address - RAM_BASE)
    ftruncateSync(ram, RAM_BYTES)
    closeSync(ram)
    const log = openSync(messages, "w")
    const size = `${RAM_BYTES >> 20}M`
    const child = startBounded(
      "qemu-system-arm",
      [
        ...machineArguments("virt", "cortex-a15", "ram"),
        ...["-m", size, "-object", `memory-backend-file,id=ram,size=${size},mem-path=${file},share=on`],
        ...["-device", `loader,addr=0x${entry.toString(16)},cpu-num=0`, "-singlestep", "-d", "nochain"],
      ],
      CPU_SECONDS,
      log,
    )
    closeSync(log)
    const patience = setTimeout(() => void stop(child), PATIENCE_MS)
    const [status] = await once(child, "exit")
    clearTimeout(patience)
    if (status !== 0)
      throw new Error(`QEMU ended with ${status ?? "a signal"}: ${readFileSync(messages, "utf8").trim()}`)
    const bytes = new Uint8Array(records.bytes)
    const left = openSync(file, "r")
    readSync(left, bytes, 0, bytes.length, records.address - RAM_BASE)
    closeSync(left)
    return new Uint32Array(bytes.buffer)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** The records of a program on the emulator. */
export async function recordsOnEmulator(
  { segments, entry, records }: BoardProgram,
  engine: Pick<BootOptions, "engine" | "jit">,
): Promise<Uint32Array> {
  const parts = segments.map(({ address, bytes }) => ({
    virtualAddress: address,
    physicalAddress: address,
    data: bytes,
  }))
  const { board, run } = await prepare({
    ...{ machine: "virt", image: elf32({ entry, segments: parts }), memoryBytes: RAM_BYTES, maxInstructions: 1e8 },
    ...engine,
  })
  const { outcome, reason } = await run()
  if (outcome !== "off") throw new Error(`the emulator ended otherwise (${outcome}): ${reason}`)
  const at = RAM + records.address - RAM_BASE
  return new Uint32Array(board.cpu.memory.buffer.slice(at, at + records.bytes))
}
