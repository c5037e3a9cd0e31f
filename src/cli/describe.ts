// `emu describe MACHINE`: the memory map and the wiring, from the machine itself; or its device tree.

import type { Argv } from "yargs"
import { CharLink } from "../../devices/kit/index.ts"
import { printSource } from "../../firmware/device-tree/index.ts"
import { printable } from "../../firmware/printable.ts"
import { readPrebuilt } from "../host/prebuilt.ts"
import { type Board, findMachine } from "../machines/index.ts"
import { makeBoard } from "../machines/make-board.ts"
import { EXIT } from "./exit-codes.ts"
import { deviceOption, loadMachine, loadParts } from "./plug-in.ts"
import { UsageError } from "./usage-error.ts"

export const options = {
  device: deviceOption,
  dts: { type: "boolean", default: false, describe: "print its device tree instead" },
} as const

export function command(parser: Argv, done: (status: number) => void): void {
  parser.command(
    "describe <machine>",
    "print a machine's memory map and wiring",
    (y) => y.positional("machine", { type: "string", demandOption: true }).options(options),
    async ({ machine, device, dts }) => {
      const chosen = await loadMachine(machine)
      const kind = typeof chosen === "string" ? findMachine(chosen) : chosen
      const parts = await loadParts(device as string[] | undefined)
      const usual = {
        memoryBytes: kind.defaultMemoryBytes,
        cpu: undefined,
        clockRate: 1e9,
        epochSeconds: 0,
        semihosting: false,
        profile: false,
        generated: readPrebuilt,
        bios: undefined,
        drives: [],
        console: new CharLink(),
        log: () => {},
      }
      const board = makeBoard(kind, usual, parts)
      process.stdout.write(dts ? deviceTreeOf(board) : mapOf(board))
      done(EXIT.ok)
    },
  )
}

function deviceTreeOf({ deviceTree, machine }: Board): string {
  if (!deviceTree)
    throw new UsageError(`${machine.name} has no device tree of its own: its kernels bring theirs (--dtb).`)
  return printSource(deviceTree)
}

function mapOf({ machine, cpu }: Board): string {
  const hex = (n: number) =>
    n
      .toString(16)
      .padStart(8, "0")
      .replace(/(....)$/, "_$1")
  const rows = machine.parts.flatMap(({ device, wiring, ranges }) =>
    ranges.map(({ name, at, region }, n) => ({ name, device, at, size: region.size, wiring: n === 0 ? wiring : "" })),
  )
  const memory = machine.bus.memory
    .filter((m) => !rows.some((r) => r.at === m.base && r.size === m.size))
    .map((m) => ({
      name: m.name,
      device: m.writable ? "memory" : "read-only memory",
      at: m.base,
      size: m.size,
      wiring: "",
    }))
  const lines = [...rows, ...memory]
    .sort((a, b) => a.at - b.at)
    .map((r) =>
      `${hex(r.at)}-${hex(r.at + r.size - 1)}  ${r.name.padEnd(18)}${r.device.padEnd(20)}${r.wiring}`.trimEnd(),
    )
  // Names come from the user's files too, since boards and parts may be plug-ins.
  return [`${machine.name}: ${cpu.model}`, ...lines].map((line) => `${printable(line)}\n`).join("")
}
