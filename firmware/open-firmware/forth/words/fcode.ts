// The FCode evaluator and the tokens that only FCode has (IEEE 1275-1994, sections 5.3.2 and 5.3.3).

import { MARK } from "../compiler.ts"
import { ForthError, THROW } from "../errors.ts"
import type { Forth } from "../forth.ts"
import { colon, hidden, immediate, type WordDefinition, word } from "../word.ts"
import { defineBuffer, defineCell, define as defineWord, store } from "./defining.ts"
import { pushRange } from "./text.ts"

/** Evaluates one token. */
function step(f: Forth): void {
  const xt = f.fcode.xtOf(f.fcode.number())
  const header = f.dictionary.byXt(xt)
  if (f.compiler.isCompiling && !header?.immediate) f.memory.comma(xt)
  else f.execute(xt)
}

/** Reads the program at an address from its first token to end0. */
function load(f: Forth): void {
  const address = f.stack.popUnsigned()
  f.call(f.xt("(evaluate-fcode)"), "(fcode-done)", f.fcode.depth)
  f.fcode.begin(address)
}

function finish(f: Forth): void {
  f.fcode.depth = f.returns.pop()
}

/** The head of a program: its stride, then format, checksum and length, which real programs get wrong too often. */
const start = (stride: number, hasWideOffsets: boolean) => (f: Forth) => {
  const stream = f.fcode.current
  // The token itself was read with a stride of 1.
  stream.address += stride - stream.stride
  stream.stride = stride
  stream.hasWideOffsets = hasWideOffsets
  f.fcode.byte()
  f.fcode.word()
  f.fcode.cell()
}

/** Ends the program: it leaves the loop of the evaluator. */
function end(f: Forth): void {
  if (f.compiler.isCompiling) throw new ForthError(THROW.BAD_FCODE, "FCode ends inside a definition")
  f.exit()
}

function literal(f: Forth, value: number): void {
  if (f.compiler.isCompiling) f.compiler.literal(value)
  else f.stack.push(value)
}

function string(f: Forth): void {
  const bytes = f.fcode.string()
  if (f.compiler.isCompiling) {
    f.compiler.stringLiteral(bytes)
    return
  }
  const { address, length } = f.input.keepString(bytes)
  pushRange(f, address, length)
}

// In a definition, only the sign of an offset counts: branches meet their targets by the marks on the data stack, as in
// source text. Outside, offsets are followed in the program itself.

/** Takes the topmost mark of a kind, although others may be above it: `while` and `if` are one token. */
function takeMark(f: Forth, mark: number): number {
  const { stack } = f
  for (let depth = 0; depth + 1 < stack.depth; depth += 2) {
    if (stack.peek(depth) === mark) {
      stack.take(depth)
      return stack.take(depth)
    }
    if (stack.peek(depth) !== MARK.origin && stack.peek(depth) !== MARK.destination) break
  }
  throw new ForthError(THROW.UNBALANCED)
}

function branch(f: Forth, primitive: "(branch)" | "(?branch)"): void {
  const offset = f.fcode.offset()
  if (!f.compiler.isCompiling) {
    if (primitive === "(branch)" || f.stack.pop() === 0) offset.jump()
  } else if (offset.value < 0) {
    f.compiler.backward(primitive, takeMark(f, MARK.destination))
    f.compiler.closeStructure()
  } else if (primitive === "(branch)") {
    // `else`: the branch before it is resolved next, so it stays on top.
    const previous = takeMark(f, MARK.origin)
    f.compiler.openStructure()
    f.compiler.push(MARK.origin, f.compiler.forward(primitive))
    f.compiler.push(MARK.origin, previous)
  } else {
    f.compiler.openStructure()
    f.compiler.push(MARK.origin, f.compiler.forward(primitive))
  }
}

function mark(f: Forth): void {
  if (!f.compiler.isCompiling) return
  f.compiler.openStructure()
  f.compiler.push(MARK.destination, f.memory.here)
}

function resolve(f: Forth): void {
  if (!f.compiler.isCompiling) return
  f.compiler.resolve(takeMark(f, MARK.origin))
  f.compiler.closeStructure()
}

/** A token that means a word of source text, with an offset that is not needed. */
const withOffset = (name: string) => (f: Forth) => {
  f.fcode.offset()
  f.execute(f.xt(name))
}
const same = (name: string) => (f: Forth) => f.execute(f.xt(name))

/** Sets what the next definition is called, and which number it gets. */
function token(f: Forth, name: string): void {
  f.fcode.current.token = { name, fcode: f.fcode.number() }
}

const tokenName = (f: Forth) => String.fromCharCode(...f.fcode.string())

/** Makes a definition of the program: a header with the name that a token gave, and the number. */
function defining(make: (f: Forth, name: string) => void) {
  return (f: Forth) => {
    const { current } = f.fcode
    const { token } = current
    if (!token) throw new ForthError(THROW.BAD_FCODE, "FCode defines a word without a token")
    current.token = undefined
    make(f, token.name)
    f.fcode.define(token.fcode, f.dictionary.latest!.xt)
  }
}

function to(f: Forth): void {
  const xt = f.fcode.xtOf(f.fcode.number())
  if (!f.compiler.isCompiling) {
    store(f, xt, f.stack.pop())
    return
  }
  f.compiler.compile("(to)")
  f.memory.comma(xt)
}

function field(f: Forth, name: string): void {
  const size = f.stack.pop()
  const offset = f.stack.pop()
  defineWord(f, name, "(field)", [offset])
  f.stack.push(offset + size)
}

function getToken(f: Forth): void {
  const xt = f.fcode.xtOf(f.stack.popUnsigned())
  f.stack.push(xt)
  f.stack.push(f.dictionary.byXt(xt)?.immediate ? -1 : 0)
}

function setToken(f: Forth): void {
  const fcode = f.stack.popUnsigned()
  f.stack.pop()
  f.fcode.define(fcode, f.stack.popUnsigned())
}

/** Fetches a program with a word of the user's into a buffer, and evaluates it there. */
const LOAD_BY_WORD = `
  0 4 0 do 8 lshift 2 pick 4 + i + 2 pick execute or loop
  dup alloc-mem swap 0 ?do 2 pick i + 2 pick execute over i + c! loop
  nip nip dup >r (byte-load) r> 0 free-mem`

/** Words and tokens of FCode. */
export const fcode: readonly WordDefinition[] = [
  hidden("(fcode-step)", "--", step),
  colon("(evaluate-fcode)", "--", "begin (fcode-step) again"),
  hidden("(fcode-done)", "--", finish),
  hidden("(byte-load)", "addr --", load),
  colon("(byte-load-by)", "addr xt --", LOAD_BY_WORD),
  colon(
    "byte-load",
    "addr xt --",
    "dup 1 = over ['] c@ = or over ['] rb@ = or if drop (byte-load) else (byte-load-by) then",
    0x23e,
  ),
  immediate("end0", "--", end, 0x00),
  immediate("end1", "--", end, 0xff),
  immediate("start0", "--", start(0, true), 0xf0),
  immediate("start1", "--", start(1, true), 0xf1),
  immediate("start2", "--", start(2, true), 0xf2),
  immediate("start4", "--", start(4, true), 0xf3),
  immediate("version1", "--", start(1, false), 0xfd),
  immediate("offset16", "--", (f) => void (f.fcode.current.hasWideOffsets = true), 0xcc),
  immediate(
    "4-byte-id",
    "--",
    (f) => {
      f.fcode.byte()
      f.fcode.word()
    },
    0xfe,
  ),
  word(
    "ferror",
    "--",
    () => {
      throw new ForthError(THROW.BAD_FCODE, "FCode executed ferror")
    },
    0xfc,
  ),
  word("suspend-fcode", "--", () => undefined, 0x215),
  word("set-token-table", "--", () => undefined, 0xb3),
  immediate("b(lit)", "-- n", (f) => literal(f, f.fcode.cell()), 0x10),
  immediate("b(')", "-- xt", (f) => literal(f, f.fcode.xtOf(f.fcode.number())), 0x11),
  immediate('b(")', "-- str len", string, 0x12),
  immediate("bbranch", "--", (f) => branch(f, "(branch)"), 0x13),
  immediate("b?branch", "flag --", (f) => branch(f, "(?branch)"), 0x14),
  immediate("b(loop)", "--", withOffset("loop"), 0x15),
  immediate("b(+loop)", "n --", withOffset("+loop"), 0x16),
  immediate("b(do)", "limit start --", withOffset("do"), 0x17),
  immediate("b(?do)", "limit start --", withOffset("?do"), 0x18),
  immediate("b(of)", "selector value -- selector | <nothing>", withOffset("of"), 0x1c),
  immediate("b(<mark)", "--", mark, 0xb1),
  immediate("b(>resolve)", "--", resolve, 0xb2),
  immediate("b(case)", "selector -- selector", same("case"), 0xc4),
  immediate("b(endcase)", "selector --", same("endcase"), 0xc5),
  immediate("b(endof)", "--", withOffset("endof"), 0xc6),
  immediate("new-token", "--", (f) => token(f, ""), 0xb5),
  // Headers of named-token are for debugging only; those of external-token are the methods of a package.
  immediate(
    "named-token",
    "--",
    (f) => {
      const name = tokenName(f)
      token(f, f.configuration.text("fcode-debug?") === "true" ? name : "")
    },
    0xb6,
  ),
  immediate("external-token", "--", (f) => token(f, tokenName(f)), 0xca),
  immediate(
    "b(:)",
    "--",
    defining((f, name) => f.compiler.beginDefinition(name)),
    0xb7,
  ),
  immediate("b(;)", "--", same(";"), 0xc2),
  immediate(
    "b(value)",
    "x --",
    defining((f, name) => defineCell(f, name, "value", f.stack.pop())),
    0xb8,
  ),
  immediate(
    "b(variable)",
    "--",
    defining((f, name) => defineCell(f, name, "variable", 0)),
    0xb9,
  ),
  immediate(
    "b(constant)",
    "x --",
    defining((f, name) => defineWord(f, name, "(constant)", [f.stack.pop()])),
    0xba,
  ),
  immediate(
    "b(create)",
    "--",
    defining((f, name) => defineWord(f, name, "(create)", [])),
    0xbb,
  ),
  immediate(
    "b(defer)",
    "--",
    defining((f, name) => defineCell(f, name, "defer", f.xt("(undefined-defer)"))),
    0xbc,
  ),
  immediate("b(buffer:)", "len --", defining(defineBuffer), 0xbd),
  immediate("b(field)", "offset size -- offset+size", defining(field), 0xbe),
  immediate("b(to)", "x --", to, 0xc3),
  word("get-token", "fcode# -- xt immediate?", getToken, 0xda),
  word("set-token", "xt immediate? fcode# --", setToken, 0xdb),
]
