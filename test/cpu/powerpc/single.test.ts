// Every user-level instruction, executed alone from random states, against QEMU's MPC7400.

import { existsSync, readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { openReason } from "../../fuzz/powerpc/compare.ts"
import { drawSingles, programOf, type Single } from "../../fuzz/powerpc/draw.ts"
import type { Outcome } from "../../fuzz/powerpc/program.ts"
import { referenceLacks, runOnReference } from "../../fuzz/powerpc/reference.ts"
import { flatSubjects, type Subject } from "../../fuzz/powerpc/subject.ts"
import { Random } from "../../support/random.ts"

// QEMU wrote this file: word and seed of the state = what the instruction changes. `npm run accept` records its cases
// again, or draws new ones if it is gone.
const EXPECTED = "single-expected.txt"
const file = new URL(EXPECTED, import.meta.url)

const hex = (value: number | bigint) => value.toString(16)

/** What an instruction changed, as text. */
function changesOf(single: Single, { end, pc, after, stores }: Outcome): string {
  const { before } = programOf(single)
  const changed = (["cr", "xer", "lr", "ctr"] as const).flatMap((name) =>
    after[name] === before[name] ? [] : [`${name}=${hex(after[name])}`],
  )
  for (const [n, value] of after.gpr.entries()) if (value !== before.gpr[n]) changed.push(`r${n}=${hex(value)}`)
  for (const [n, value] of after.fpr.entries()) if (value !== before.fpr[n]) changed.push(`f${n}=${hex(value)}`)
  for (const [at, value] of [...stores].sort(([a], [b]) => a - b)) changed.push(`[${hex(at)}]=${hex(value)}`)
  return [`${end}@${hex(pc)}`, ...changed].join(" ")
}

const nameOf = ({ word, seed }: Single) => `${hex(word)} ${hex(seed)}`

function parseRecorded(text: string): { singles: Single[]; wanted: string[] } {
  const rows = text
    .trimEnd()
    .split("\n")
    .map((row) => row.split(" = ") as [string, string])
  const singles = rows.map(([name]) => {
    const [word, seed] = name.split(" ").map((part) => Number.parseInt(part, 16)) as [number, number]
    return { word, seed }
  })
  return { singles, wanted: rows.map(([, changes]) => changes) }
}

/** Cases in which a subject departs from what is wanted. */
const departures = (subject: Subject, singles: readonly Single[], wanted: readonly string[]) =>
  singles.flatMap((single, n) => {
    const ours = changesOf(single, subject.run(programOf(single)))
    return ours === wanted[n] ? [] : [`${nameOf(single)}: ${ours}, QEMU: ${wanted[n]}`]
  })

/** Draws cases that prove something. */
function drawCases(seed: number, each: number): { singles: Single[]; theirs: Outcome[] } {
  const [first] = flatSubjects()
  const ours = drawSingles(new Random(seed), each).map((single) => {
    const program = programOf(single)
    return { single, program, outcome: first!.run(program) }
  })
  const ended = ours.filter(({ outcome }) => outcome.end !== "endless" && outcome.end !== "changedCode")
  const all = runOnReference(ended.map(({ program }) => program))
  const proving = ended.map((run, n) => ({ ...run, theirs: all[n]! }))
  const kept = proving.filter(({ program, outcome, theirs }) => !openReason(program, outcome, theirs))
  return { singles: kept.map(({ single }) => single), theirs: kept.map(({ theirs }) => theirs) }
}

const recorded = () => parseRecorded(readFileSync(file, "utf8"))

describe.each(flatSubjects().map((subject) => [subject.name, subject] as const))(
  "single instructions on the %s",
  (_, s) => {
    it("change what QEMU recorded", () => {
      const { singles, wanted } = recorded()
      expect(singles.length).toBeGreaterThan(1000)
      expect(departures(s, singles, wanted)).toEqual([])
    })
  },
)

const why = referenceLacks()

describe.skipIf(why)(`single instructions beside QEMU${why ? ` (SKIPPED: ${why})` : ""}`, () => {
  it("are recorded as QEMU executes them", async () => {
    const singles = existsSync(file) ? recorded().singles : drawCases(2026, 10).singles
    const theirs = runOnReference(singles.map(programOf))
    const rows = theirs.map((outcome, n) => `${nameOf(singles[n]!)} = ${changesOf(singles[n]!, outcome)}\n`)
    await expect(rows.join("")).toMatchFileSnapshot(EXPECTED)
  })

  it("change the same from more states", { timeout: 120_000 }, () => {
    const { singles, theirs } = drawCases(1, 20)
    const wanted = theirs.map((outcome, n) => changesOf(singles[n]!, outcome))
    expect(departures(flatSubjects()[0]!, singles, wanted)).toEqual([])
  })
})
