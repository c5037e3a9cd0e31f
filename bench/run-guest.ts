// Runs a guest under this emulator or under QEMU and records it.

import { fork, spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import type { Engine } from "../src/index.ts"
import { cpuSecondsOf } from "./cpu-time.ts"
import { type BenchGuest, type GuestFiles, qemuArguments } from "./guests.ts"
import type { MemoryUse } from "./memory-use.ts"
import { memoryUseOf } from "./memory-use.ts"
import { Recorder, type Recording } from "./recorder.ts"

/** What is to be run. */
export type GuestRun = {
  readonly guest: BenchGuest
  readonly engine: Engine
  readonly files: GuestFiles
  readonly append: string
  /** Event (see `EVENTS`) with which the run ends. */
  readonly until: string
}

/** A recording, and what the process held when it ended. */
export type GuestRecord = Recording & { readonly memory: MemoryUse | undefined }

let child: Promise<string> | undefined

// As one plain file: a loader of TypeScript would count in the process's time and memory.
function childFile(): Promise<string> {
  child ??= (async () => {
    const folder = mkdtempSync(join(tmpdir(), "emu-bench-"))
    process.on("exit", () => rmSync(folder, { recursive: true, force: true }))
    const outfile = join(folder, "guest-run.mjs")
    const entry = fileURLToPath(new URL("guest-run.ts", import.meta.url))
    // A package among the dependencies is CommonJS and asks for modules of Node.
    const js = 'import { createRequire as of } from "node:module"; const require = of(import.meta.url)'
    await build({ entryPoints: [entry], outfile, bundle: true, platform: "node", format: "esm", banner: { js } })
    return outfile
  })()
  return child
}

const TIMEOUT_MS = 600_000

/** Runs the guest under the library, in a process of its own. */
export async function runUnderEmu(run: GuestRun): Promise<GuestRecord> {
  const file = await childFile()
  return new Promise((resolve, reject) => {
    const child = fork(file, [JSON.stringify(run)], { stdio: ["ignore", "ignore", "inherit", "ipc"], execArgv: [] })
    const timer = setTimeout(() => child.kill("SIGKILL"), TIMEOUT_MS)
    let record: GuestRecord | undefined
    child.on("message", (message) => {
      record = message as GuestRecord
    })
    child.on("error", reject)
    child.on("exit", (status, signal) => {
      clearTimeout(timer)
      if (record) resolve(record)
      else reject(new Error(`emu with ${run.guest.machine} ended early (${signal ?? `status ${status}`})`))
    })
  })
}

/** Runs the guest under QEMU. */
export function runUnderQemu(run: GuestRun): Promise<GuestRecord> {
  return new Promise((resolve, reject) => {
    const started = performance.now()
    const child = spawn("qemu-system-arm", qemuArguments(run.guest, run.files, run.append), {
      stdio: ["pipe", "pipe", "ignore"],
    })
    const timer = setTimeout(() => child.kill("SIGKILL"), TIMEOUT_MS)
    const recorder = new Recorder(() => ({
      cpu: cpuSecondsOf(child.pid!),
      wall: (performance.now() - started) / 1000,
    }))
    let memory: MemoryUse | undefined
    child.stdout.setEncoding("latin1")
    child.stdout.on("data", (text: string) => {
      recorder.text(text)
      if (!recorder.saw(run.until) || memory) return
      memory = memoryUseOf(child.pid!, run.guest.memoryMiB * 2 ** 20)
      child.kill("SIGKILL")
    })
    child.on("error", reject)
    child.on("close", () => {
      clearTimeout(timer)
      if (recorder.saw(run.until)) resolve({ ...recorder.recording, memory })
      else reject(new Error(`QEMU with ${run.guest.machine} ended before ${run.until}`))
    })
  })
}
