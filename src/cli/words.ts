// The words of the command line: each option is checked against the table and spelled in one way for the parser.

import type { Options } from "yargs"
import { printable } from "../../firmware/printable.ts"
import { UsageError } from "./usage-error.ts"

/** Options of the subcommands by name; `oneDash` allows a long name behind a single dash. */
export type OptionTable = Readonly<Record<string, Options & { readonly oneDash?: boolean }>>

/** What to write instead of options of QEMU that have no name here. */
const QEMU_OPTIONS: Readonly<Record<string, string>> = {
  kernel: "name the image without an option: emu boot IMAGE",
  nographic: "leave it out, since the console is standard input and output",
  display: "leave it out, since there is no display",
  monitor: "leave it out, since there is no such monitor",
  "no-shutdown": "leave it out",
  "semihosting-config": "write --semihosting",
}

/**
 * Spells the command line for the parser: `--name=value` for every option, `--name=true` or `--name=false` for every
 * switch. Throws if a word is no option of the table, or lacks its value, or has one that it does not take.
 */
export function spell(words: readonly string[], table: OptionTable): string[] {
  const spelled: string[] = []
  const given = new Set<string>()
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!
    if (word === "--") {
      spelled.push(...words.slice(at + 1).map(operand))
      break
    }
    if (!isOption(word)) {
      spelled.push(word)
      continue
    }
    const { name, value, isNegated } = read(word, table)
    const { type, array } = table[name]!
    if (type === "boolean") {
      spelled.push(`--${name}=${isNegated ? "false" : switchValue(name, value)}`)
      continue
    }
    if (given.has(name) && !array) throw new UsageError(`--${name} is given more than once.`)
    given.add(name)
    const text = value ?? nextValue(name, words[++at])
    // The parser takes --name= for a repeatable option without its value.
    if (text === "") spelled.push(`--${name}`, text)
    else spelled.push(`--${name}=${text}`)
  }
  return spelled
}

const isOption = (word: string) => word.startsWith("-") && word !== "-"
const isNumber = (word: string) => /^-\d/.test(word)
/** Behind `--`, a name that begins with a dash is the name of a file. */
const operand = (word: string) => (isOption(word) ? `./${word}` : word)

/** An option's name in the table, and what the word says behind it. */
type OptionWord = { readonly name: string; readonly value?: string | undefined; readonly isNegated?: boolean }

function read(word: string, table: OptionTable): OptionWord {
  const [, dashes = "", name = "", value] = /^(--?)([^=]*)(?:=(.*))?$/s.exec(word)!
  const isLong = dashes === "--"
  const entry = Object.hasOwn(table, name) ? table[name]! : undefined
  if (isLong) {
    if (entry) return { name, value }
    return negated(name, value, table) ?? unknown(word, name)
  }
  if (entry && (name.length === 1 || entry.oneDash)) return { name, value }
  const alias = ofLetter(name[0], table)
  if (alias !== undefined && name.length === 1) return { name: alias, value }
  // A number may follow the letter at once: -m512.
  if (alias !== undefined && table[alias]!.type !== "boolean" && /^.\d/s.test(name))
    return { name: alias, value: word.slice(2) }
  if (entry) throw new UsageError(`-${name} is no option; write --${name}.`)
  return unknown(word, name)
}

const ofLetter = (letter: string | undefined, table: OptionTable) =>
  letter === undefined ? undefined : Object.keys(table).find((name) => table[name]!.alias === letter)

function negated(name: string, value: string | undefined, table: OptionTable): OptionWord | undefined {
  const positive = name.startsWith("no-") ? name.slice(3) : ""
  if (!Object.hasOwn(table, positive)) return undefined
  if (table[positive]!.type !== "boolean" || positive === "help" || positive === "version")
    throw new UsageError(`--${name} is no option: only switches can be negated, and --${positive} is none.`)
  if (value !== undefined) throw new UsageError(`--${name} takes no value, not ${JSON.stringify(value)}.`)
  return { name: positive, isNegated: true }
}

function unknown(word: string, name: string): never {
  const instead = Object.hasOwn(QEMU_OPTIONS, name) ? QEMU_OPTIONS[name] : "emu --help lists them"
  throw new UsageError(`There is no option ${printable(word)} (${instead}).`)
}

function switchValue(name: string, value = "true"): string {
  if (value === "true" || value === "false") return value
  throw new UsageError(`--${name} takes no value, or true or false, not ${JSON.stringify(value)}.`)
}

function nextValue(name: string, next: string | undefined): string {
  if (next !== undefined && (!isOption(next) || isNumber(next))) return next
  const option = name.length === 1 ? `-${name}` : `--${name}`
  const hint = next === undefined || next === "--" ? "" : `; if ${printable(next)} is its value, write --${name}=VALUE`
  throw new UsageError(`${option} is given without its value${hint}.`)
}
