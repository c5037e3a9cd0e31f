// Looking at the device tree (IEEE 1275-1994, sections 7.4.11.1 and 7.4.1.3).

import { CELL } from "../data-space.ts"
import { ForthError, hexAddress, THROW } from "../errors.ts"
import type { Forth } from "../forth.ts"
import { type WordDefinition, word } from "../word.ts"
import { setText } from "./properties.ts"

/** Width of the column of names. */
const NAME_COLUMN = 26
/** Cells or bytes of a value that are shown. */
const MOST_SHOWN = 1024
/** Nodes that one listing shows at most. */
const MOST_NODES = 10_000

/** Text of a property: strings if it reads as such, else cells, else bytes. */
function propertyText(value: Uint8Array): string {
  if (value.length === 0) return ""
  const strings = printableStrings(value)
  if (strings) return strings.length === 1 ? `"${strings[0]}"` : `{${strings.map((s) => `"${s}"`).join(", ")}}`
  const rest = value.length > MOST_SHOWN * CELL ? " ..." : ""
  if (value.length % CELL === 0) {
    const view = new DataView(value.buffer, value.byteOffset, value.length)
    const cells = Array.from({ length: Math.min(MOST_SHOWN, value.length / CELL) }, (_, i) => view.getUint32(i * CELL))
    return cells.map((cell) => (cells.length === 1 ? cell.toString(16) : hexAddress(cell))).join(" ") + rest
  }
  return `${[...value.subarray(0, MOST_SHOWN)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ")}${rest}`
}

/** The strings of a value, each with its NUL; undefined if something in it is no text. */
function printableStrings(value: Uint8Array): string[] | undefined {
  if (value.at(-1) !== 0 || value.length < 2) return undefined
  const text = String.fromCharCode(...value.subarray(0, Math.min(value.length, 16_384)))
  const strings = text.replace(/\0$/, "").split("\0")
  return strings.every((string) => /^[\x20-\x7e]+$/.test(string)) ? strings : undefined
}

function showProperties(f: Forth): void {
  const node = f.packages.current
  for (const name of f.tree.propertyNames(node)) {
    const text = propertyText(f.tree.property(node, name) ?? new Uint8Array())
    f.terminal.line(`${name.padEnd(NAME_COLUMN - 1)} ${text}`.trimEnd())
  }
}

function list(f: Forth): void {
  // Without an active package, the listing starts at the root.
  for (const node of f.tree.children(f.dictionary.active || f.tree.root)) {
    f.terminal.line(`${hexAddress(node)} ${f.tree.name(node)}`)
  }
}

function showDevices(f: Forth): void {
  const path = f.input.word()
  const start = path === "" ? f.tree.root : f.tree.find(path)?.node
  if (start === undefined) throw new ForthError(THROW.OUT_OF_RANGE, `${path}: no such device`)
  const waiting = [start]
  let shown = 0
  for (let node = waiting.pop(); node !== undefined && shown < MOST_NODES; node = waiting.pop(), shown++) {
    f.terminal.line(f.packages.path(node))
    waiting.push(...[...f.tree.children(node)].reverse())
  }
}

/** The node with the aliases. */
function aliases(f: Forth): number {
  const node = f.tree.find("/aliases")?.node
  if (node === undefined) throw new ForthError(THROW.UNSUPPORTED, "There is no node /aliases")
  return node
}

function showAlias(f: Forth, name: string): void {
  const value = f.tree.property(aliases(f), name)
  if (!value) throw new ForthError(THROW.UNDEFINED_WORD, `${name}: no such alias`)
  f.terminal.line(
    `${name.padEnd(NAME_COLUMN - 1)} ${String.fromCharCode(...value.subarray(0, MOST_SHOWN)).replace(/\0.*$/s, "")}`,
  )
}

function deviceAlias(f: Forth): void {
  const name = f.input.word()
  const path = f.input.word()
  if (path !== "") {
    setText(f, name, path, aliases(f))
    return
  }
  if (name !== "") {
    showAlias(f, name)
    return
  }
  for (const each of f.tree.propertyNames(aliases(f))) if (each !== "name") showAlias(f, each)
}

/** Words that show the device tree. */
export const browsing: readonly WordDefinition[] = [
  word("ls", "--", list),
  word("pwd", "--", (f) => f.terminal.line(f.packages.path(f.packages.current))),
  word(".properties", "--", showProperties),
  word("show-devs", '"device-specifier" --', showDevices),
  word("devalias", '"alias-name" "device-specifier" --', deviceAlias),
]
