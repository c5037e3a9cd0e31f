// Checks that yargs does not make: options without their value, given twice, or with a value that they do not take.

import type { Options } from "yargs"
import { UsageError } from "./usage-error.ts"

/** Options of a subcommand by name. */
export type OptionTable = Readonly<Record<string, Options>>

/** Names of the options that must be followed by a value. */
export function withValue(options: OptionTable): string[] {
  return Object.keys(options).filter((name) => options[name]!.type !== "boolean")
}

/** Throws if an option that is not repeatable is given twice, or a switch is given a value. */
export function checkOptions(
  words: readonly string[],
  parsed: Readonly<Record<string, unknown>>,
  options: OptionTable,
) {
  for (const [name, value] of Object.entries(parsed)) {
    if (Array.isArray(value) && options[name] && !options[name].array)
      throw new UsageError(`--${name} is given more than once.`)
  }
  for (const word of words) {
    const [, name, value] = /^--(?:no-)?([\w-]+)=(.*)$/s.exec(word) ?? []
    if (name !== undefined && options[name]?.type === "boolean" && !/^(?:true|false)$/.test(value!))
      throw new UsageError(`--${name} takes no value, or true or false, not ${JSON.stringify(value)}.`)
  }
}
