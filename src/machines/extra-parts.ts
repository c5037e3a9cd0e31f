// Parts that a user adds to a finished board: their wires name inputs of the board's parts.

import { CharLink, type CharPort, type Device, type Line, unconnected, type WireKind } from "../../devices/kit/index.ts"
import type { Machine } from "../machine.ts"
import type { RegionsAt } from "../part.ts"
import { WiringError } from "../wiring-error.ts"

/** A part to be added to a board. */
export type ExtraPart = {
  readonly device: Device<object, object, string>
  /** Its name on the board; that of the kind of part, unless given. */
  readonly name?: string
  /** Physical address of its first region. */
  readonly at: number
  /** Addresses of its further regions, if it has any. */
  readonly regions?: { readonly [name: string]: number }
  /**
   * The connections of its wires. A line leads to an input of another part ("gic:37"), to "reset", which resets the
   * machine, or to "none"; "+" joins several lines. A character port is an object or "none"; a missing one is "none", too.
   */
  readonly wires?: { readonly [name: string]: string | CharPort }
  readonly options?: object
}

/** Adds parts to a machine; WiringError if one does not fit. */
export function addParts(machine: Machine, parts: readonly ExtraPart[]): void {
  for (const { device, name = device.name, at, regions, wires = {}, options = {} } of parts) {
    const unknown = Object.keys(wires).find((wire) => !Object.hasOwn(device.wires, wire))
    if (unknown !== undefined) throw new WiringError(`${name} has no wire ${unknown}; ${listOf("wire", device.wires)}.`)
    const ends: [string, unknown][] = Object.entries(device.wires).map(([wire, kind]) => [
      wire,
      endOf(machine, wires[wire], kind, `The wire ${wire} of ${name}`),
    ])
    const connected = Object.fromEntries(ends.filter(([, end]) => end !== undefined))
    const further = { regions } as RegionsAt<string>
    machine.add(name, device, { at, wires: connected, options, ...further })
  }
}

/** Names of wires or options, as a sentence: "its wires are irq, fiq". */
export function listOf(what: "wire" | "option", named: object): string {
  const names = Object.keys(named)
  if (names.length === 0) return `it has no ${what}s`
  return names.length === 1 ? `its ${what} is ${names[0]}` : `its ${what}s are ${names.join(", ")}`
}

function endOf(machine: Machine, end: string | CharPort | undefined, kind: WireKind<unknown>, wire: string): unknown {
  switch (kind.name) {
    case "line":
    case "lines":
      return linesOf(machine, end, kind.isOptional, kind.name, wire)
    case "port":
      return portOf(end, wire)
    case "bus":
      throw new WiringError(`${wire} is a bus, which only a board connects.`)
    default:
      if (end !== undefined) throw new WiringError(`${wire} cannot be given here: leave it out.`)
      if (kind.name === "memory") return machine.memoryPort()
      return kind.name === "channels" ? {} : undefined
  }
}

function portOf(end: string | CharPort | undefined, wire: string): CharPort {
  if (end === undefined || end === "none") return new CharLink()
  if (typeof end === "string")
    throw new WiringError(`${wire} is a character port, which can lead to none, not to ${end}.`)
  return end
}

function linesOf(
  machine: Machine,
  end: string | CharPort | undefined,
  isOptional: boolean,
  kind: "line" | "lines",
  wire: string,
): Line | Line[] | undefined {
  if (end === undefined && isOptional) return undefined
  if (typeof end !== "string") throw new WiringError(`${wire} is left open: name an input (gic:37), reset or none.`)
  if (kind === "line") return lineTo(machine, end, wire)
  return end.split("+").map((target) => lineTo(machine, target, wire))
}

function lineTo(machine: Machine, target: string, wire: string): Line {
  if (target === "none") return unconnected
  if (target === "reset") return machine.resetPin()
  const [, owner, number] = /^(.+):(\d+)$/.exec(target) ?? []
  if (owner === undefined) throw new WiringError(`${wire} leads to ${target}: name an input (gic:37), reset or none.`)
  const part = machine.parts.find(({ name }) => name === owner)
  if (!part)
    throw new WiringError(`${wire} leads to ${owner}, but ${machine.name} has no such part (emu describe lists them).`)
  return part.input(Number(number))
}
