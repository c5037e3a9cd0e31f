// Small hostile programs for the boards: how they are assembled, loaded and watched.

import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { arm } from "../../cpu/arm/index.ts"
import { armDialect } from "../../cpu/arm/text/dialect.ts"
import { assembleSource } from "../../cpu/isa/index.ts"
import { type BootOptions, prepare, type SessionHost, type SessionResult } from "../../src/index.ts"
import { elf32 } from "../firmware/sample-images.ts"

/** Assembles a program for that address and CPU. */
export function assemble(source: string, origin: number, model: "cortex-a15" | "arm926" = "cortex-a15"): Uint8Array {
  const [a32, thumb] = arm(model).formats
  return assembleSource(source, armDialect(a32!, thumb!), { file: "hostile", origin }).bytes
}

/** A program as the firmware of the virt board: it starts at address 0. */
export const firmware = (source: string): BootOptions => ({ machine: "virt", bios: assemble(source, 0) })

/** Offset in RAM of a program that is loaded as a kernel. */
const LOADED_AT = 0x1_0000

/** A program in RAM, started as a kernel is. */
export function loaded(machine: "virt" | "versatilepb", source: string): BootOptions {
  const address = (machine === "virt" ? 0x4000_0000 : 0) + LOADED_AT
  const data = assemble(source, address, machine === "virt" ? "cortex-a15" : "arm926")
  const image = elf32({
    entry: address,
    segments: [{ virtualAddress: address, physicalAddress: address, data }],
  })
  return { machine, image }
}

/** How a hostile program ended, and what it cost the host. */
export type Damage = SessionResult & {
  /** Bytes that the program sent. */
  readonly sent: number
  readonly logged: readonly string[]
  /** Growth of the host's memory in bytes, from the second quarter of the run to the last; what is freed by and by is not growth. */
  readonly grown: number
  /** Counters of the CPU, to see that the program did what it is for. */
  readonly stats: Readonly<Record<string, Readonly<Record<string, number | string>>>>
}

setFlagsFromString("--expose-gc")
const collectGarbage = runInNewContext("gc") as () => void

function memoryInUse(): number {
  // The host frees dead buffers behind our back; a second collection waits until it has done so after the first.
  collectGarbage()
  collectGarbage()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

/** Measurements in a run that has a limit of instructions. */
const MEASUREMENTS = 16
/** Milliseconds between turns of the host's event loop, of which each is a measurement (src/session.ts). */
const TURN_MS = 10
/** Instructions that a millisecond takes in a run without such a limit. */
const PER_MS = 100
/** Looks at the clock that a millisecond takes if nothing is executed. */
const LOOKS_PER_MS = 10_000

/**
 * Runs a program, and measures memory as it goes on. Its host's clock is moved by what it executes, so that it goes the same way on a busy
 * host.
 */
export async function endure(options: BootOptions): Promise<Damage> {
  const measured: number[] = []
  const { maxInstructions } = options
  const perMs = maxInstructions === undefined ? PER_MS : maxInstructions / (MEASUREMENTS * TURN_MS)
  let looks = 0
  const host: SessionHost = {
    now: () => booted.board.machine.instructions / perMs + ++looks / LOOKS_PER_MS,
    async sleep() {
      measured.push(memoryInUse())
      await new Promise((resolve) => setImmediate(resolve))
    },
  }
  const logged: string[] = []
  let sent = 0
  const booted = await prepare({
    memoryBytes: 64 * 1024 * 1024,
    ...options,
    host,
    onOutput: () => sent++,
    onLog: (message) => logged.push(message),
  })
  const result = await booted.run()
  measured.push(memoryInUse())
  // A single measurement may count what is about to be freed: the least of a quarter is what is alive.
  const least = (from: number, to: number) =>
    Math.min(...measured.slice(Math.floor(from * (measured.length - 1)), Math.floor(to * (measured.length - 1)) + 1))
  return { ...result, sent, logged, grown: least(0.75, 1) - least(0.25, 0.5), stats: booted.board.cpu.stats() }
}
