// Boards and parts that the user brings: `--machine ./board.js` and `--device ./part.js,at=0x...,irq=gic:37`.

import { resolve } from "node:path"
import { pathToFileURL } from "node:url"
import type { Device } from "../../devices/kit/index.ts"
import { type ExtraPart, listOf } from "../machines/extra-parts.ts"
import type { BoardKind } from "../machines/index.ts"
import { readInput } from "./input.ts"
import { UsageError } from "./usage-error.ts"

/** The option that adds a part to a board. */
export const deviceOption = {
  type: "string",
  array: true,
  nargs: 1,
  value: "FILE,...",
  describe:
    "part of your own to add to the board: FILE,at=ADDRESS, for each wire NAME=PART:INPUT, and its options by name; repeatable",
} as const

/** The board that the user chose: loads a file, leaves a name as it is. */
export async function loadMachine(text: string): Promise<string | BoardKind>
export async function loadMachine(text: string | undefined): Promise<string | BoardKind | undefined>
export async function loadMachine(text: string | undefined): Promise<string | BoardKind | undefined> {
  if (text === undefined || !/[\\/]|\.[cm]?[jt]s$/.test(text)) return text
  const kind = await defaultExport(text, "The machine", "BoardKind", {
    name: "string",
    description: "string",
    architecture: "object",
    cpus: "object",
    compatible: "object",
    defaultMemoryBytes: "number",
    maximumMemoryBytes: "number",
    create: "function",
  })
  return kind as BoardKind
}

/** The parts that the user adds. */
export async function loadParts(texts: readonly string[] | undefined): Promise<ExtraPart[]> {
  const parts: ExtraPart[] = []
  for (const text of texts ?? []) parts.push(await loadPart(text))
  return parts
}

async function loadPart(text: string): Promise<ExtraPart> {
  const [path, ...settings] = text.split(",") as [string, ...string[]]
  const device = (await defaultExport(path, "The part", "Device", {
    name: "string",
    wires: "object",
    options: "object",
    create: "function",
  })) as Device<object, object, string>
  const defaults = device.options as Readonly<Record<string, unknown>>
  const regions: Record<string, number> = {}
  const wires: Record<string, string> = {}
  const options: Record<string, unknown> = {}
  let name = device.name
  let at: number | undefined
  for (const setting of settings) {
    const [, key, value] = /^([^=]+)=(.*)$/.exec(setting) ?? []
    if (key === undefined || value === undefined)
      throw new UsageError(`--device ${path}: "${setting}" is no setting; write NAME=VALUE.`)
    const number = () => parseNumber(value, `--device ${path}: ${key}`)
    if (key === "at") at = number()
    else if (key === "name") name = value
    else if (key.startsWith("at.")) regions[key.slice(3)] = number()
    else if (Object.hasOwn(device.wires, key)) wires[key] = value
    else if (Object.hasOwn(defaults, key)) options[key] = parseOption(value, defaults[key], `--device ${path}: ${key}`)
    else
      throw new UsageError(
        `--device ${path}: ${device.name} has no wire or option ${key}; ${listOf("wire", device.wires)}, ${listOf("option", defaults)}.`,
      )
  }
  if (at === undefined) throw new UsageError(`--device ${path}: say where it stands: at=ADDRESS.`)
  return { device, name, at, regions, wires, options }
}

/** A value of the same type as the default. */
function parseOption(text: string, usual: unknown, what: string): unknown {
  switch (typeof usual) {
    case "string":
      return text
    case "number":
      return parseNumber(text, what)
    case "boolean":
      if (text === "true" || text === "false") return text === "true"
      throw new UsageError(`${what} takes true or false, not ${text}.`)
    default:
      throw new UsageError(`${what} cannot be given on the command line.`)
  }
}

function parseNumber(text: string, what: string): number {
  const value = /^(?:0[xX][0-9a-fA-F_]+|\d[\d_]*)$/.test(text) ? Number(text.replaceAll("_", "")) : Number.NaN
  if (Number.isSafeInteger(value)) return value
  throw new UsageError(`${what} takes a whole number, decimal or behind 0x, not ${JSON.stringify(text)}.`)
}

/** The default export of a module, if its members have those types. */
async function defaultExport(
  path: string,
  what: string,
  type: string,
  members: Readonly<Record<string, string>>,
): Promise<object> {
  await readInput(path, what)
  let value: unknown
  try {
    value = ((await import(pathToFileURL(resolve(path)).href)) as { default?: unknown }).default
  } catch (error) {
    throw new UsageError(`${what} ${path} cannot be loaded: ${firstLine(error)}`)
  }
  if (typeof value !== "object" || value === null)
    throw new UsageError(`${what} ${path} has no default export that is a ${type}.`)
  const lacking = Object.keys(members).filter(
    (name) => typeof (value as Record<string, unknown>)[name] !== members[name],
  )
  if (lacking.length > 0)
    throw new UsageError(`${what} ${path}: its default export is no ${type}; it lacks ${lacking.join(", ")}.`)
  return value
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return text.split("\n")[0]!
}
