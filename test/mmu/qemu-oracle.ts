// Records what QEMU's MMU answers about the random tables: `npx tsx test/mmu/qemu-oracle.ts` rewrites the *.answers files.
// Needs qemu-system-arm and a GNU cross compiler for ARM; the tests need neither.

import { execFileSync, spawn } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { ANSWERS, answersFile } from "./answers.ts"
import { RAM_BASE, type TableCase, type TableFormat, tableCases } from "./random-tables.ts"

const BOARDS = {
  // With the Security Extensions, without which QEMU ignores TTBCR.PD0 and PD1.
  short: ["-M", "virt,secure=on", "-cpu", "cortex-a15"],
  long: ["-M", "virt", "-cpu", "cortex-a15"],
  v5: ["-M", "versatilepb"],
} as const
const MiB = 1 << 20
const CASES_OFFSET = 2 * MiB
const RESULTS_OFFSET = 4 * MiB
const DONE_OFFSET = RESULTS_OFFSET - 4
const DONE = 0x600d600d

async function answersOf(format: TableFormat, cases: readonly TableCase[]): Promise<Uint32Array> {
  const directory = mkdtempSync(join(tmpdir(), "mmu-oracle-"))
  const file = (name: string) => join(directory, name)
  const base = RAM_BASE[format]
  const hex = (n: number) => `0x${n.toString(16)}`
  const define = format === "v5" ? ["-march=armv5te"] : ["-march=armv7-a", "-DV7"]
  const place = ["-nostdlib", "-static", "-Wl,--build-id=none", `-Wl,-Ttext=${hex(base + MiB)}`]
  const source = join(import.meta.dirname, "qemu-oracle.S")
  execFileSync("arm-linux-gnueabihf-gcc", [
    ...define,
    "-marm",
    "-mfloat-abi=soft",
    `-DBASE=${hex(base)}`,
    ...place,
    "-o",
    file("program"),
    source,
  ])
  const header = [cases.length]
  for (const c of cases) {
    header.push(c.sctlr, c.ttbcr, c.ttbr0, c.ttbr1, c.dacr, c.prrr, c.nmrr, c.queries.length, ...c.queries)
  }
  writeFileSync(file("cases"), new Uint8Array(new Uint32Array(header).buffer))
  const tables = Buffer.concat(cases.map((c) => new Uint8Array(c.words.buffer)))
  writeFileSync(file("tables"), tables)
  const load = (name: string, at: number) => ["-device", `loader,file=${file(name)},addr=${hex(at)},force-raw=on`]
  const qemu = spawn(
    "qemu-system-arm",
    [
      ...[...BOARDS[format], "-m", "256", "-display", "none", "-serial", "none", "-monitor", "stdio"],
      ...["-kernel", file("program"), ...load("cases", base + CASES_OFFSET), ...load("tables", cases[0]!.at)],
    ],
    { stdio: ["pipe", "ignore", "inherit"], env: { ...process.env, QEMU_AUDIO_DRV: "none" } },
  )
  try {
    const count = 6 * cases.reduce((sum, c) => sum + c.queries.length, 0)
    for (let tries = 0; tries < 60; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 1000))
      qemu.stdin.write(`pmemsave ${hex(base + DONE_OFFSET)} ${4 + count * 4} "${file(`dump${tries}`)}"\n`)
      await new Promise((resolve) => setTimeout(resolve, 500))
      if (!existsSync(file(`dump${tries}`))) continue
      const dump = new Uint8Array(readFileSync(file(`dump${tries}`)))
      if (dump.length < 4 + count * 4) continue
      const words = new Uint32Array(dump.buffer.slice(0, 4 + count * 4))
      if (words[0] === DONE) return words.subarray(1)
    }
    throw new Error(`QEMU did not finish the ${format} cases.`)
  } finally {
    qemu.stdin.write("quit\n")
    qemu.kill()
    rmSync(directory, { recursive: true })
  }
}

for (const [format, { cases, queries }] of Object.entries(ANSWERS) as [
  TableFormat,
  { cases: number; queries: number },
][]) {
  const answers = await answersOf(format, tableCases(format, cases, queries))
  const lines: string[] = []
  for (let i = 0; i < answers.length; i += 6) {
    lines.push(Array.from(answers.subarray(i, i + 6), (word) => word.toString(16)).join(" "))
  }
  writeFileSync(answersFile(format), `${lines.join("\n")}\n`)
}
