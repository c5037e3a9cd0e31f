// Time from the start of the process to the first guest instruction, for the command and for the library.

import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { resolve } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { commandLine, type Guest, type GuestFiles } from "./guests.ts"
import { fixed, median, table } from "./statistics.ts"

const DIST = resolve(fileURLToPath(import.meta.url), "../../dist")
/** Code that prints the CPU time of its process at its end. */
const AT_EXIT = `data:text/javascript,${encodeURIComponent(
  'process.on("exit",()=>{const{user,system}=process.cpuUsage();process.stderr.write("\\nCPU "+(user+system)/1e6+"\\n")})',
)}`

type Times = { readonly wall: number; readonly cpu: number }

/** What this measurement lacks; undefined if nothing. */
export function startupNeeds(): string | undefined {
  return existsSync(`${DIST}/emu.js`) && existsSync(`${DIST}/index.js`)
    ? undefined
    : "dist/emu.js, dist/index.js (npm run build)"
}

/** Measures an empty Node process, the command and the library; returns a table. */
export function startup(guest: Guest, files: GuestFiles, runs: number): string {
  const boot = [`${DIST}/emu.js`, "boot", files.kernel, "--initrd", files.initrd, "-M", guest.machine]
  const command = [...boot, "--append", commandLine(guest), "--serial", "none", "--max-instructions", "1"]
  const library = `
    import { readFileSync } from "node:fs"
    import { prepare } from ${JSON.stringify(pathToFileURL(`${DIST}/index.js`).href)}
    const { board } = await prepare({
      image: readFileSync(${JSON.stringify(files.kernel)}),
      initrd: readFileSync(${JSON.stringify(files.initrd)}),
      machine: ${JSON.stringify(guest.machine)},
    })
    board.machine.slice(1)`
  const cases = {
    "node, nothing to do": ["-e", "0"],
    "emu --version": [`${DIST}/emu.js`, "--version"],
    "emu boot KERNEL --initrd": command,
    "library, the same guest": ["--input-type=module", "-e", library],
  }
  const times: Record<string, Times[]> = {}
  for (let run = 0; run < runs; run++) {
    for (const [name, words] of Object.entries(cases)) (times[name] ??= []).push(timeOf(words))
  }
  const rows = Object.entries(times).map(([name, list]) => [
    name,
    fixed(median(list.map((t) => t.wall)), 3),
    fixed(median(list.map((t) => t.cpu)), 3),
  ])
  return table(["process start to end of first instruction, s", "wall", "CPU"], rows)
}

function timeOf(words: readonly string[]): Times {
  const started = performance.now()
  const { stderr, status } = spawnSync(process.execPath, ["--import", AT_EXIT, ...words], { encoding: "utf8" })
  const wall = (performance.now() - started) / 1000
  const cpu = /^CPU ([\d.]+)$/m.exec(stderr)?.[1]
  // Status 4: the limit of instructions was reached.
  if (cpu === undefined || (status !== 0 && status !== 4)) throw new Error(`node ${words[0]} failed: ${stderr}`)
  return { wall, cpu: Number(cpu) }
}
