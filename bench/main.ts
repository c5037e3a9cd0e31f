// `npm run bench`: this emulator beside QEMU and v86, by bench and boot of the guests, loops, start-up and memory.

import { parseArgs } from "node:util"
import { ENGINES, type Engine } from "../src/index.ts"
import { findTool } from "../test/support/guests.ts"
import { cpuTimeSource } from "./cpu-time.ts"
import { benchesDone, benchTwice, type Dialogue, toDialog, toShell } from "./dialogue.ts"
import { addGuestFolder, benchGuests, commandLine, findFiles, type Guest, i386, installer } from "./guests.ts"
import { mips } from "./mips.ts"
import { complaints, jitTable, kernelTable, memoryTable, PEERS, phaseTable, type Runs } from "./report.ts"
import { runUnderEmu, runUnderQemu, runUnderV86, type V86Run } from "./run-guest.ts"
import { slowOperations } from "./slow-operations.ts"
import { startup, startupNeeds } from "./startup.ts"

const PARTS = ["virt", "versatilepb", "g3beige", "mac99", "installer", "startup", "memory", "mips", "slow"] as const

const USAGE = `npm run bench -- [--runs N] [--scale N] [--guests DIR] [--engine ${ENGINES.join("|")}]
    [--only ${PARTS.join("|")}]... [--beside ${PEERS.join("|")}]...\n`

const print = (...texts: string[]) => process.stdout.write(texts.join(""))
const skipped = new Set<string>()
const skip = (part: string, why: string) => {
  if (skipped.has(`${part}: ${why}`)) return
  skipped.add(`${part}: ${why}`)
  process.stderr.write(`SKIPPED: ${part}: ${why}\n`)
}
const noGuest = (missing: readonly string[]) =>
  `no guest ${missing.join(", ")} (give --guests DIR, or set EMU_GUESTS; test/guests/README.md tells more)`

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      runs: { type: "string", default: "3" },
      scale: { type: "string", default: "10" },
      guests: { type: "string" },
      engine: { type: "string", default: "jit" },
      only: { type: "string", multiple: true, default: [...PARTS] },
      beside: { type: "string", multiple: true, default: [...PEERS] },
      help: { type: "boolean" },
    },
  })
  if (values.help) {
    print(USAGE)
    return
  }
  const runs = count(values.runs)
  const scale = count(values.scale)
  const wanted = chosen("part", PARTS, values.only)
  const peers = chosen("emulator", PEERS, values.beside)
  const [engine] = chosen("engine", ENGINES, [values.engine])
  if (values.guests) addGuestFolder(values.guests)
  const plan = { engine: engine!, runs, qemu: peers.includes("qemu") }
  print(`${engine}; ${runs} runs, medians; bench scale ${scale}; QEMU's CPU time from ${cpuTimeSource()}\n`)

  for (const guest of benchGuests) {
    if (!wanted.includes(guest.name)) continue
    print(`\n${guest.name}: boot, self tests, bench, bench again\n\n`)
    const v86 = peers.includes("v86") ? findV86(scale) : undefined
    const done = await series({ ...plan, v86 }, guest, commandLine(guest, `guest.bench=${scale}`), benchTwice(scale))
    if (done) print(kernelTable(done), "\n", phaseTable(done), "\n", jitTable(done), ...complaints(done))
  }
  if (wanted.includes("installer")) {
    print("\ninstaller: Debian 12's, to its first dialog\n\n")
    const done = await series(plan, installer, commandLine(installer), toDialog)
    if (done) print(phaseTable(done), "\n", jitTable(done), "\n", memoryTable(done), ...complaints(done))
  }
  const [virt] = benchGuests
  if (wanted.includes("startup")) {
    print("\nstart-up\n\n")
    const files = findFiles(virt.files)
    const needs = startupNeeds()
    if ("missing" in files) skip("startup", noGuest(files.missing))
    else if (needs) skip("startup", `no ${needs}`)
    else print(startup(virt, files, Math.max(runs, 5)))
  }
  if (wanted.includes("memory")) {
    print(`\nmemory, ${virt.name} at its shell\n\n`)
    const done = await series(plan, virt, commandLine(virt, "guest.noself"), toShell)
    if (done) print(memoryTable(done))
  }
  if (wanted.includes("mips")) print(`\nloops\n\n${await mips(runs, engine!)}`)
  if (wanted.includes("slow")) print(`\ndearest operations\n${await slowOperations()}`)
  if (skipped.size > 0) print("\nSKIPPED:\n", ...[...skipped].map((line) => `  ${line}\n`))
}

type Plan = {
  readonly engine: Engine
  readonly runs: number
  readonly qemu: boolean
  readonly v86?: V86Run | undefined
}

// Runs of the emulators alternate, so that a change in the host's speed affects all of them.
async function series(plan: Plan, guest: Guest, append: string, dialogue: Dialogue): Promise<Runs | undefined> {
  const { engine, runs, v86 } = plan
  const files = findFiles(guest.files)
  if ("missing" in files) {
    skip(guest.name, noGuest(files.missing))
    return undefined
  }
  const qemu = plan.qemu && findTool(guest.qemu) !== undefined
  if (plan.qemu && !qemu) skip("QEMU", `no ${guest.qemu} on PATH`)
  const run = { guest, engine, files, append, dialogue }
  const records = { emu: [], qemu: [], v86: [] } as { [Emulator in keyof Runs]: Runs[Emulator][number][] }
  for (let n = 0; n < runs; n++) {
    records.emu.push(await runUnderEmu(run))
    if (qemu) records.qemu.push(await runUnderQemu(run))
    if (v86) records.v86.push(await runUnderV86(v86))
  }
  return records
}

function findV86(scale: number): V86Run | undefined {
  const files = findFiles(i386.files)
  if ("missing" in files) {
    skip("v86", noGuest(files.missing))
    return undefined
  }
  const append = `console=ttyS0 -- ${scale} ${scale}`
  return { ...i386, files, append, dialogue: benchesDone, module: import.meta.resolve("v86") }
}

class UsageError extends Error {}

function chosen<Name extends string>(what: string, names: readonly Name[], given: readonly string[]): Name[] {
  const unknown = given.find((name) => !names.some((known) => known === name))
  if (unknown !== undefined) throw new UsageError(`there is no ${what} ${unknown}`)
  return names.filter((name) => given.includes(name))
}

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
