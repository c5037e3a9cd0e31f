// Configuration variables (IEEE 1275-1994, section 7.4.4): kinds, defaults, text in nonvolatile storage.

import { ForthError, THROW } from "./errors.ts"
import type { Forth } from "./forth.ts"
import type { VariablesPort } from "./ports.ts"

/** How the text of a variable is understood. */
type Kind = "boolean" | "integer" | "string"

/** A configuration variable. Defaults are text, integers in decimal. */
interface Variable {
  readonly name: string
  readonly kind: Kind
  readonly initial: string
}

const variable = (name: string, kind: Kind, initial: string): Variable => ({ name, kind, initial })

/** The variables of the standard, and of Macintoshes. */
const VARIABLES: readonly Variable[] = [
  variable("auto-boot?", "boolean", "true"),
  variable("boot-command", "string", "boot"),
  variable("boot-device", "string", "hd:,\\\\:tbxi cd:,\\\\:tbxi"),
  variable("boot-file", "string", ""),
  variable("diag-device", "string", "cd:,\\\\:tbxi"),
  variable("diag-file", "string", ""),
  variable("diag-switch?", "boolean", "false"),
  variable("fcode-debug?", "boolean", "false"),
  variable("input-device", "string", "ttya"),
  variable("output-device", "string", "ttya"),
  variable("load-base", "integer", "16777216"),
  variable("little-endian?", "boolean", "false"),
  variable("nvramrc", "string", ""),
  variable("use-nvramrc?", "boolean", "false"),
  variable("oem-banner", "string", ""),
  variable("oem-banner?", "boolean", "false"),
  variable("oem-logo?", "boolean", "false"),
  variable("real-base", "integer", "-1"),
  variable("real-mode?", "boolean", "false"),
  variable("real-size", "integer", "-1"),
  variable("screen-#columns", "integer", "100"),
  variable("screen-#rows", "integer", "40"),
  variable("selftest-#megs", "integer", "0"),
  variable("virt-base", "integer", "-1"),
  variable("virt-size", "integer", "-1"),
]

/** The configuration variables. The user may not add others: their number is fixed. */
export class ConfigurationVariables {
  readonly #forth: Forth
  readonly #port: VariablesPort

  constructor(forth: Forth, port: VariablesPort) {
    this.#forth = forth
    this.#port = port
  }

  /** Names of all variables. */
  static readonly NAMES: readonly string[] = VARIABLES.map(({ name }) => name)

  /** Text of the value; the default if none is stored. */
  text(name: string): string {
    return this.#port.get(name) ?? this.#find(name).initial
  }

  /** Text of the default. */
  initial(name: string): string {
    return this.#find(name).initial
  }

  /** Stores a value as the user typed it. */
  set(name: string, text: string): void {
    const { kind } = this.#find(name)
    if (!this.#port.set(name, checked(name, kind, text))) {
      throw new ForthError(THROW.DICTIONARY_FULL, "There is no room in nonvolatile memory")
    }
  }

  /** Goes back to the default. */
  reset(name: string): void {
    this.#find(name)
    this.#port.set(name, undefined)
  }

  /** Pushes the value of a variable as its word does. */
  push(name: string): void {
    const { kind } = this.#find(name)
    const text = this.text(name)
    const { stack, packages } = this.#forth
    if (kind === "boolean") {
      stack.push(text === "true" ? -1 : 0)
      return
    }
    if (kind === "integer") {
      stack.push(Number(text) | 0)
      return
    }
    const bytes = Uint8Array.from(text, (char) => char.charCodeAt(0))
    stack.push(packages.keepProperty(bytes))
    stack.push(bytes.length)
  }

  #find(name: string): Variable {
    const found = VARIABLES.find((each) => each.name === name)
    if (!found) throw new ForthError(THROW.UNDEFINED_WORD, `${name}: no such configuration variable`)
    return found
  }
}

/** The text to store; an error if it does not fit the kind. Integers may be decimal or hexadecimal (0x). */
function checked(name: string, kind: Kind, text: string): string {
  if (kind === "string") return text
  const trimmed = text.trim().toLowerCase()
  const isValid = kind === "boolean" ? /^(?:true|false)$/ : /^(?:-?\d+|0x[\da-f]+)$/
  if (isValid.test(trimmed)) return trimmed
  const wanted = kind === "boolean" ? "true or false" : "a number"
  throw new ForthError(THROW.OUT_OF_RANGE, `${name} must be ${wanted}`)
}
