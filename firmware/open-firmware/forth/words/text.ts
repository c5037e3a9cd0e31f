// Text in source code and in memory (IEEE 1275-1994, sections 2.4.3 and 7.3.4.2 to 7.3.4.5).

import { ForthError, THROW } from "../errors.ts"
import type { Forth } from "../forth.ts"
import type { MemoryString } from "../input.ts"
import { digitOf } from "../numbers.ts"
import { compileOnly, constant, immediate, type WordDefinition, word } from "../word.ts"

const QUOTE = 0x22
const codes = (text: string) => [...text].map((char) => char.charCodeAt(0))

/** What a character behind a quotation mark stands for. */
const ESCAPES: Readonly<Record<string, readonly number[]>> = {
  '"': [QUOTE],
  n: codes("\r\n"),
  r: codes("\r"),
  l: codes("\n"),
  t: codes("\t"),
  f: codes("\f"),
  b: codes("\b"),
  "!": [7],
}

/** Takes a string with escapes. It ends at a quotation mark with white space behind it. */
function parseEscaped(f: Forth): number[] {
  const bytes: number[] = []
  const { input } = f
  for (let char = input.next(); char !== undefined; char = input.next()) {
    if (char !== QUOTE) bytes.push(char)
    else {
      const behind = input.next()
      if (behind === undefined || behind <= 32) break
      const key = String.fromCharCode(behind)
      if (key === "(") for (const byte of hexBytes(f.memory.text(...rangeOf(input.parse(0x29))))) bytes.push(byte)
      else if (key === "^") bytes.push((input.next() ?? 0) & 0x1f)
      else bytes.push(...(ESCAPES[key] ?? [behind]))
    }
    // What is longer cannot be kept: no need to read it all.
    if (bytes.length > input.length) break
  }
  return bytes
}

const rangeOf = ({ address, length }: MemoryString): [number, number] => [address, length]

/** Bytes of two hexadecimal digits each; anything else separates them. */
const hexBytes = (text: string) => (text.match(/[\da-f]{1,2}/gi) ?? []).map((digits) => Number.parseInt(digits, 16))

/** Takes text up to a delimiter. */
function parsePlain(f: Forth, delimiter: number): number[] {
  const { address, length } = f.input.parse(delimiter)
  return [...f.memory.bytes(address, length)]
}

/** Takes text up to a delimiter, as a string of the host. */
function parseText(f: Forth, delimiter: number): string {
  return f.memory.text(...rangeOf(f.input.parse(delimiter)))
}

/** A string that is compiled into a definition, or kept for a while. */
function pushString(f: Forth, bytes: readonly number[]): void {
  if (f.compiler.isCompiling) {
    f.compiler.stringLiteral(bytes)
    return
  }
  const { address, length } = f.input.keepString(bytes)
  f.stack.push(address)
  f.stack.push(length)
}

function dotQuote(f: Forth): void {
  if (!f.compiler.isCompiling) {
    f.terminal.type(parseText(f, QUOTE))
    return
  }
  f.compiler.stringLiteral(parsePlain(f, QUOTE))
  f.compiler.compile("type")
}

function abortQuote(f: Forth): void {
  if (!f.compiler.isCompiling) {
    const message = parseText(f, QUOTE)
    if (f.stack.pop() !== 0) throw new ForthError(THROW.ABORT_WITH_MESSAGE, message)
    return
  }
  f.compiler.stringLiteral(parsePlain(f, QUOTE))
  f.compiler.compile('(abort")')
}

/** The first character of the next word. */
const character = (f: Forth) => f.input.name().charCodeAt(0)

function pushCharacter(f: Forth, char: number): void {
  if (f.compiler.isCompiling) f.compiler.literal(char)
  else f.stack.push(char)
}

/** Pushes a range of memory: address and length. */
export function pushRange(f: Forth, address: number, length: number): void {
  f.stack.push(address)
  f.stack.push(length)
}

/** Takes a string off the stack: its text. */
export function popText(f: Forth): string {
  const length = f.stack.pop()
  return f.memory.text(f.stack.popUnsigned(), length)
}

function pack(f: Forth): void {
  const target = f.stack.popUnsigned()
  const length = f.stack.pop()
  if (length < 0 || length > 255) throw new ForthError(THROW.STRING_TOO_LONG)
  const bytes = f.memory.bytes(f.stack.popUnsigned(), length)
  f.memory.setByte(target, length)
  f.memory.setBytes(target + 1, bytes)
  f.stack.push(target)
}

/** Cuts a string at a delimiter: the right part below, the left part on top. */
function leftParse(f: Forth): void {
  const delimiter = String.fromCharCode(f.stack.pop() & 0xff)
  const length = f.stack.pop()
  const address = f.stack.popUnsigned()
  const text = f.memory.text(address, length)
  const at = text.indexOf(delimiter)
  const left = at < 0 ? length : at
  const right = at < 0 ? length : at + 1
  pushRange(f, address + right, length - right)
  pushRange(f, address, left)
}

function dropTrailing(f: Forth): void {
  const length = f.stack.pop()
  const address = f.stack.popUnsigned()
  pushRange(f, address, f.memory.text(address, length).replace(/ +$/, "").length)
}

const mapCharacter = (from: RegExp, change: number) => (f: Forth) => {
  const char = f.stack.pop()
  f.stack.push(from.test(String.fromCharCode(char & 0xff)) ? char ^ change : char)
}

/** Words of strings and characters. */
export const text: readonly WordDefinition[] = [
  immediate('"', '"text<">" -- str len', (f) => pushString(f, parseEscaped(f))),
  immediate('s"', '"text<">" -- str len', (f) => pushString(f, parsePlain(f, QUOTE))),
  immediate('."', '"text<">" --', dotQuote),
  immediate('abort"', 'abort? "text<">" --', abortQuote),
  immediate(".(", '"text<)>" --', (f) => f.terminal.type(parseText(f, 0x29))),
  compileOnly('c"', '"text<">" -- pstr', (f) => {
    const bytes = parsePlain(f, QUOTE)
    if (bytes.length > 255) throw new ForthError(THROW.STRING_TOO_LONG)
    f.compiler.stringLiteral([bytes.length, ...bytes])
    f.compiler.compile("drop")
  }),
  immediate("(", '"text<)>" --', (f) => void f.input.parse(0x29)),
  immediate("\\", '"text<eol>" --', (f) => f.input.skipLine()),
  immediate("ascii", '"char" -- char', (f) => pushCharacter(f, character(f))),
  immediate("char", '"char" -- char', (f) => pushCharacter(f, character(f))),
  immediate("[char]", '"char" -- char', (f) => pushCharacter(f, character(f))),
  immediate("control", '"char" -- char', (f) => pushCharacter(f, character(f) & 0x1f)),
  constant("bl", 0x20, 0xa9),
  constant("bs", 0x08, 0xaa),
  constant("bell", 0x07, 0xab),
  constant("carret", 0x0d),
  constant("linefeed", 0x0a),
  word(
    "count",
    "pstr -- str len",
    (f) => {
      const address = f.stack.popUnsigned()
      pushRange(f, address + 1, f.memory.byte(address))
    },
    0x84,
  ),
  word("pad", "-- addr", (f) => f.stack.push(f.input.pad)),
  word("pack", "str len addr -- pstr", pack, 0x83),
  word("upc", "char1 -- char2", mapCharacter(/[a-z]/, 0x20), 0x81),
  word("lcc", "char1 -- char2", mapCharacter(/[A-Z]/, 0x20), 0x82),
  word("left-parse-string", "str len char -- R-str R-len L-str L-len", leftParse, 0x240),
  word("-trailing", "str len1 -- str len2", dropTrailing),
  word("/string", "str len n -- str+n len-n", (f) => {
    const by = f.stack.pop()
    const length = f.stack.pop()
    pushRange(f, f.stack.pop() + by, length - by)
  }),
  word(
    "digit",
    "char base -- digit true | char false",
    (f) => {
      const base = f.stack.pop()
      const char = f.stack.pop()
      const digit = digitOf(char & 0xff, Math.max(0, Math.min(base, 36)))
      pushRange(f, digit ?? char, digit === undefined ? 0 : -1)
    },
    0xa3,
  ),
]
