// Control structures (IEEE 1275-1994, section 7.3.8). Outside of a definition they are compiled aside and executed.

import { MARK } from "../compiler.ts"
import type { Forth } from "../forth.ts"
import { compileOnly, hidden, immediate, type WordDefinition, word } from "../word.ts"

/** A branch that is not taken skips the cell with its destination. */
function branchIf(f: Forth, taken: boolean): void {
  const destination = f.inline()
  if (taken) f.ip = destination >>> 0
}

// A loop keeps three cells on the return stack: where `leave` goes, the limit, the index.

function enterLoop(f: Forth, mayBeEmpty: boolean): void {
  const end = f.inline()
  const index = f.stack.pop()
  const limit = f.stack.pop()
  if (mayBeEmpty && index === limit) {
    f.ip = end >>> 0
    return
  }
  f.returns.push(end)
  f.returns.push(limit)
  f.returns.push(index)
}

function unloop(f: Forth): number {
  f.returns.peek(2)
  f.returns.depth -= 2
  return f.returns.pop()
}

/** The loop ends when the index crosses the border between limit - 1 and limit, from either side. */
function advance(f: Forth, step: number): void {
  const destination = f.inline()
  const before = (f.returns.peek(0) - f.returns.peek(1)) | 0
  const after = before + step
  const crossed = step >= 0 ? before < 0 && after >= 0 : before >= 0 && after < 0
  if (crossed) {
    unloop(f)
    return
  }
  f.returns.poke(0, f.returns.peek(0) + step)
  f.ip = destination >>> 0
}

function openLoop(f: Forth, word: string): void {
  f.compiler.openStructure()
  const origin = f.compiler.forward(word)
  f.compiler.push(MARK.origin, origin)
  f.compiler.push(MARK.destination, f.memory.here)
}

function closeLoop(f: Forth, word: string): void {
  f.compiler.backward(word, f.compiler.pop(MARK.destination))
  f.compiler.resolve(f.compiler.pop(MARK.origin))
  f.compiler.closeStructure()
}

function openIf(f: Forth): void {
  f.compiler.openStructure()
  f.compiler.push(MARK.origin, f.compiler.forward("(?branch)"))
}

/** Compiles `else`: the branch before it leads behind it. */
function turnElse(f: Forth): void {
  const origin = f.compiler.pop(MARK.origin)
  f.compiler.push(MARK.origin, f.compiler.forward("(branch)"))
  f.compiler.resolve(origin)
}

function closeIf(f: Forth): void {
  f.compiler.resolve(f.compiler.pop(MARK.origin))
  f.compiler.closeStructure()
}

function openBegin(f: Forth): void {
  f.compiler.openStructure()
  f.compiler.push(MARK.destination, f.memory.here)
}

function closeBegin(f: Forth, branch: string): void {
  f.compiler.backward(branch, f.compiler.pop(MARK.destination))
  f.compiler.closeStructure()
}

/** `while` puts its own branch below the destination of `begin`. */
function exitWhile(f: Forth): void {
  const destination = f.compiler.pop(MARK.destination)
  f.compiler.openStructure()
  f.compiler.push(MARK.origin, f.compiler.forward("(?branch)"))
  f.compiler.push(MARK.destination, destination)
}

function openCase(f: Forth): void {
  f.compiler.openStructure()
  f.compiler.push(MARK.case, 0)
}

/** `endof` branches to `endcase`; the branches are counted above the mark of `case`. */
function closeOf(f: Forth): void {
  const origin = f.compiler.pop(MARK.origin)
  const count = f.compiler.pop(MARK.case)
  f.stack.push(f.compiler.forward("(branch)"))
  f.compiler.push(MARK.case, count + 1)
  f.compiler.resolve(origin)
}

function closeCase(f: Forth): void {
  f.compiler.compile("drop")
  for (let count = f.compiler.pop(MARK.case); count > 0; count--) f.compiler.resolve(f.stack.pop())
  f.compiler.closeStructure()
}

/** Words of control. */
export const control: readonly WordDefinition[] = [
  word("exit", "-- ( R: ip -- )", (f) => f.exit(), 0x33),
  hidden("(branch)", "--", (f) => branchIf(f, true)),
  hidden("(?branch)", "flag --", (f) => branchIf(f, f.stack.pop() === 0)),
  immediate("if", "flag --", openIf),
  compileOnly("else", "--", turnElse),
  compileOnly("then", "--", closeIf),
  immediate("begin", "--", openBegin),
  compileOnly("until", "flag --", (f) => closeBegin(f, "(?branch)")),
  compileOnly("again", "--", (f) => closeBegin(f, "(branch)")),
  compileOnly("while", "flag --", exitWhile),
  compileOnly("repeat", "--", (f) => {
    closeBegin(f, "(branch)")
    closeIf(f)
  }),
  hidden("(do)", "limit start --", (f) => enterLoop(f, false)),
  hidden("(?do)", "limit start --", (f) => enterLoop(f, true)),
  hidden("(loop)", "--", (f) => advance(f, 1)),
  hidden("(+loop)", "n --", (f) => advance(f, f.stack.pop())),
  immediate("do", "limit start --", (f) => openLoop(f, "(do)")),
  immediate("?do", "limit start --", (f) => openLoop(f, "(?do)")),
  compileOnly("loop", "--", (f) => closeLoop(f, "(loop)")),
  compileOnly("+loop", "n --", (f) => closeLoop(f, "(+loop)")),
  word("i", "-- index", (f) => f.stack.push(f.returns.peek(0)), 0x19),
  word("j", "-- index", (f) => f.stack.push(f.returns.peek(3)), 0x1a),
  word("unloop", "--", (f) => void unloop(f), 0x89),
  word("leave", "--", (f) => void (f.ip = unloop(f) >>> 0), 0x1b),
  word("?leave", "flag --", (f) => {
    if (f.stack.pop() !== 0) f.ip = unloop(f) >>> 0
  }),
  hidden("(of)", "selector value -- selector | <nothing>", (f) => {
    const value = f.stack.pop()
    const matches = f.stack.peek(0) === value
    if (matches) f.stack.pop()
    branchIf(f, !matches)
  }),
  immediate("case", "selector -- selector", openCase),
  compileOnly("of", "selector value -- selector | <nothing>", (f) => {
    f.compiler.push(MARK.origin, f.compiler.forward("(of)"))
  }),
  compileOnly("endof", "--", closeOf),
  compileOnly("endcase", "selector --", closeCase),
  hidden("(temporary-done)", "--", (f) => f.compiler.dropTemporaries(f.returns.depth - 1)),
]
