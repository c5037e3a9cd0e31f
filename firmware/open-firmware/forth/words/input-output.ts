// Keys, characters, lines (IEEE 1275-1994, sections 7.3.4.4 and 7.3.4.5).

import type { Forth } from "../forth.ts"
import { colon, hidden, type WordDefinition, word } from "../word.ts"

/** Characters that one step writes. */
const STEP = 256

/** Writes a string a piece at a time, so that a long one does not keep the host busy. */
function type(f: Forth, xt: number): void {
  const length = f.stack.pop()
  const address = f.stack.popUnsigned()
  if (length <= 0) return
  const piece = Math.min(STEP, length)
  f.terminal.type(f.memory.text(address, piece))
  if (piece === length) return
  f.stack.push(address + piece)
  f.stack.push(length - piece)
  f.again(xt, piece)
}

function spaces(f: Forth, xt: number): void {
  const count = f.stack.pop()
  if (count <= 0) return
  f.terminal.type(" ".repeat(Math.min(STEP, count)))
  if (count <= STEP) return
  f.stack.push(count - STEP)
  f.again(xt)
}

function key(f: Forth, xt: number): void {
  const typed = f.terminal.key()
  if (typed === undefined) f.wait(xt)
  else f.stack.push(typed)
}

/** Puts the characters of a line into memory as they are typed; echoes them. Leaves the number of characters. */
function acceptKeys(f: Forth, xt: number): void {
  const typed = f.terminal.key()
  if (typed === undefined) {
    f.wait(xt)
    return
  }
  const count = f.stack.pop()
  const length = f.stack.pop()
  const address = f.stack.pop()
  const again = (taken: number) => {
    for (const cell of [address, length, taken]) f.stack.push(cell)
    f.again(xt)
  }
  if (typed === 13 || typed === 10) {
    f.stack.push(count)
    f.terminal.type(" ")
  } else if (typed === 8 || typed === 127) {
    if (count > 0) f.terminal.type("\b \b")
    again(Math.max(0, count - 1))
  } else if (count >= length) again(count)
  else {
    f.memory.setByte(address + count, typed)
    f.terminal.type(String.fromCharCode(typed))
    again(count + 1)
  }
}

/** Words of input and output. */
export const inputOutput: readonly WordDefinition[] = [
  word("key?", "-- pressed?", (f) => f.stack.push(f.terminal.hasKey ? -1 : 0), 0x8d),
  word("key", "-- char", key, 0x8e),
  hidden("(accept)", "addr len count1 -- count2", acceptKeys),
  colon("accept", "addr len1 -- len2", "0 (accept)"),
  colon("expect", "addr len --", "accept span !", 0x8a),
  word("span", "-- a-addr", (f) => f.stack.push(f.memory.slotAddress("span")), 0x88),
  word("emit", "char --", (f) => f.terminal.type(String.fromCharCode(f.stack.pop() & 0xff)), 0x8f),
  word("type", "str len --", type, 0x90),
  word("cr", "--", (f) => f.terminal.cr(), 0x92),
  word("(cr", "--", (f) => f.terminal.type("\r"), 0x91),
  word("space", "--", (f) => f.terminal.type(" ")),
  word("spaces", "n --", spaces),
  word("#out", "-- a-addr", (f) => f.stack.push(f.memory.slotAddress("#out")), 0x93),
  word("#line", "-- a-addr", (f) => f.stack.push(f.memory.slotAddress("#line")), 0x94),
  // Listings run on: Ctrl-C stops them.
  colon("exit?", "-- done?", "false"),
]
