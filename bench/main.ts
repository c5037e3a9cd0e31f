// `npm run bench`: this emulator against QEMU on the guests' bench and boot; its speed, start-up and memory.

import { parseArgs } from "node:util"
import { ENGINES, type Engine } from "../src/index.ts"
import { findTool } from "../test/support/guests.ts"
import { cpuTimeSource } from "./cpu-time.ts"
import { addGuestFolder, type BenchGuest, benchGuests, commandLine, findFiles } from "./guests.ts"
import { mips } from "./mips.ts"
import { complaints, kernelTable, memoryTable, phaseTable, type Runs } from "./report.ts"
import { type GuestRun, runUnderEmu, runUnderQemu } from "./run-guest.ts"
import { startup, startupNeeds } from "./startup.ts"

const PARTS = ["virt", "versatilepb", "startup", "memory", "mips"] as const
type Part = (typeof PARTS)[number]

const USAGE = `npm run bench -- [--runs N] [--scale N] [--guests DIR] [--engine ${ENGINES.join("|")}] [--only ${PARTS.join("|")}]...\n`

const print = (text: string) => process.stdout.write(text)
const skipped: string[] = []
const skip = (part: string, why: string) => {
  skipped.push(`${part}: ${why}`)
  process.stderr.write(`SKIPPED: ${part}: ${why}\n`)
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      runs: { type: "string", default: "3" },
      scale: { type: "string", default: "10" },
      guests: { type: "string" },
      engine: { type: "string", default: "jit" },
      only: { type: "string", multiple: true },
      help: { type: "boolean" },
    },
  })
  if (values.help) {
    print(USAGE)
    return
  }
  const runs = count(values.runs)
  const scale = count(values.scale)
  const wanted = new Set(values.only ?? PARTS)
  for (const name of wanted) if (!PARTS.includes(name as Part)) throw new UsageError(`there is no part ${name}`)
  const engine = ENGINES.find((name) => name === values.engine)
  if (!engine) throw new UsageError(`there is no engine ${values.engine}`)
  if (values.guests) addGuestFolder(values.guests)
  print(`${engine}; ${runs} runs, medians; bench scale ${scale}; QEMU's CPU time from ${cpuTimeSource()}\n`)

  for (const guest of benchGuests) {
    if (!wanted.has(guest.machine)) continue
    print(`\n${guest.machine}: boot, self tests, bench\n\n`)
    const done = await series(guest, engine, commandLine(`guest.bench=${scale}`), "done", runs)
    if (done) print([kernelTable(done), "\n", phaseTable(done), ...complaints(done).map((c) => `${c}\n`)].join(""))
  }
  const [virt] = benchGuests
  if (wanted.has("startup")) {
    print("\nstart-up\n\n")
    const files = findFiles(virt!)
    const needs = startupNeeds() ?? ("missing" in files ? files.missing.join(", ") : undefined)
    if (needs === undefined && !("missing" in files)) print(startup(virt!, files, Math.max(runs, 5)))
    else skip("startup", `no ${needs}`)
  }
  if (wanted.has("memory")) {
    print(`\nmemory, ${virt!.machine} at its shell\n\n`)
    const done = await series(virt!, engine, commandLine("guest.noself"), "shell", runs)
    if (done) print(memoryTable(done))
  }
  if (wanted.has("mips")) print(`\nloops\n\n${await mips(runs, engine)}`)
  if (skipped.length > 0) print(`\nSKIPPED:\n${skipped.map((line) => `  ${line}\n`).join("")}`)
}

// Runs of both emulators in turn, so that a host that gets slower or faster meanwhile does so for both.
async function series(
  guest: BenchGuest,
  engine: Engine,
  append: string,
  until: string,
  runs: number,
): Promise<Runs | undefined> {
  const files = findFiles(guest)
  if ("missing" in files) {
    skip(guest.machine, `no guest ${files.missing.join(", ")} (give --guests DIR, or set EMU_GUESTS)`)
    return undefined
  }
  const peer = findTool("qemu-system-arm")
  if (!peer) skip(`${guest.machine} under QEMU`, "no qemu-system-arm on PATH")
  const run: GuestRun = { guest, engine, files, append, until }
  const emu = []
  const qemu = []
  for (let n = 0; n < runs; n++) {
    emu.push(await runUnderEmu(run))
    if (peer) qemu.push(await runUnderQemu(run))
  }
  return { emu, qemu }
}

class UsageError extends Error {}

function count(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new UsageError(`${text} is no count`)
  return value
}

try {
  await main()
} catch (error) {
  const isUsage = error instanceof UsageError || (error as NodeJS.ErrnoException).code?.startsWith("ERR_PARSE_ARGS")
  if (!isUsage) throw error
  process.stderr.write(`bench: ${(error as Error).message}\n${USAGE}`)
  process.exitCode = 2
}
