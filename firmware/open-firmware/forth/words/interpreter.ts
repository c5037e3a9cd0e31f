// The text interpreter and the prompt (IEEE 1275-1994, sections 2.4.1 and 7.3.4.6).

import { ForthError, messageOf, THROW, undefinedWord } from "../errors.ts"
import type { Forth } from "../forth.ts"
import { checkedBase, parseNumber } from "../numbers.ts"
import { colon, hidden, type WordDefinition, word } from "../word.ts"
import { stackText } from "./numeric.ts"
import { popText, pushRange } from "./text.ts"

/** Interprets or compiles one word; at the end of the text it leaves the loop of `interpret`. */
function interpretWord(f: Forth): void {
  const name = f.input.word()
  if (name === "") {
    f.exit()
    return
  }
  const header = f.find(name)
  const isCompiling = f.compiler.isCompiling
  if (header) {
    if (isCompiling && !header.immediate) {
      f.memory.comma(header.xt)
      return
    }
    if (header.compileOnly && !isCompiling) {
      throw new ForthError(THROW.COMPILE_ONLY, `${name}: compilation only`)
    }
    f.execute(header.xt)
    return
  }
  const number = parseNumber(name, checkedBase(f.memory.slot("base")))
  if (!number) throw undefinedWord(name)
  const cells = number.isDouble ? [number.low, number.high] : [number.low]
  for (const cell of cells) {
    if (isCompiling) f.compiler.literal(cell)
    else f.stack.push(cell)
  }
}

/** Makes a string the input; what was the input before comes back behind it. */
function evaluate(f: Forth): void {
  const length = f.stack.pop()
  const text = f.stack.popUnsigned()
  f.memory.checkLength(length)
  const { address, length: oldLength, offset } = f.input
  f.call(f.xt("interpret"), "(restore-source)", address, oldLength, offset)
  f.input.set(text, length, 0)
}

function restoreSource(f: Forth): void {
  const offset = f.returns.pop()
  const length = f.returns.pop()
  f.input.set(f.returns.pop(), length, offset)
}

function prompt(f: Forth): void {
  f.terminal.freshLine()
  if (f.terminal.showsStack) f.terminal.line(stackText(f))
  f.terminal.type(f.compiler.isCompiling ? "] " : "ok ")
  f.terminal.startLine()
  f.promptSelf = f.mySelf
}

function readLine(f: Forth, xt: number): void {
  const line = f.terminal.edit()
  if (line === undefined) f.wait(xt)
  else f.input.setLine(line)
}

/** Finds a word by name: its token and a flag. */
function findName(f: Forth): void {
  const length = f.stack.pop()
  const address = f.stack.popUnsigned()
  const header = f.find(f.memory.text(address, length))
  if (!header) pushRange(f, address, length)
  else f.stack.push(header.xt)
  f.stack.push(header ? -1 : 0)
}

/** Words of the text interpreter. */
export const interpreter: readonly WordDefinition[] = [
  hidden("(interpret)", "--", interpretWord),
  colon("interpret", "--", "begin (interpret) again"),
  hidden("(restore-source)", "--", restoreSource),
  word("evaluate", "??? str len -- ???", evaluate, 0xcd),
  word("eval", "??? str len -- ???", evaluate),
  hidden("(prompt)", "--", prompt),
  hidden("(read-line)", "--", readLine),
  colon("(quit)", "--", "begin (prompt) (read-line) interpret again"),
  word("quit", "--", (f) => f.restart()),
  hidden("(call-done)", "error --", (f) => f.finishCall()),
  word("source", "-- addr len", (f) => pushRange(f, f.input.address, f.input.length)),
  word(">in", "-- a-addr", (f) => f.stack.push(f.memory.slotAddress(">in"))),
  word("parse", 'delim "text<delim>" -- str len', (f) => {
    const { address, length } = f.input.parse(f.stack.pop() & 0xff)
    pushRange(f, address, length)
  }),
  word("parse-word", '"text< >" -- str len', (f) => {
    const { address, length } = f.input.parseWord()
    pushRange(f, address, length)
  }),
  word("word", 'delim "text<delim>" -- pstr', (f) => {
    const delimiter = f.stack.pop() & 0xff
    while (f.input.peek() === delimiter) f.input.next()
    const { address, length } = delimiter === 32 ? f.input.parseWord() : f.input.parse(delimiter)
    if (length > 255) throw new ForthError(THROW.STRING_TOO_LONG)
    f.stack.push(f.input.keepString([length, ...f.memory.bytes(address, length)]).address)
  }),
  word("$find", "str len -- xt true | str len false", findName, 0xcb),
  word("find", "pstr -- xt n | pstr false", (f) => {
    const address = f.stack.popUnsigned()
    const header = f.find(f.memory.text(address + 1, f.memory.byte(address)))
    pushRange(f, header?.xt ?? address, header ? (header.immediate ? 1 : -1) : 0)
  }),
  word("execute", "??? xt -- ???", (f) => f.execute(f.stack.popUnsigned()), 0x1d),
  word("catch", "??? xt -- ??? error-code | ??? false", (f) => f.catch(), 0x217),
  hidden("(catch-done)", "--", (f) => f.catchDone()),
  word(
    "throw",
    "??? error-code -- ??? error-code | ???",
    (f) => {
      const code = f.stack.pop()
      if (code !== 0) throw new ForthError(code, code === f.caught.code ? f.caught.message : messageOf(code))
    },
    0x218,
  ),
  word(
    "abort",
    "??? --",
    () => {
      throw new ForthError(THROW.ABORT)
    },
    0x216,
  ),
  hidden('(abort")', "abort? str len --", (f) => {
    const message = popText(f)
    if (f.stack.pop() !== 0) throw new ForthError(THROW.ABORT_WITH_MESSAGE, message)
  }),
]
