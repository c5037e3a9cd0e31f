// Lays down the built-in words when an engine is made.

import { BODY } from "./data-space.ts"
import type { Forth } from "./forth.ts"
import type { WordDefinition } from "./word.ts"

/**
 * Lays down words: those with an action first, then values and deferred words, then those in Forth, which may use words
 * before them. Behind the code field of an action stand the word itself and `exit`, for `again` and `call`.
 */
export function install(f: Forth, definitions: readonly WordDefinition[]): void {
  // Every word with an action holds the token of `exit`.
  const ordered = [...definitions].sort((x, y) => Number(y.name === "exit") - Number(x.name === "exit"))
  for (const definition of ordered) {
    if (!definition.action) continue
    f.memory.comma(lay(f, definition, f.newCode(definition.action)))
    f.memory.comma(f.xt("exit"))
  }
  for (const definition of ordered) {
    const { initial } = definition
    if (initial === undefined) continue
    lay(f, definition, f.codeOf(typeof initial === "string" ? "(defer)" : "(value)"))
    f.memory.comma(typeof initial === "string" ? 0 : initial)
  }
  for (const definition of ordered) {
    if (definition.source === undefined) continue
    lay(f, definition, f.codeOf("(colon)"))
    f.compiler.compileSource(definition.source)
  }
  for (const { name, initial } of definitions) {
    if (typeof initial === "string") f.memory.setCell(f.xt(name) + BODY, f.xt(initial))
  }
  f.compiler.seal()
}

function lay(f: Forth, definition: WordDefinition, code: number): number {
  const { name, stack, immediate = false, compileOnly = false, hidden = false, fcode } = definition
  const xt = f.layWord(name, code)
  f.dictionary.add({ name, xt, immediate, compileOnly, hidden, stack }, f.dictionary.common)
  if (fcode !== undefined) f.fcode.assign(fcode, xt)
  return xt
}
