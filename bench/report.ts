// Tables of the emulators' recordings.

import { difference, type Moment } from "./recorder.ts"
import type { GuestRecord } from "./run-guest.ts"
import { fixed, geometricMean, median, sum, table } from "./statistics.ts"

/** The emulators to compare with. */
export const PEERS = ["qemu", "v86"] as const
export type Peer = (typeof PEERS)[number]
type Emulator = "emu" | Peer

/** Recordings of each emulator, the same number of runs for all; none of an emulator that was not run. */
export type Runs = Readonly<Record<Emulator, readonly GuestRecord[]>>

type Pick = (record: GuestRecord) => Moment | undefined

const medianOf = (records: readonly GuestRecord[], pick: Pick, key: "cpu" | "wall" | "instructions") =>
  median(records.flatMap((record) => pick(record)?.[key] ?? []))

/** CPU time of each kernel of the guest's bench, in its first run and in its second. */
export function kernelTable(runs: Runs): string {
  const names = Object.keys(runs.emu[0]?.benches[0] ?? {})
  const peers = PEERS.filter((peer) => runs[peer].length > 0)
  const emulators: Emulator[] = ["emu", ...peers]
  const twice = <T>(make: (run: 0 | 1) => T) => [make(0), make(1)]
  const cpu = (emulator: Emulator, run: number, name: string) =>
    medianOf(runs[emulator], (record) => record.benches[run]?.[name], "cpu")
  const ratio = (peer: Peer, run: number, name: string) => cpu("emu", run, name) / cpu(peer, run, name)
  const speed = (run: number, name: string) =>
    medianOf(runs.emu, (record) => record.benches[run]?.[name], "instructions") / cpu("emu", run, name) / 1e6
  const total = (emulator: Emulator, run: number) => sum(names.map((name) => cpu(emulator, run, name)))
  const mean = (peer: Peer, run: number) =>
    geometricMean(names.map((name) => ratio(peer, run, name)).filter((r) => r > 0 && r < 1e6))

  const rows = names.map((name) => [
    name,
    ...emulators.flatMap((emulator) => twice((run) => fixed(cpu(emulator, run, name), 3))),
    ...peers.flatMap((peer) => twice((run) => fixed(ratio(peer, run, name), 2))),
    ...twice((run) => fixed(speed(run, name), 0)),
  ])
  rows.push([
    "total",
    ...emulators.flatMap((emulator) => twice((run) => fixed(total(emulator, run), 3))),
    ...peers.flatMap((peer) => twice((run) => fixed(total("emu", run) / total(peer, run), 2))),
  ])
  rows.push([
    "geometric mean",
    ...emulators.flatMap(() => twice(() => "")),
    ...peers.flatMap((peer) => twice((run) => fixed(mean(peer, run), 2))),
  ])
  const columns = [...emulators, ...peers.map((peer) => `emu/${peer}`), "emu M insn/s"]
  return table(["kernel, CPU s", ...columns.flatMap((name) => [name, "again"])], rows)
}

/** Parts of a run, each from the event before (or the reset) to its own event. */
const PHASES = {
  "start to first instruction": ["program", "first instruction"],
  "decompressor, kernel's head": ["first instruction", "kernel"],
  "to the banner": ["kernel", "banner"],
  "to init": ["banner", "init"],
  "self tests": ["init", "selftest"],
  "reset to banner": [undefined, "banner"],
  "reset to init": [undefined, "init"],
  "reset to GUEST-SELFTEST-OK": [undefined, "selftest"],
  "reset to the first dialog": [undefined, "dialog"],
} as const

type Phase = readonly [from: string | undefined, to: string]

// The reset is the moment at which the library's module is loaded; for QEMU, the start of the process.
function phase(record: GuestRecord, [from, to]: Phase): Moment | undefined {
  const end = record.events[to]
  if (!end) return undefined
  if (from !== undefined) return record.events[from] && difference(end, record.events[from])
  return record.events["program"] ? difference(end, record.events["program"]) : end
}

/** Boot time by phase, here and under QEMU, without phases for which the guest has no events. */
export function phaseTable({ emu, qemu }: Runs): string {
  const present = Object.entries(PHASES).filter(([, events]) => emu.some((record) => phase(record, events)))
  const rows = present.map(([name, events]) => {
    const pick: Pick = (record) => phase(record, events)
    const [ourCpu, ourWall] = [medianOf(emu, pick, "cpu"), medianOf(emu, pick, "wall")]
    const [cpu, wall] = [medianOf(qemu, pick, "cpu"), medianOf(qemu, pick, "wall")]
    const numbers = [ourCpu, ourWall, cpu, wall, ourCpu / cpu, ourWall / wall]
    return [name, ...numbers.map((n) => fixed(n, 2)), fixed(medianOf(emu, pick, "instructions") / 1e6, 1)]
  })
  const columns = ["emu CPU", "emu wall", "qemu CPU", "qemu wall", "CPU ratio", "wall ratio", "M insn"]
  return table(["phase, s", ...columns], rows)
}

/** Parts of a run for which the JIT is reported. */
const SPANS: Readonly<Record<string, Phase>> = {
  boot: ["program", "selftest"],
  bench: ["bench", "done"],
  again: ["shell", "again"],
  "to the dialog": ["program", "dialog"],
}

/** The JIT's counters, by their own names, and the cost of each part of a run; empty without a JIT. */
export function jitTable({ emu }: Runs): string {
  const names = Object.keys(Object.values(emu[0]?.events ?? {}).at(-1)?.counters ?? {})
  if (names.length === 0) return ""
  const spans = Object.entries(SPANS).filter(([, span]) => emu.some((record) => phase(record, span)))
  type Value = (counter: (name: string) => number, moment: Moment) => number
  const row = (name: string, decimals: number, value: Value) => [
    name,
    ...spans.map(([, span]) => {
      const moments = emu.flatMap((record) => phase(record, span) ?? [])
      return fixed(median(moments.map((m) => value((counter) => m.counters?.[counter] ?? Number.NaN, m))), decimals)
    }),
  ]
  const rows = [
    ...names.map((name) => row(name, 0, (counter) => counter(name))),
    row("translation, % of the CPU time", 1, (counter, { cpu }) => counter("translationMs") / 10 / cpu),
    row("µs per instruction translated", 1, (counter) => (1000 * counter("translationMs")) / counter("instructions")),
    row("wasm bytes per instruction", 0, (counter) => counter("wasmBytes") / counter("instructions")),
  ]
  return table(["JIT", ...spans.map(([name]) => name)], rows)
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

/** Complaints of the guests, a line each, with their number. */
export function complaints(runs: Runs): string[] {
  return Object.entries(runs).flatMap(([name, records]) => {
    const counts = new Map<string, number>()
    for (const text of records.flatMap((r) => r.complaints)) counts.set(text, (counts.get(text) ?? 0) + 1)
    return [...counts].map(([text, count]) => `${name}, ${count} of ${records.length} runs: ${text}\n`)
  })
}
