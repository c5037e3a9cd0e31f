// The `emu` command as a user runs it: bundled as `npm run build` does, in a process of its own that tests talk to.

import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process"
import { mkdtempSync, rmSync, symlinkSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { buildSync } from "esbuild"
import { bundleOptions } from "../../src/bundle.ts"

let main: string | undefined

/** The path of the bundled command. It starts sooner than from source. */
export function builtEmu(): string {
  if (main !== undefined) return main
  const folder = mkdtempSync(join(tmpdir(), "emu-built-"))
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }))
  symlinkSync(resolve("node_modules"), join(folder, "node_modules"))
  buildSync({
    entryPoints: { emu: "src/cli/main.ts" },
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    ...bundleOptions,
  })
  main = join(folder, "emu.mjs")
  return main
}

/** How a process ended: by a status, or by a signal. */
export type Ending = {
  readonly status: number | null
  readonly signal: NodeJS.Signals | null
  readonly out: string
  readonly err: string
}

/** A command that is running. */
export type Running = {
  readonly child: ChildProcess
  readonly ending: Promise<Ending>
  /** Resolves when standard output has shown a text. */
  shows(text: string): Promise<void>
}

/** Milliseconds after which a command that still runs is killed. */
const LONGEST_MS = 50_000

/** The environment without what tells the command that it runs in CI. */
export const quietEnvironment = (): NodeJS.ProcessEnv => ({ ...process.env, CI: "" })

/** Starts a program and gathers what it prints. */
export function start(program: string, args: readonly string[], options: SpawnOptions = {}): Running {
  const child = spawn(program, args, { env: quietEnvironment(), ...options })
  const killer = setTimeout(() => child.kill("SIGKILL"), LONGEST_MS)
  const text = { out: "", err: "" }
  let seen = () => {}
  child.stdout?.setEncoding("utf8").on("data", (piece) => {
    text.out += piece
    seen()
  })
  child.stderr?.setEncoding("utf8").on("data", (piece) => {
    text.err += piece
  })
  child.stdin?.on("error", () => {})
  const ending = new Promise<Ending>((done) =>
    child.on("close", (status, signal) => {
      clearTimeout(killer)
      done({ status, signal, ...text })
      seen()
    }),
  )
  const shows = (wanted: string) =>
    new Promise<void>((done, fail) => {
      seen = () => {
        if (text.out.includes(wanted)) done()
        else if (child.exitCode !== null) fail(new Error(`it ended without ${wanted}: ${JSON.stringify(text)}`))
      }
      seen()
    })
  return { child, ending, shows }
}

/** Starts the command. */
export function startEmu(words: readonly string[], options?: SpawnOptions): Running {
  return start(process.execPath, [builtEmu(), ...words], options)
}

/** Runs a line of shell in which `emu` is the command; `$1` and so on are the arguments. */
export function runShell(line: string, ...args: readonly string[]): Promise<Ending> {
  const emu = `emu() { "${process.execPath}" "${builtEmu()}" "$@"; }`
  return start("bash", ["-c", `${emu}\n${line}`, "bash", ...args], { stdio: ["ignore", "pipe", "pipe"] }).ending
}
