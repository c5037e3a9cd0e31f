// Defining words and the kinds of words that they make (IEEE 1275-1994, section 7.3.9).

import { MARK } from "../compiler.ts"
import { BODY, CELL } from "../data-space.ts"
import { ForthError, THROW, undefinedWord } from "../errors.ts"
import type { Forth } from "../forth.ts"
import { colon, hidden, immediate, type WordDefinition, word } from "../word.ts"

/** Enters a thread. */
function enter(f: Forth, xt: number): void {
  f.returns.push(f.ip)
  f.ip = xt + BODY
}

/** Makes a word of a kind with its parameter field. */
export function define(f: Forth, name: string, kind: string, cells: readonly number[]): void {
  f.compiler.header(name, kind)
  for (const cell of cells) f.memory.comma(cell)
}

/** The same for a word whose cell may be part of the instance data. */
export function defineCell(f: Forth, name: string, kind: "value" | "variable" | "defer", cell: number): void {
  const { isInstance } = f.packages
  f.packages.isInstance = false
  define(f, name, isInstance ? `(instance-${kind})` : `(${kind})`, [cell])
  if (isInstance) f.packages.addField(f.dictionary.latest!.xt, CELL, true)
}

/** A buffer, in the dictionary or in the instance data. */
export function defineBuffer(f: Forth, name: string): void {
  const length = f.stack.popUnsigned()
  const { isInstance } = f.packages
  f.packages.isInstance = false
  define(f, name, isInstance ? "(instance-buffer)" : "(buffer)", [])
  if (isInstance) {
    f.packages.addField(f.dictionary.latest!.xt, length, false)
    return
  }
  f.memory.allot(length)
  f.memory.align()
}

/** Words that compile to a mark on the control-flow stack must have been closed before a definition ends. */
function endDefinition(f: Forth): void {
  const { stack } = f
  const marks: readonly number[] = Object.values(MARK)
  if (stack.depth > 0 && marks.includes(stack.peek(0))) throw new ForthError(THROW.UNBALANCED)
  f.compiler.endDefinition()
}

/** Makes the word that `create` made last execute the code behind `does>`. */
function setDoes(f: Forth): void {
  const { latest } = f.dictionary
  const code = latest && f.memory.cell(latest.xt)
  if (!latest || (code !== f.codeOf("(create)") && code !== f.codeOf("(does)"))) {
    throw new ForthError(THROW.BAD_NAME_ARGUMENT, "Only a word that create made can have does>")
  }
  f.memory.setCell(latest.xt, f.codeOf("(does)"))
  f.memory.setCell(latest.xt - CELL, f.ip)
  f.exit()
}

/** The token of a word by name; an error if there is none. */
export function tick(f: Forth): number {
  const name = f.input.name()
  const header = f.find(name)
  if (!header) throw undefinedWord(name)
  return header.xt
}

/** Kinds of words that `to` changes. */
const CHANGEABLE = ["(value)", "(constant)", "(defer)", "(variable)"] as const
const CHANGEABLE_IN_INSTANCE = ["(instance-value)", "(instance-defer)", "(instance-variable)"] as const

/** Stores into a value or a deferred word. */
export function store(f: Forth, xt: number, value: number): void {
  const code = f.actionOf(xt) && f.memory.cell(xt)
  if (CHANGEABLE_IN_INSTANCE.some((kind) => code === f.codeOf(kind))) {
    f.memory.setCell(f.packages.dataAddress(xt), value)
    return
  }
  if (!CHANGEABLE.some((kind) => code === f.codeOf(kind))) {
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

function behavior(f: Forth): void {
  const xt = f.stack.popUnsigned()
  const isInstance = f.actionOf(xt) && f.memory.cell(xt) === f.codeOf("(instance-defer)")
  f.stack.push(f.memory.cell(isInstance ? f.packages.dataAddress(xt) : xt + BODY))
}

function alias(f: Forth): void {
  const name = f.input.name()
  const old = f.input.name()
  const original = f.find(old)
  if (!original) throw undefinedWord(old)
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
  hidden("(instance-variable)", "-- a-addr", (f, xt) => f.stack.push(f.packages.dataAddress(xt))),
  hidden("(instance-buffer)", "-- a-addr", (f, xt) => f.stack.push(f.packages.dataAddress(xt))),
  hidden("(instance-value)", "-- x", (f, xt) => f.stack.push(f.memory.cell(f.packages.dataAddress(xt)))),
  hidden("(instance-defer)", "??? -- ???", (f, xt) => f.execute(f.memory.cell(f.packages.dataAddress(xt)))),
  hidden("(does)", "-- a-addr", (f, xt) => {
    f.stack.push(xt + BODY)
    f.returns.push(f.ip)
    f.ip = f.memory.cell(xt - CELL)
  }),
  hidden("(undefined-defer)", "--", () => {
    throw new ForthError(THROW.UNSUPPORTED, "A deferred word was executed before it was set")
  }),
  word(":", '"name" --', (f) => f.compiler.beginDefinition(f.input.name())),
  word(":noname", "-- xt", (f) => f.stack.push(f.compiler.beginNameless())),
  { ...immediate(";", "--", endDefinition), compileOnly: true },
  word("constant", 'x "name" --', (f) => define(f, f.input.name(), "(constant)", [f.stack.pop()])),
  word("2constant", 'x1 x2 "name" --', (f) => {
    const second = f.stack.pop()
    define(f, f.input.name(), "(2constant)", [f.stack.pop(), second])
  }),
  word("value", 'x "name" --', (f) => defineCell(f, f.input.name(), "value", f.stack.pop())),
  word("variable", '"name" --', (f) => defineCell(f, f.input.name(), "variable", 0)),
  word("create", '"name" --', (f) => define(f, f.input.name(), "(create)", [])),
  word("defer", '"name" --', (f) => defineCell(f, f.input.name(), "defer", f.xt("(undefined-defer)"))),
  word("buffer:", 'len "name" --', (f) => defineBuffer(f, f.input.name())),
  word("instance", "--", (f) => void (f.packages.isInstance = true), 0xc0),
  colon("struct", "-- 0", "0"),
  word("field", 'offset size "name" -- offset+size', (f) => {
    const size = f.stack.pop()
    const offset = f.stack.pop()
    define(f, f.input.name(), "(field)", [offset])
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
  word("behavior", "defer-xt -- contents-xt", behavior, 0xde),
  word(">body", "xt -- a-addr", (f) => f.stack.push(f.stack.pop() + BODY), 0x86),
  word("body>", "a-addr -- xt", (f) => f.stack.push(f.stack.pop() - BODY), 0x85),
  word("immediate", "--", (f) => void (requireLatest(f).immediate = true)),
  word("'", '"name" -- xt', (f) => f.stack.push(tick(f))),
  { ...immediate("[']", '"name" -- xt', (f) => f.compiler.literal(tick(f))) },
  { ...immediate("recursive", "--", (f) => f.compiler.reveal()), compileOnly: true },
  { ...immediate("recurse", "??? -- ???", (f) => f.memory.comma(f.compiler.openXt)), compileOnly: true },
]
