// The contract of each part, then the program on the board, through the library.

import assert from "node:assert/strict"
import { readFile } from "node:fs/promises"
import { boot } from "emu"
import { contract } from "emu/testing"
import board from "./board.js"
import byteConsole from "./parts/byte-console.js"
import interruptLatch from "./parts/interrupt-latch.js"
import intervalTimer from "./parts/interval-timer.js"

/** @type {import("emu/testing").Subject[]} */
const subjects = [
  {
    name: "interrupt-latch",
    inputs: 32,
    create: ({ clock, log, line }) => interruptLatch.create({ clock, log, wires: { irq: line("irq") } }),
  },
  {
    name: "interval-timer",
    create: ({ clock, log, line }) => intervalTimer.create({ clock, log, wires: { irq: line("irq") } }),
  },
  {
    name: "byte-console",
    create: ({ clock, log, line, port }) =>
      byteConsole.create({ clock, log, wires: { irq: line("irq"), console: port() } }),
  },
]
for (const subject of subjects) {
  for (const { rule, check } of contract(subject)) {
    check()
    console.log(`${subject.name}: ${rule}`)
  }
}

const { outcome, output, virtualSeconds } = await boot({
  image: await readFile("guest.bin"),
  machine: board,
  expect: [/byte\? $/, /got .\n$/],
  send: ["x"],
  maxInstructions: 1e8,
})
assert.equal(output, "tick 1\ntick 2\ntick 3\nbyte? got x\n")
assert.equal(outcome, "matched")
assert.ok(virtualSeconds > 0.003 && virtualSeconds < 0.004, `${virtualSeconds} s for three ticks of a millisecond`)
console.log("board: runs the program")
