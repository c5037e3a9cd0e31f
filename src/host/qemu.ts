// Runs QEMU for comparison: a whole machine or one Linux program. Processes are stopped by their ids.

import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Writable } from "node:stream"
import { setTimeout as delay } from "node:timers/promises"
import { type GdbAddress, type GdbOptions, GdbRemote, GdbRemoteError } from "./gdb-remote.ts"

/** Programs of the QEMU project: a machine, or one Linux program (`qemu-arm`). */
export type QemuProgram = `qemu-${string}`

/** The reason why `program` cannot be used here; undefined if it can. */
export function unavailable(program: QemuProgram): string | undefined {
  const found = spawnSync(program, ["--version"], { encoding: "utf8", timeout: 10_000 })
  if (found.error) return `${program} is not installed`
  const version = /version (\d+)\.(\d+)/.exec(found.stdout)
  if (!version) return `${program} does not tell its version`
  // Later releases replaced -singlestep by one-insn-per-tb.
  return Number(version[1]) >= 5 ? undefined : `${program} ${version[0]} is older than 5.0`
}

/** A TCP port of the loopback interface that is free right now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once("error", reject)
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      server.close(() =>
        address && typeof address === "object" ? resolve(address.port) : reject(new Error("no port")),
      )
    })
  })
}

/**
 * Replaces the shell by the program, with a guard process beside it. The guard reads our pipe 3 and kills the program
 * if the pipe ends without a line. The kernel closes the pipe however this process ends.
 */
const BOUNDED = `ulimit -t "$0" && {
  { trap "" HUP INT TERM; read -r line <&3 || kill -KILL $$; } >/dev/null 2>&1 &
  exec "$@" 3<&-
}`

/**
 * Starts a program that must not outlive this process. It is killed when this process ends, in whatever way, and by the
 * kernel after `cpuSeconds`: QEMU ignores a reader that went away and would run for ever.
 */
export function startBounded(program: string, args: readonly string[], cpuSeconds: number, log: number): ChildProcess {
  const child = spawn("/bin/sh", ["-c", BOUNDED, String(cpuSeconds), program, ...args], {
    stdio: ["ignore", log, log, "pipe"],
    // versatilepb has a sound chip, for which QEMU would look for a sound card.
    env: { ...process.env, QEMU_AUDIO_DRV: "none" },
  })
  const lifeline = child.stdio[3] as Writable
  // The pipe has no reader any more if the program was killed together with its guard.
  lifeline.on("error", () => {})
  child.once("exit", () => lifeline.end("\n"))
  return child
}

/** Ends a process that `startBounded` started and waits until it is gone. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()))
  child.kill("SIGKILL")
  await gone
}

/** A QEMU paused at its first instruction, under the control of a debugger. */
export type HeldQemu = { gdb: GdbRemote; child: ChildProcess; stop: () => Promise<void> }

/** Starts QEMU held at its first instruction and connects to its gdb stub; `args` are those of the program. */
export async function startHeld(
  program: QemuProgram,
  args: readonly string[],
  { cpuSeconds = 600, ...options }: { readonly cpuSeconds?: number } & GdbOptions = {},
): Promise<HeldQemu> {
  // QEMU for one program would listen on every network interface: it gets a socket in a directory of ours instead.
  const isMachine = program.startsWith("qemu-system-")
  const directory = isMachine ? undefined : mkdtempSync(join(tmpdir(), "oracle-"))
  const address = directory ? { path: join(directory, "gdb") } : { port: await freePort() }
  const debug = "path" in address ? ["-g", address.path] : ["-S", "-gdb", `tcp:127.0.0.1:${address.port}`]
  const child = startBounded(program, [...debug, ...args], cpuSeconds, 2)
  const end = async (): Promise<void> => {
    await stop(child)
    if (directory) rmSync(directory, { recursive: true, force: true })
  }
  try {
    const gdb = await connectWhenReady(address, child, options)
    const stopAll = (): Promise<void> => {
      gdb.close()
      return end()
    }
    return { gdb, child, stop: stopAll }
  } catch (error) {
    await end()
    throw error
  }
}

/** Milliseconds that QEMU may take to open its stub. */
const PATIENCE_MS = 10_000

/** Connects to the stub of a QEMU that is just starting. */
export async function connectWhenReady(
  address: GdbAddress,
  child: ChildProcess,
  options: GdbOptions = {},
): Promise<GdbRemote> {
  const deadline = performance.now() + PATIENCE_MS
  for (;;) {
    try {
      return await GdbRemote.connect(address, options)
    } catch (error) {
      if (child.exitCode !== null)
        throw new GdbRemoteError(`qemu ended with status ${child.exitCode} before it answered`)
      if (performance.now() > deadline) throw error
      await delay(10)
    }
  }
}
