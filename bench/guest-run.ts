// The process in which the benchmarks run a guest under the library. `runUnderEmu` starts it and gets its record.

import { readFileSync } from "node:fs"
import { CODE, CODE_END, RAM, TLB } from "../cpu/codegen/layout.ts"
import { tuneV8 } from "../src/host/v8.ts"
import { prepare } from "../src/index.ts"
import { ownMemoryUse } from "./memory-use.ts"
import { type Moment, Recorder } from "./recorder.ts"
import type { GuestRun } from "./run-guest.ts"

/** Lowest address at which the kernel runs once its decompressor is done and its MMU is on. */
const PAGE_OFFSET = 0xc000_0000

const { guest, engine, files, append, dialogue } = JSON.parse(process.argv[2]!) as GuestRun
let inside = (): Partial<Moment> => ({})
const now = (): Moment => {
  const { user, system } = process.cpuUsage()
  return { cpu: (user + system) / 1e6, wall: performance.now() / 1000, ...inside() }
}
const recorder = new Recorder(now)
// The command sets the same flags.
tuneV8()
recorder.event("program")

const booted = await prepare({
  image: readFileSync(files.kernel),
  initrd: readFileSync(files.initrd),
  dtb: files.dtb ? readFileSync(files.dtb) : undefined,
  append,
  machine: guest.machine,
  engine,
  cpu: guest.cpu,
  memoryBytes: guest.memoryMiB * 2 ** 20,
  expect: dialogue.expect.map((source) => new RegExp(source)),
  send: dialogue.send,
  reboot: false,
  onOutput: (byte) => recorder.byte(byte),
})
const { machine, cpu } = booted.board
inside = () => ({
  // Exact also within a slice: at the usual rate an instruction takes a nanosecond of virtual time.
  instructions: machine.nowNs - machine.skippedNs,
  counters: numbersOf(cpu.stats()["jit"] ?? {}),
})
machine.slice(1)
recorder.event("first instruction")

// Only the program counter shows the end of decompression. It is read between slices.
const slice = machine.slice.bind(machine)
machine.slice = (instructions) => {
  const result = slice(instructions)
  if (cpu.pc >= PAGE_OFFSET) {
    recorder.event("kernel")
    machine.slice = slice
  }
  return result
}
const result = await booted.run()
if (result.outcome === "matched") recorder.event(dialogue.end)
else recorder.recording.complaints.push(`${result.outcome}: ${result.reason}`)

const memory = ownMemoryUse(cpu.memory.buffer.byteLength, [
  ["registers", 0, TLB],
  ["software TLB", TLB, CODE - TLB],
  ["predecoded code", CODE, CODE_END - CODE],
  ["guest RAM", RAM, wholePages(booted.board.ramBytes)],
])
process.send!({ ...recorder.recording, memory })
process.disconnect()

function numbersOf(counters: Readonly<Record<string, unknown>>): Record<string, number> {
  return Object.fromEntries(Object.entries(counters).filter((c): c is [string, number] => typeof c[1] === "number"))
}

// A WebAssembly page is 64 KiB.
function wholePages(bytes: number): number {
  return Math.ceil(bytes / 65536) * 65536
}
