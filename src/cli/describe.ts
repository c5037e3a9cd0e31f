// `emu describe MACHINE`: the memory map and the wiring, from the machine itself; or its device tree.

import type { Argv } from "yargs"
import { CharLink, PciBus } from "../../devices/kit/index.ts"
import { printSource } from "../../firmware/device-tree/index.ts"
import { printable } from "../../firmware/printable.ts"
import { readPrebuilt } from "../host/prebuilt.ts"
import { type Board, findMachine } from "../machines/index.ts"
import { makeBoard } from "../machines/make-board.ts"
import { locationOf, type Part } from "../part.ts"
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
        kernel: undefined,
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
  const rows = rowsOf(machine.parts.filter(({ on }) => on === undefined))
  const memory = machine.bus.memory
    .filter((m) => !rows.some((r) => r.at === m.base && r.size === m.size))
    .map((m) => ({
      name: m.name,
      device: m.writable ? "memory" : "read-only memory",
      at: m.base,
      size: m.size,
      wiring: "",
    }))
  const behind = machine.parts.flatMap((owner) =>
    owner.buses.flatMap((bus) => [
      `${bus.name}, behind ${owner.name}:`,
      ...(bus instanceof PciBus
        ? slotLines(machine.parts.filter(({ pci }) => pci?.bus === bus))
        : mapLines(rowsOf(machine.parts.filter(({ on }) => on === bus)))),
    ]),
  )
  // Names come from the user's files too, since boards and parts may be plug-ins.
  const lines = [`${machine.name}: ${cpu.model}`, ...mapLines([...rows, ...memory]), ...behind]
  return lines.map((line) => `${printable(line)}\n`).join("")
}

type Row = {
  readonly name: string
  readonly device: string
  readonly at: number
  readonly size: number
  readonly wiring: string
}

/** A row for each range of addresses; the wiring stands in the first of a part. */
function rowsOf(parts: readonly Part[]): Row[] {
  return parts.flatMap(({ device, wiring, ranges }) =>
    ranges.map(({ name, at, region }, n) => ({ name, device, at, size: region.size, wiring: n === 0 ? wiring : "" })),
  )
}

function mapLines(rows: readonly Row[]): string[] {
  const hex = (n: number) =>
    n
      .toString(16)
      .padStart(8, "0")
      .replace(/(....)$/, "_$1")
  return [...rows]
    .sort((a, b) => a.at - b.at)
    .map(({ at, size, name, device, wiring }) =>
      `${hex(at)}-${hex(at + size - 1)}  ${name.padEnd(17)} ${device.padEnd(19)} ${wiring}`.trimEnd(),
    )
}

/** PCI functions by slot: their addresses are the guest's choice, their sizes are not. */
function slotLines(parts: readonly Part[]): string[] {
  return parts
    .map((part) => ({ part, ...locationOf(part.pci!) }))
    .sort((a, b) => a.slot - b.slot || a.function - b.function)
    .map(({ part: { name, device, wiring, instance, ranges }, slot, function: number }) => {
      const { vendor, device: id, bars = {} } = instance.pci!.definition
      const four = (n: number) => n.toString(16).padStart(4, "0")
      const place = `slot ${slot}.${number}  ${four(vendor)}:${four(id)}`
      const sizes = Object.entries(bars).map(
        ([n, { space }]) => `bar${n}: ${space} 0x${instance.pci!.bytesOf(Number(n)).toString(16)}`,
      )
      const rest = [...sizes, ...(ranges.length === 0 && wiring !== "" ? [wiring] : [])].join("; ")
      return `${place.padEnd(21)}${name.padEnd(17)} ${device.padEnd(19)} ${rest}`.trimEnd()
    })
}
