// Runs a guest under this emulator, under QEMU or under v86 and records it.

import { fork, spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import type { Engine } from "../src/index.ts"
import { cpuSecondsOf } from "./cpu-time.ts"
import { type Dialogue, hold } from "./dialogue.ts"
import { type Guest, type GuestFiles, type i386, qemuArguments } from "./guests.ts"
import type { MemoryUse } from "./memory-use.ts"
import { memoryUseOf } from "./memory-use.ts"
import { Recorder, type Recording } from "./recorder.ts"

/** A run under this emulator or under QEMU. */
export type GuestRun = {
  readonly guest: Guest
  readonly engine: Engine
  readonly files: GuestFiles
  readonly append: string
  readonly dialogue: Dialogue
}

/** A run under v86: the i386 guest, and the installed package. */
export type V86Run = typeof i386 & { readonly module: string; readonly append: string; readonly dialogue: Dialogue }

/** A recording, and the memory of the process at its end. */
export type GuestRecord = Recording & { readonly memory: MemoryUse | undefined }

const TIMEOUT_MS = 600_000
const children = new Map<string, Promise<string>>()

// One plain file: a loader of TypeScript would add to the process's time and memory.
function childFile(name: string): Promise<string> {
  const built = children.get(name) ?? buildChild(name)
  children.set(name, built)
  return built
}

async function buildChild(name: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "emu-bench-"))
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }))
  const outfile = join(folder, `${name}.mjs`)
  const entry = fileURLToPath(new URL(`${name}.ts`, import.meta.url))
  // One of the dependencies is CommonJS and requires modules of Node.
  const js = 'import { createRequire as of } from "node:module"; const require = of(import.meta.url)'
  await build({ entryPoints: [entry], outfile, bundle: true, platform: "node", format: "esm", banner: { js } })
  return outfile
}

async function runInChild(name: string, run: GuestRun | V86Run): Promise<GuestRecord> {
  const file = await childFile(name)
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
      else reject(new Error(`${name} with ${run.files.kernel} ended early (${signal ?? `status ${status}`})`))
    })
  })
}

/** Runs the guest under the library, in a process of its own. */
export const runUnderEmu = (run: GuestRun) => runInChild("guest-run", run)

/** Runs the i386 guest under v86, in a process of its own. */
export const runUnderV86 = (run: V86Run) => runInChild("v86-run", run)

/** Runs the guest under QEMU. */
export function runUnderQemu({ guest, files, append, dialogue }: GuestRun): Promise<GuestRecord> {
  return new Promise((resolve, reject) => {
    const started = performance.now()
    const child = spawn(guest.qemu, qemuArguments(guest, files, append), { stdio: ["pipe", "pipe", "ignore"] })
    const timer = setTimeout(() => child.kill("SIGKILL"), TIMEOUT_MS)
    const recorder = new Recorder(() => ({
      cpu: cpuSecondsOf(child.pid!),
      wall: (performance.now() - started) / 1000,
    }))
    const take = hold(dialogue, (text) => child.stdin.write(text, "latin1"))
    let record: GuestRecord | undefined
    child.stdout.setEncoding("latin1")
    child.stdout.on("data", (text: string) => {
      recorder.text(text)
      if (record || !take(text)) return
      recorder.event(dialogue.end)
      record = { ...recorder.recording, memory: memoryUseOf(child.pid!, guest.memoryMiB * 2 ** 20) }
      child.kill("SIGKILL")
    })
    child.on("error", reject)
    child.on("close", () => {
      clearTimeout(timer)
      if (record) resolve(record)
      else reject(new Error(`QEMU with ${guest.name} ended before ${dialogue.end}`))
    })
  })
}
