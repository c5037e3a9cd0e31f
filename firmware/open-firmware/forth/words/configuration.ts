// Words of configuration variables (IEEE 1275-1994, section 7.4.4).

import { ConfigurationVariables } from "../configuration.ts"
import type { Forth } from "../forth.ts"
import { colon, type WordDefinition, word } from "../word.ts"
import { popText } from "./text.ts"

const COLUMN = 24
const { NAMES } = ConfigurationVariables

function show(f: Forth, name: string): void {
  const oneLine = f.configuration.text(name).replace(/[\r\n]+/g, " ")
  f.terminal.line(`${name.padEnd(COLUMN)} ${oneLine.padEnd(COLUMN)} ${f.configuration.initial(name)}`.trimEnd())
}

function printenv(f: Forth): void {
  const name = f.input.word()
  for (const each of name === "" ? NAMES : [name]) show(f, each)
}

/** The rest of the line is the value: it may have spaces. */
function setenv(f: Forth): void {
  const name = f.input.name()
  f.input.skipSpaces()
  const { address, length } = f.input.parse(0x0a)
  f.configuration.set(name, f.memory.text(address, length).trimEnd())
  show(f, name)
}

/** Adds a line to the script that runs at the start. */
function keepAlias(f: Forth): void {
  const name = f.input.name()
  const path = f.input.name()
  f.configuration.set("nvramrc", `${withoutAlias(f, name)}devalias ${name} ${path}\n`)
  f.configuration.set("use-nvramrc?", "true")
}

function withoutAlias(f: Forth, name: string): string {
  const lines = f.configuration.text("nvramrc").split("\n")
  return lines
    .filter((line) => line !== "" && !line.startsWith(`devalias ${name} `))
    .map((line) => `${line}\n`)
    .join("")
}

/** A word for each variable, which pushes its value. */
const variables = NAMES.map((name) => word(name, "-- value", (f) => f.configuration.push(name)))

/** Words of configuration variables. */
export const configuration: readonly WordDefinition[] = [
  ...variables,
  word("printenv", '"variable" --', printenv),
  word("setenv", '"variable" "value<eol>" --', setenv),
  word("$setenv", "data-addr data-len name-str name-len --", (f) => {
    const name = popText(f)
    f.configuration.set(name, popText(f))
  }),
  word("set-default", '"variable" --', (f) => f.configuration.reset(f.input.name())),
  word("set-defaults", "--", (f) => {
    for (const name of NAMES) f.configuration.reset(name)
  }),
  word("nvalias", '"alias-name" "device-specifier" --', keepAlias),
  word("nvunalias", '"alias-name" --', (f) => f.configuration.set("nvramrc", withoutAlias(f, f.input.name()))),
  colon("diagnostic-mode?", "-- diag?", "diag-switch?", 0x120),
]
