// Values of options that are lists of settings: `NAME=VALUE,NAME=VALUE`, in which two commas stand for one of a value.

import { UsageError } from "./usage-error.ts"

/** Reads a list of settings; a wrong one is a UsageError that begins with the option's name. */
export function parseSettings<Name extends string>(
  option: string,
  text: string,
  names: readonly Name[],
): { readonly [name in Name]?: string } {
  const settings: { [name in Name]?: string } = {}
  for (const setting of split(text)) {
    const [, name, value] = /^([^=]*)=(.*)$/s.exec(setting) ?? []
    if (name === undefined || value === undefined)
      throw new UsageError(`${option}: "${setting}" is no setting; write NAME=VALUE.`)
    const known = names.find((one) => one === name)
    if (known === undefined)
      throw new UsageError(`${option}: there is no setting ${name}; there are ${names.join(", ")}.`)
    if (settings[known] !== undefined) throw new UsageError(`${option}: ${name} is given more than once.`)
    settings[known] = value
  }
  return settings
}

/** The pieces between single commas; a double one stands for itself. */
function split(text: string): string[] {
  const pieces = [""]
  for (const part of text.match(/,,|,|[^,]+/g) ?? []) {
    if (part === ",") pieces.push("")
    else pieces.push(pieces.pop() + (part === ",," ? "," : part))
  }
  return pieces
}

/** A value that must be one of some words. */
export function parseOneOf<Word extends string>(
  option: string,
  name: string,
  value: string,
  words: readonly Word[],
): Word {
  const found = words.find((word) => word === value)
  if (found !== undefined) return found
  throw new UsageError(`${option}: ${name} takes ${words.join(" or ")}, not ${JSON.stringify(value)}.`)
}

/** A value that must be a whole number, decimal, of at least 0. */
export function parseWhole(option: string, name: string, value: string): number {
  const number = /^\d+$/.test(value) ? Number(value) : Number.NaN
  if (Number.isSafeInteger(number)) return number
  throw new UsageError(`${option}: ${name} takes a whole number, not ${JSON.stringify(value)}.`)
}
