// Recordings of both emulators as tables.

import { difference, type Moment } from "./recorder.ts"
import type { GuestRecord } from "./run-guest.ts"
import { fixed, geometricMean, median, sum, table } from "./statistics.ts"

/** Recordings of as many runs of each emulator. QEMU's list is empty if there is no QEMU. */
export type Runs = { readonly emu: readonly GuestRecord[]; readonly qemu: readonly GuestRecord[] }

type Pick = (record: GuestRecord) => Moment | undefined

const medianOf = (records: readonly GuestRecord[], pick: Pick, key: keyof Moment) =>
  median(records.flatMap((record) => pick(record)?.[key] ?? []))

/** CPU time of each kernel of the guest's bench. */
export function kernelTable({ emu, qemu }: Runs): string {
  const names = Object.keys(emu[0]?.kernels ?? {})
  const measured = names.map((name) => {
    const pick: Pick = (record) => record.kernels[name]
    const ours = medianOf(emu, pick, "cpu")
    return {
      name,
      ours,
      theirs: medianOf(qemu, pick, "cpu"),
      speed: medianOf(emu, pick, "instructions") / ours / 1e6,
    }
  })
  const rows = measured.map(({ name, ours, theirs, speed }) => [
    name,
    fixed(ours, 3),
    fixed(theirs, 3),
    fixed(ours / theirs, 2),
    fixed(speed, 0),
  ])
  const ours = sum(measured.map((m) => m.ours))
  const theirs = sum(measured.map((m) => m.theirs))
  rows.push(["total", fixed(ours, 3), fixed(theirs, 3), fixed(ours / theirs, 2), ""])
  const mean = geometricMean(measured.map((m) => m.ours / m.theirs).filter((ratio) => ratio > 0 && ratio < 1e6))
  rows.push(["geometric mean", "", "", fixed(mean, 2), ""])
  return table(["kernel, CPU s", "emu", "qemu", "emu/qemu", "emu M insn/s"], rows)
}

/** Phases of a boot: from the event before to that one. */
const PHASES = {
  "start to first instruction": ["program", "first instruction"],
  "decompressor, kernel's head": ["first instruction", "kernel"],
  "to the banner": ["kernel", "banner"],
  "to init": ["banner", "init"],
  "self tests": ["init", "selftest"],
  "reset to banner": [undefined, "banner"],
  "reset to init": [undefined, "init"],
  "reset to GUEST-SELFTEST-OK": [undefined, "selftest"],
} as const

// For the library, reset is the moment at which its module has been loaded; for QEMU the start of the process.
function phase(record: GuestRecord, [from, to]: (typeof PHASES)[keyof typeof PHASES]): Moment | undefined {
  const end = record.events[to]
  if (!end) return undefined
  if (from !== undefined) return record.events[from] && difference(end, record.events[from])
  return record.events["program"] ? difference(end, record.events["program"]) : end
}

/** Boot time by phase. */
export function phaseTable({ emu, qemu }: Runs): string {
  const rows = Object.entries(PHASES).map(([name, events]) => {
    const cells = [emu, qemu].flatMap((records) => {
      const pick: Pick = (record) => phase(record, events)
      return [medianOf(records, pick, "cpu"), medianOf(records, pick, "wall")]
    })
    const [ours, , theirs] = cells
    const instructions = medianOf(emu, (record) => phase(record, events), "instructions")
    return [name, ...cells.map((c) => fixed(c, 2)), fixed(ours! / theirs!, 2), fixed(instructions / 1e6, 1)]
  })
  return table(["phase, s", "emu CPU", "emu wall", "qemu CPU", "qemu wall", "CPU ratio", "M insn"], rows)
}

/** Memory at the end of the runs. */
export function memoryTable({ emu, qemu }: Runs): string {
  const uses = { emu: emu.flatMap((r) => r.memory ?? []), qemu: qemu.flatMap((r) => r.memory ?? []) }
  const names = ["resident", "guest RAM touched", "above guest RAM", ...Object.keys(uses.emu[0]?.parts ?? {})]
  const rows = names.map((name) => [
    names.indexOf(name) < 3 ? name : `  ${name}`,
    ...Object.values(uses).map((list) => {
      const values = list.map((use) => {
        if (name === "resident") return use.total
        if (name === "guest RAM touched") return use.guestRam
        return name === "above guest RAM" ? use.total - use.guestRam : use.parts[name]
      })
      return fixed(median(values.filter((v) => v !== undefined)) / 2 ** 20, 1)
    }),
  ])
  return table(["memory, MiB", "emu", "qemu"], rows)
}

/** What the guests complained about, with how often. */
export function complaints({ emu, qemu }: Runs): string[] {
  return Object.entries({ emu, qemu }).flatMap(([name, records]) => {
    const counts = new Map<string, number>()
    for (const text of records.flatMap((r) => r.complaints)) counts.set(text, (counts.get(text) ?? 0) + 1)
    return [...counts].map(([text, count]) => `${name}, ${count} of ${records.length} runs: ${text}`)
  })
}
