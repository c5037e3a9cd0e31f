// Words that lay down code and data, and that control compilation (IEEE 1275-1994, sections 7.3.9.2 and 7.3.9.3).

import { CELL } from "../data-space.ts"
import { ForthError, THROW, undefinedWord } from "../errors.ts"
import type { Forth } from "../forth.ts"
import { compileOnly, hidden, immediate, type WordDefinition, word } from "../word.ts"
import { tick } from "./defining.ts"

/** Compiles code that compiles a word when it is executed; an immediate word is compiled itself. */
function postpone(f: Forth): void {
  const name = f.input.name()
  const header = f.find(name)
  if (!header) throw undefinedWord(name)
  if (!header.immediate) f.compiler.compile("(compile)")
  f.memory.comma(header.xt)
}

/** Forgets a word and all that was defined after it. */
function forget(f: Forth): void {
  const xt = tick(f)
  if (xt < f.compiler.sealed) throw new ForthError(THROW.BAD_NAME_ARGUMENT, "A built-in word cannot be forgotten")
  f.dictionary.forget(xt)
  f.memory.allot(xt - f.memory.here)
}

function allot(f: Forth): void {
  const bytes = f.stack.pop()
  if (f.memory.here + bytes < f.compiler.sealed) throw new ForthError(THROW.DICTIONARY_FULL)
  f.memory.allot(bytes)
}

function append(bytes: 1 | 2 | 4) {
  return (f: Forth) => {
    const value = f.stack.pop()
    const at = f.memory.here
    f.memory.allot(bytes)
    if (bytes === 1) f.memory.setByte(at, value)
    else if (bytes === 2) f.memory.setWord(at, value)
    else f.memory.setCell(at, value)
  }
}

/** Words of the compiler. */
export const compiling: readonly WordDefinition[] = [
  word("here", "-- addr", (f) => f.stack.push(f.memory.here), 0xad),
  word("allot", "len --", allot),
  word("align", "--", (f) => f.memory.align()),
  word("c,", "byte --", append(1), 0xd0),
  word("w,", "w --", append(2), 0xd1),
  word("l,", "quad --", append(4), 0xd2),
  word(",", "x --", append(4), 0xd3),
  word("compile,", "xt --", append(4), 0xdd),
  word("state", "-- a-addr", (f) => f.stack.push(f.memory.slotAddress("state")), 0xdc),
  immediate("[", "--", (f) => void (f.compiler.isCompiling = false)),
  word("]", "--", (f) => void (f.compiler.isCompiling = true)),
  hidden("(lit)", "-- x", (f) => f.stack.push(f.inline())),
  hidden('(")', "-- str len", (f) => {
    const length = f.inline()
    f.stack.push(f.ip)
    f.stack.push(length)
    f.ip += (length + 1 + CELL - 1) & -CELL
  }),
  compileOnly("literal", "x --", (f) => f.compiler.literal(f.stack.pop())),
  hidden("(compile)", "--", (f) => f.memory.comma(f.inline())),
  compileOnly("compile", '"name" --', (f) => {
    const xt = tick(f)
    f.compiler.compile("(compile)")
    f.memory.comma(xt)
  }),
  compileOnly("[compile]", '"name" --', (f) => f.memory.comma(tick(f))),
  compileOnly("postpone", '"name" --', postpone),
  word("forget", '"name" --', forget),
]
