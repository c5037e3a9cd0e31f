// A copy of the project in which a change can be planted, and its tests.

import { spawn } from "node:child_process"
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { delimiter, join } from "node:path"
import { build } from "esbuild"
import { guestFolders } from "../support/guests.ts"
import { applied, type Change } from "./changes.ts"
import type { Stage } from "./stages.ts"

/** What tests say: the first test that failed with its message, "timeout" if they do not end, or that all passed. */
export type Verdict = { readonly failed: string; readonly message: string } | "timeout" | "passed"

const LEFT_OUT = new Set([".git", "node_modules", "dist", ".vitest-cache"])

type Report = {
  readonly success: boolean
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly message: string
    readonly assertionResults: readonly { status: string; fullName: string; failureMessages: readonly string[] }[]
  }[]
}

/** A scratch copy of a project. */
export class Copy {
  readonly #folder: string

  constructor(project: string, folder: string) {
    this.#folder = folder
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    cpSync(project, folder, {
      recursive: true,
      filter: (path) => !LEFT_OUT.has(path.slice(project.length + 1)),
    })
    symlinkSync(join(project, "node_modules"), join(folder, "node_modules"))
  }

  /** Plants a change for as long as `work` runs. */
  async with<T>(change: Change, work: () => Promise<T>): Promise<T> {
    const path = join(this.#folder, change.path)
    const text = readFileSync(path, "utf8")
    writeFileSync(path, applied(text, change))
    try {
      return await work()
    } finally {
      writeFileSync(path, text)
    }
  }

  /** Runs the quickest tests, in a program of their own. A program that does not even start has failed. */
  async quick(limitMinutes: number): Promise<Verdict> {
    const outfile = join(this.#folder, ".mutation-quick.mjs")
    const entry = join(this.#folder, "test/mutation/quick.ts")
    await build({ entryPoints: [entry], outfile, bundle: true, platform: "node", format: "esm", logLevel: "error" })
    const { ended, printed } = await this.#run([outfile, join(this.#folder, "test/cpu/arm")], limitMinutes * 60_000)
    if (!ended) return "timeout"
    if (printed === "passed") return "passed"
    const failed = printed === "" ? "test/mutation/quick.ts does not end well" : `test/cpu/arm/${printed.slice(7)}`
    return { failed, message: printed }
  }

  /** Runs the tests of a stage up to the first failure. */
  async test({ files, names, inThread, limitMinutes }: Stage): Promise<Verdict> {
    const report = join(this.#folder, ".mutation-report.json")
    rmSync(report, { force: true })
    const args = ["run", "--config", "test/mutation/vitest.config.ts", "--reporter=json", `--outputFile=${report}`]
    if (names !== undefined) args.push("-t", names)
    if (inThread) args.push("--pool=threads")
    const { ended } = await this.#run(
      [join("node_modules", "vitest", "vitest.mjs"), ...args, ...files],
      limitMinutes * 60_000,
    )
    if (!ended || !existsSync(report)) return "timeout"
    const { success, testResults } = JSON.parse(readFileSync(report, "utf8")) as Report
    if (success) return "passed"
    for (const { name, status, message, assertionResults } of testResults) {
      const file = name.slice(this.#folder.length + 1)
      const test = assertionResults.find((result) => result.status === "failed")
      if (test) return { failed: `${file}: ${test.fullName}`, message: test.failureMessages.join("\n") }
      if (status === "failed") return { failed: file, message }
    }
    return { failed: "none", message: "no test failed, but the run did" }
  }

  /** Runs a program: whether it ended by itself within the limit, and what it printed. */
  #run(args: readonly string[], limitMs: number): Promise<{ ended: boolean; printed: string }> {
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, args, {
        cwd: this.#folder,
        env: { ...process.env, EMU_GUESTS: guestFolders().join(delimiter) },
        stdio: ["ignore", "pipe", "ignore"],
        // A group of its own, so that no emulator of a test that hangs is left.
        detached: true,
      })
      let late = false
      let printed = ""
      const timer = setTimeout(() => {
        late = true
        process.kill(-child.pid!, "SIGKILL")
      }, limitMs)
      child.stdout.on("data", (part) => {
        printed += part
      })
      child.on("error", reject)
      child.on("close", () => {
        clearTimeout(timer)
        resolve({ ended: !late, printed })
      })
    })
  }
}
