// Privileged state beside QEMU: exceptions, MSR, special-purpose registers and translation, on every engine.

import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { POWERPC_MODELS, type PowerPcModelName } from "../../../cpu/powerpc/index.ts"
import type { PhysicalAddress } from "../../../mmu/address.ts"
import { PowerPcCpu } from "../../../src/architectures/powerpc/index.ts"
import { Machine } from "../../../src/machine.ts"
import { type Contender, contenders } from "./bare-machine.ts"
import { casesOf } from "./privileged-cases.ts"
import {
  buildRom,
  describeRecord,
  RAM_BYTES,
  RECORDS,
  ROM,
  ROM_BYTES,
  recordsOf,
  recordWords,
} from "./privileged-program.ts"
import { lacking, runOnQemu } from "./privileged-qemu.ts"
import { quirks } from "./privileged-quirks.ts"

// QEMU wrote these files, one for each model: name of a case = its record. `npm run accept` records them again.
const expectedFile = (model: PowerPcModelName) => `privileged-expected-${model}.txt`

const MEMORY = [
  { name: "ram", base: 0, size: RAM_BYTES, writable: true },
  { name: "rom", base: ROM, size: ROM_BYTES, writable: true },
]
const LIMIT = 20_000_000

/** The records of the cases on one of our engines, as text. */
function run({ name, engine, jit }: Contender, model: PowerPcModelName): string[] {
  const cases = casesOf(model)
  const rom = buildRom(cases, model)
  const machine = new Machine({ name, clockRate: 1e9, log: () => {} })
  const cpu = new PowerPcCpu(machine, { model, memory: MEMORY, engine, jit })
  machine.reset()
  cpu.write(ROM, rom.bytes)
  while (Number(cpu.pc) !== rom.end && machine.instructions < LIMIT) {
    if (machine.slice(100_000).kind === "stopped") break
  }
  expect(Number(cpu.pc), "the end of the cases").toBe(rom.end)
  const bytes = new Uint8Array(4 * recordWords(cases))
  cpu.guest.physicalRead(RECORDS as PhysicalAddress, bytes)
  return textOf(wordsOf(bytes), model)
}

function wordsOf(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer)
  return Array.from({ length: bytes.length / 4 }, (_, n) => view.getUint32(4 * n))
}

function textOf(words: readonly number[], model: PowerPcModelName): string[] {
  const cases = casesOf(model)
  const { codes } = buildRom(cases, model)
  return recordsOf(words).map((record, n) => `${cases[n]!.name} = ${describeRecord(record, codes[n]!)}`)
}

/** What the manuals want: what QEMU recorded, but for its departures from them. */
function wanted(model: PowerPcModelName): string[] {
  const rows = readFileSync(new URL(expectedFile(model), import.meta.url), "utf8")
    .trimEnd()
    .split("\n")
  return rows.map((row) => {
    const [name = ""] = row.split(" = ")
    const quirk = quirks.get(name)
    return quirk ? `${name} = ${quirk}` : row
  })
}

describe.each(POWERPC_MODELS)("privileged state of the %s", (model) => {
  it.each(contenders.map((contender) => [contender.name, contender] as const))(
    "is as QEMU and the manuals have it, on the %s",
    { timeout: 120_000 },
    (_, contender) => {
      expect(run(contender, model)).toEqual(wanted(model))
    },
  )
})

const why = lacking()

describe.skipIf(why)(`privileged state beside QEMU${why ? ` (SKIPPED: ${why})` : ""}`, () => {
  it.each(POWERPC_MODELS)("is recorded as QEMU's %s has it", async (model) => {
    const cases = casesOf(model)
    const words = await runOnQemu(buildRom(cases, model), model, recordWords(cases))
    await expect(
      textOf(words, model)
        .map((row) => `${row}\n`)
        .join(""),
    ).toMatchFileSnapshot(expectedFile(model))
  })
})
