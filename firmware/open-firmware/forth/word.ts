// How a built-in word is described: name, stack comment, what it does, FCode number.

import type { Forth } from "./forth.ts"

/** What a word does when it is executed. `xt` is its execution token, the address of its code field. */
export type Action = (f: Forth, xt: number) => void

/** A built-in word. It has an action, a source text in Forth, or an initial content. */
export interface WordDefinition {
  readonly name: string
  /** Stack comment without parentheses: "n1 n2 -- sum". */
  readonly stack: string
  readonly action?: Action
  /** The body of a colon definition. */
  readonly source?: string
  /** First content of a value, or name of the word that a deferred word executes. */
  readonly initial?: number | string
  /** FCode number, if the word has one (IEEE 1275-1994, annex H). */
  readonly fcode?: number
  /** Executed even while a definition is compiled. */
  readonly immediate?: boolean
  /** Has no meaning outside of a definition. */
  readonly compileOnly?: boolean
  /** Part of the engine: not listed and not found by name. */
  readonly hidden?: boolean
}

/** A word whose action is a TypeScript function. */
export const word = (name: string, stack: string, action: Action, fcode?: number): WordDefinition => ({
  name,
  stack,
  action,
  ...(fcode === undefined ? {} : { fcode }),
})

/** A word that also acts while a definition is compiled. */
export const immediate = (name: string, stack: string, action: Action, fcode?: number): WordDefinition => ({
  ...word(name, stack, action, fcode),
  immediate: true,
})

/** A word that acts while a definition is compiled, and is an error elsewhere. */
export const compileOnly = (name: string, stack: string, action: Action, fcode?: number): WordDefinition => ({
  ...immediate(name, stack, action, fcode),
  compileOnly: true,
})

/** A word written in Forth. */
export const colon = (name: string, stack: string, source: string, fcode?: number): WordDefinition => ({
  name,
  stack,
  source,
  ...(fcode === undefined ? {} : { fcode }),
})

/** A word that compiled code and the engine use, but no user: its name is for `see`. */
export const hidden = (name: string, stack: string, action: Action, fcode?: number): WordDefinition => ({
  ...word(name, stack, action, fcode),
  hidden: true,
})

/** A word that pushes a fixed number. */
export const constant = (name: string, value: number, fcode?: number): WordDefinition =>
  word(name, "-- n", (f) => f.stack.push(value), fcode)

/** A value that programs may set with `to`. */
export const value = (name: string, initial: number, fcode?: number): WordDefinition => ({
  name,
  stack: "-- x",
  initial,
  ...(fcode === undefined ? {} : { fcode }),
})

/** A deferred word that programs may set with `to`. */
export const deferred = (name: string, stack: string, initial: string, fcode?: number): WordDefinition => ({
  name,
  stack,
  initial,
  ...(fcode === undefined ? {} : { fcode }),
})
