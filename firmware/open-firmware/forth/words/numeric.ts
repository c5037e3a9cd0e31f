// Numbers in text: bases, conversion, display (IEEE 1275-1994, sections 7.3.4.1 and 7.3.4.3).

import { ForthError, THROW } from "../errors.ts"
import type { Forth } from "../forth.ts"
import { checkedBase, digitChar, parseNumber, signedText, unsignedText } from "../numbers.ts"
import { immediate, type WordDefinition, word } from "../word.ts"
import { popText, pushRange } from "./text.ts"

/** Characters of a number under conversion. */
const MOST_PICTURED = 256
/** Columns that a number may be padded to. */
const MOST_WIDTH = 1024

const baseOf = (f: Forth) => f.memory.slot("base")

/** Takes a digit off the number and puts it before the others. */
function hold(f: Forth, char: string): void {
  if (f.pictured.length === MOST_PICTURED) throw new ForthError(THROW.STRING_TOO_LONG)
  f.pictured = char + f.pictured
}

function convertDigit(f: Forth): void {
  const base = checkedBase(baseOf(f))
  const value = f.stack.popUnsigned()
  hold(f, digitChar(value % base))
  f.stack.push(Math.floor(value / base))
}

function convertDoubleDigit(f: Forth): bigint {
  const base = BigInt(checkedBase(baseOf(f)))
  const high = BigInt(f.stack.popUnsigned())
  const value = (high << 32n) | BigInt(f.stack.popUnsigned())
  hold(f, digitChar(Number(value % base)))
  const quotient = value / base
  f.stack.push(Number(BigInt.asIntN(32, quotient)))
  f.stack.push(Number(BigInt.asIntN(32, quotient >> 32n)))
  return quotient
}

function finishPicture(f: Forth, cells: number): void {
  f.stack.depth -= cells
  const { address, length } = f.input.keepString([...f.pictured].map((char) => char.charCodeAt(0)))
  pushRange(f, address, length)
}

type Text = (value: number, base: number) => string

const show = (text: Text) => (f: Forth) => f.terminal.type(`${text(f.stack.pop(), baseOf(f))} `)
const showIn = (base: number) => (f: Forth) => f.terminal.type(`${signedText(f.stack.pop(), base)} `)
const showRight = (text: Text) => (f: Forth) => {
  const width = Math.min(MOST_WIDTH, Math.max(0, f.stack.pop()))
  f.terminal.type(text(f.stack.pop(), baseOf(f)).padStart(width))
}
const toText = (text: Text) => (f: Forth) => {
  const bytes = [...text(f.stack.pop(), baseOf(f))].map((char) => char.charCodeAt(0))
  const { address, length } = f.input.keepString(bytes)
  pushRange(f, address, length)
}

/** Takes the next word as a number in a base. */
const numberIn = (base: number) => (f: Forth) => {
  const name = f.input.name()
  const number = parseNumber(name, base)
  if (!number) throw new ForthError(THROW.UNDEFINED_WORD, `${name}: not a number in base ${base}`)
  if (f.compiler.isCompiling) f.compiler.literal(number.low)
  else f.stack.push(number.low)
}

function toNumber(f: Forth): void {
  const number = parseNumber(popText(f), checkedBase(baseOf(f)))
  if (number) f.stack.push(number.low)
  f.stack.push(number ? 0 : -1)
}

/** Adds digits to a double number until a character is none; pushes the rest of the string. */
function accumulate(f: Forth): void {
  const base = checkedBase(baseOf(f))
  const length = f.stack.pop()
  const address = f.stack.popUnsigned()
  const high = BigInt(f.stack.popUnsigned())
  let value = (high << 32n) | BigInt(f.stack.popUnsigned())
  const text = f.memory.text(address, length)
  let taken = 0
  for (; taken < length; taken++) {
    const digit = parseNumber(text[taken]!, base)
    if (!digit || text[taken] === "-") break
    value = BigInt.asUintN(64, value * BigInt(base) + BigInt(digit.low))
  }
  pushRange(f, Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n)))
  pushRange(f, address + taken, length - taken)
}

/** Adds the digits behind an address to a double number; stops at the first character that is none. */
function convert(f: Forth): void {
  f.stack.push(f.stack.pop() + 1)
  f.stack.push(MOST_PICTURED)
  accumulate(f)
  f.stack.pop()
}

/** The cells of the data stack in the present base, the top last. */
export function stackText(f: Forth): string {
  const cells = f.stack.contents()
  return cells.length === 0 ? "Empty" : cells.map((cell) => signedText(cell, baseOf(f))).join(" ")
}

const showStack = (f: Forth) => f.terminal.type(`${stackText(f)} `)

/** Words of numbers as text. */
export const numeric: readonly WordDefinition[] = [
  word("base", "-- a-addr", (f) => f.stack.push(f.memory.slotAddress("base")), 0xa0),
  word("hex", "--", (f) => f.memory.setSlot("base", 16)),
  word("decimal", "--", (f) => f.memory.setSlot("base", 10)),
  word("octal", "--", (f) => f.memory.setSlot("base", 8)),
  word("binary", "--", (f) => f.memory.setSlot("base", 2)),
  immediate("h#", '"number" -- n', numberIn(16)),
  immediate("d#", '"number" -- n', numberIn(10)),
  immediate("o#", '"number" -- n', numberIn(8)),
  immediate("b#", '"number" -- n', numberIn(2)),
  word(".", "n --", show(signedText), 0x9d),
  word("s.", "n --", show(signedText)),
  word("u.", "u --", show(unsignedText), 0x9b),
  word(".r", "n size --", showRight(signedText), 0x9e),
  word("u.r", "u size --", showRight(unsignedText), 0x9c),
  word(".d", "n --", showIn(10)),
  word(".h", "n --", (f) => f.terminal.type(`${unsignedText(f.stack.pop(), 16)} `)),
  word(".s", "... -- ...", showStack, 0x9f),
  word("?", "addr --", (f) => f.terminal.type(`${signedText(f.memory.cell(f.stack.pop()), baseOf(f))} `)),
  word("(.)", "n -- str len", toText(signedText)),
  word("(u.)", "u -- str len", toText(unsignedText)),
  word("<#", "--", (f) => void (f.pictured = ""), 0x96),
  word("hold", "char --", (f) => hold(f, String.fromCharCode(f.stack.pop() & 0xff)), 0x95),
  word(
    "sign",
    "n --",
    (f) => {
      if (f.stack.pop() < 0) hold(f, "-")
    },
    0x98,
  ),
  word("u#", "u1 -- u2", convertDigit, 0x99),
  word(
    "u#s",
    "u -- 0",
    (f) => {
      do convertDigit(f)
      while (f.stack.peek(0) !== 0)
    },
    0x9a,
  ),
  word("u#>", "u -- str len", (f) => finishPicture(f, 1), 0x97),
  word("#", "ud1 -- ud2", (f) => void convertDoubleDigit(f), 0xc7),
  word(
    "#s",
    "ud -- 0 0",
    (f) => {
      while (convertDoubleDigit(f) !== 0n);
    },
    0xc8,
  ),
  word("#>", "ud -- str len", (f) => finishPicture(f, 2), 0xc9),
  word("$number", "str len -- true | n false", toNumber, 0xa2),
  word("convert", "d1 addr1 -- d2 addr2", convert, 0xa1),
  word(">number", "ud1 str1 len1 -- ud2 str2 len2", accumulate),
]
