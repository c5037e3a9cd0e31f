// Runs a hostile program and measures what it costs the host.

import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { type Booted, type BootOptions, prepare, type SessionHost, type SessionResult } from "../../src/index.ts"

/** How a hostile program ended, and what it cost the host. */
export type Damage = SessionResult & {
  /** Bytes that the program sent. */
  readonly sent: number
  readonly logged: readonly string[]
  /** Growth of the host's memory in bytes, from the second quarter of the run to the last. */
  readonly grown: number
  /** Counters of the CPU, to check that the program had its effect. */
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
/** Milliseconds between turns of the host's event loop (src/session.ts); each turn measures. */
const TURN_MS = 10
/** Instructions that make a millisecond in a run without such a limit. */
const PER_MS = 100
/** Readings of the clock that make a millisecond while nothing is executed. */
const READINGS_PER_MS = 10_000

/**
 * Runs a program and measures memory during the run. The instructions executed drive its host's clock, so that a busy
 * host changes nothing.
 */
export async function endure(options: BootOptions): Promise<Damage> {
  const measured: number[] = []
  const { maxInstructions } = options
  const perMs = maxInstructions === undefined ? PER_MS : maxInstructions / (MEASUREMENTS * TURN_MS)
  let readings = 0
  let running: Booted | undefined
  const host: SessionHost = {
    // The clock runs while the guest is loaded, too.
    now: () => (running?.board.machine.instructions ?? 0) / perMs + ++readings / READINGS_PER_MS,
    async sleep() {
      measured.push(memoryInUse())
      await new Promise((resolve) => setImmediate(resolve))
    },
    wake() {},
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
  running = booted
  const result = await booted.run()
  measured.push(memoryInUse())
  // A single measurement may count what is about to be freed: the least of a quarter is what is alive.
  const least = (from: number, to: number) =>
    Math.min(...measured.slice(Math.floor(from * (measured.length - 1)), Math.floor(to * (measured.length - 1)) + 1))
  return { ...result, sent, logged, grown: least(0.75, 1) - least(0.25, 0.5), stats: booted.board.cpu.stats() }
}
