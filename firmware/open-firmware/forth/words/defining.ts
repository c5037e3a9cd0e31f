// Defining words and the kinds of words that they make (IEEE 1275-1994, section 7.3.9).

import { BODY, MARK } from "../compiler.ts"
import { CELL } from "../data-space.ts"
import { ForthError, THROW } from "../errors.ts"
import type { Forth } from "../forth.ts"
import { colon, hidden, immediate, type WordDefinition, word } from "../word.ts"

/** Enters a thread: its first cell is behind the code field and the cell for `does>`. */
function enter(f: Forth, xt: number): void {
  f.returns.push(f.ip)
  f.ip = xt + BODY
}

/** Names a word, takes what is needed off the stack first, and lays down its parameter field. */
function define(f: Forth, kind: string, cells: readonly number[]): void {
  f.compiler.header(f.input.name(), kind)
  for (const cell of cells) f.memory.comma(cell)
}

/** Words that compile to a mark on the control-flow stack must have been closed before a definition ends. */
function endDefinition(f: Forth): void {
  const { stack } = f
  const marks: readonly number[] = Object.values(MARK)
  if (stack.depth > 0 && marks.includes(stack.peek(0))) throw new ForthError(THROW.UNBALANCED)
  f.compiler.endDefinition()
}

/** Makes the word defined last execute the code behind `does>`. */
function setDoes(f: Forth): void {
  const { latest } = f.dictionary
  if (!latest || latest.xt < f.compiler.sealed) throw new ForthError(THROW.BAD_NAME_ARGUMENT)
  f.memory.setCell(latest.xt, f.codeOf("(does)"))
  f.memory.setCell(latest.xt + CELL, f.ip)
  f.exit()
}

/** The token of a word by name; an error if there is none. */
export function tick(f: Forth): number {
  const name = f.input.name()
  const header = f.dictionary.find(name)
  if (!header) throw new ForthError(THROW.UNDEFINED_WORD, `${name}: undefined word`)
  return header.xt
}

/** Kinds of words that `to` changes. */
const CHANGEABLE = ["(value)", "(constant)", "(defer)", "(variable)"] as const

/** Stores into a value or a deferred word. */
export function store(f: Forth, xt: number, value: number): void {
  const code = f.actionOf(xt) && f.memory.cell(xt)
  if (!CHANGEABLE.some((kind) => code === f.codeOf(kind)) || xt < f.compiler.sealed) {
    throw new ForthError(THROW.BAD_NAME_ARGUMENT, "Only a value or a deferred word can be set")
  }
  f.memory.setCell(xt + BODY, value)
}

function to(f: Forth): void {
  const xt = tick(f)
  if (!f.compiler.isCompiling) {
    store(f, xt, f.stack.pop())
    return
  }
  f.compiler.compile("(to)")
  f.memory.comma(xt)
}

function alias(f: Forth): void {
  const name = f.input.name()
  const original = f.dictionary.find(f.input.name())
  if (!original) throw new ForthError(THROW.UNDEFINED_WORD)
  const header = f.compiler.header(name, "(alias)")
  header.immediate = original.immediate
  header.compileOnly = original.compileOnly
  f.memory.comma(original.xt)
}

function requireLatest(f: Forth) {
  if (!f.dictionary.latest) throw new ForthError(THROW.BAD_NAME_ARGUMENT)
  return f.dictionary.latest
}

/** Words that define words. */
export const defining: readonly WordDefinition[] = [
  hidden("(colon)", "--", enter),
  hidden("(variable)", "-- a-addr", (f, xt) => f.stack.push(xt + BODY)),
  hidden("(create)", "-- a-addr", (f, xt) => f.stack.push(xt + BODY)),
  hidden("(buffer)", "-- a-addr", (f, xt) => f.stack.push(xt + BODY)),
  hidden("(constant)", "-- x", (f, xt) => f.stack.push(f.memory.cell(xt + BODY))),
  hidden("(2constant)", "-- x1 x2", (f, xt) => {
    f.stack.push(f.memory.cell(xt + BODY))
    f.stack.push(f.memory.cell(xt + BODY + CELL))
  }),
  hidden("(value)", "-- x", (f, xt) => f.stack.push(f.memory.cell(xt + BODY))),
  hidden("(defer)", "??? -- ???", (f, xt) => f.execute(f.memory.cell(xt + BODY))),
  hidden("(alias)", "??? -- ???", (f, xt) => f.execute(f.memory.cell(xt + BODY))),
  hidden("(field)", "addr -- addr+offset", (f, xt) => f.stack.push(f.stack.pop() + f.memory.cell(xt + BODY))),
  hidden("(does)", "-- a-addr", (f, xt) => {
    f.stack.push(xt + BODY)
    f.returns.push(f.ip)
    f.ip = f.memory.cell(xt + CELL)
  }),
  hidden("(undefined-defer)", "--", () => {
    throw new ForthError(THROW.UNSUPPORTED, "A deferred word was executed before it was set")
  }),
  word(":", '"name" --', (f) => f.compiler.beginDefinition(f.input.name())),
  word(":noname", "-- xt", (f) => f.stack.push(f.compiler.beginNameless())),
  { ...immediate(";", "--", endDefinition), compileOnly: true },
  word("constant", 'x "name" --', (f) => define(f, "(constant)", [f.stack.pop()])),
  word("2constant", 'x1 x2 "name" --', (f) => {
    const second = f.stack.pop()
    define(f, "(2constant)", [f.stack.pop(), second])
  }),
  word("value", 'x "name" --', (f) => define(f, "(value)", [f.stack.pop()])),
  word("variable", '"name" --', (f) => define(f, "(variable)", [0])),
  word("create", '"name" --', (f) => define(f, "(create)", [])),
  word("defer", '"name" --', (f) => define(f, "(defer)", [f.xt("(undefined-defer)")])),
  word("buffer:", 'len "name" --', (f) => {
    const length = f.stack.popUnsigned()
    define(f, "(buffer)", [])
    f.memory.allot(length)
    f.memory.align()
  }),
  colon("struct", "-- 0", "0"),
  word("field", 'offset size "name" -- offset+size', (f) => {
    const size = f.stack.pop()
    const offset = f.stack.pop()
    define(f, "(field)", [offset])
    f.stack.push(offset + size)
  }),
  word("alias", '"new-name" "old-name" --', alias),
  hidden("(does>)", "--", setDoes),
  { ...immediate("does>", "--", (f) => f.compiler.compile("(does>)")), compileOnly: true },
  hidden("(to)", "x --", (f) => {
    const xt = f.inline()
    store(f, xt, f.stack.pop())
  }),
  immediate("to", 'x "name" --', to),
  word("behavior", "defer-xt -- contents-xt", (f) => f.stack.push(f.memory.cell(f.stack.pop() + BODY)), 0xde),
  word(">body", "xt -- a-addr", (f) => f.stack.push(f.stack.pop() + BODY), 0x86),
  word("body>", "a-addr -- xt", (f) => f.stack.push(f.stack.pop() - BODY), 0x85),
  word("immediate", "--", (f) => void (requireLatest(f).immediate = true)),
  word("'", '"name" -- xt', (f) => f.stack.push(tick(f))),
  { ...immediate("[']", '"name" -- xt', (f) => f.compiler.literal(tick(f))) },
  { ...immediate("recursive", "--", (f) => f.compiler.reveal()), compileOnly: true },
  { ...immediate("recurse", "??? -- ???", (f) => f.memory.comma(f.compiler.openXt)), compileOnly: true },
]
