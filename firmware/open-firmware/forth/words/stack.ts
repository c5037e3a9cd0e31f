// Words that move cells on the data stack and the return stack (IEEE 1275-1994, section 7.3.2).

import type { Forth } from "../forth.ts"
import { type WordDefinition, word } from "../word.ts"

/** Copies the cells `from` below the top, each counted as the stack grows. */
const copies =
  (...from: readonly number[]) =>
  (f: Forth) => {
    for (const n of from) f.stack.push(f.stack.peek(n))
  }

/** Takes cells out from below and pushes them on top. */
const rolls =
  (...from: readonly number[]) =>
  (f: Forth) => {
    for (const n of from) f.stack.push(f.stack.take(n))
  }

const drops = (count: number) => (f: Forth) => {
  f.stack.peek(count - 1)
  f.stack.depth -= count
}

/** Moves the two topmost cells of one stack to the other, in the same order. */
const movesTwo = (from: "stack" | "returns", to: "stack" | "returns") => (f: Forth) => {
  const top = f[from].pop()
  const below = f[from].pop()
  f[to].push(below)
  f[to].push(top)
}

/** Words of the stacks. */
export const stackWords: readonly WordDefinition[] = [
  word("dup", "x -- x x", copies(0), 0x47),
  word("2dup", "x1 x2 -- x1 x2 x1 x2", copies(1, 1), 0x53),
  word("3dup", "x1 x2 x3 -- x1 x2 x3 x1 x2 x3", copies(2, 2, 2)),
  word(
    "?dup",
    "x -- 0 | x x",
    (f) => {
      const x = f.stack.peek(0)
      if (x !== 0) f.stack.push(x)
    },
    0x50,
  ),
  word("over", "x1 x2 -- x1 x2 x1", copies(1), 0x48),
  word("2over", "x1 x2 x3 x4 -- x1 x2 x3 x4 x1 x2", copies(3, 3), 0x54),
  word("pick", "xu ... x0 u -- xu ... x0 xu", (f) => f.stack.push(f.stack.peek(f.stack.popUnsigned())), 0x4e),
  word(
    "tuck",
    "x1 x2 -- x2 x1 x2",
    (f) => {
      f.stack.push(f.stack.take(1))
      f.stack.push(f.stack.peek(1))
    },
    0x4c,
  ),
  word("drop", "x --", drops(1), 0x46),
  word("2drop", "x1 x2 --", drops(2), 0x52),
  word("3drop", "x1 x2 x3 --", drops(3)),
  word("nip", "x1 x2 -- x2", (f) => void f.stack.take(1), 0x4d),
  word("clear", "... --", (f) => void (f.stack.depth = 0)),
  word("swap", "x1 x2 -- x2 x1", rolls(1), 0x49),
  word("2swap", "x1 x2 x3 x4 -- x3 x4 x1 x2", rolls(3, 3), 0x55),
  word("rot", "x1 x2 x3 -- x2 x3 x1", rolls(2), 0x4a),
  word("-rot", "x1 x2 x3 -- x3 x1 x2", rolls(2, 2), 0x4b),
  word("2rot", "x1 x2 x3 x4 x5 x6 -- x3 x4 x5 x6 x1 x2", rolls(5, 5), 0x56),
  word("roll", "xu ... x0 u -- xu-1 ... x0 xu", (f) => f.stack.push(f.stack.take(f.stack.popUnsigned())), 0x4f),
  word("depth", "-- u", (f) => f.stack.push(f.stack.depth), 0x51),
  word(">r", "x -- ( R: -- x )", (f) => f.returns.push(f.stack.pop()), 0x30),
  word("r>", "-- x ( R: x -- )", (f) => f.stack.push(f.returns.pop()), 0x31),
  word("r@", "-- x ( R: x -- x )", (f) => f.stack.push(f.returns.peek(0)), 0x32),
  word("2>r", "x1 x2 -- ( R: -- x1 x2 )", movesTwo("stack", "returns")),
  word("2r>", "-- x1 x2 ( R: x1 x2 -- )", movesTwo("returns", "stack")),
  word("2r@", "-- x1 x2 ( R: x1 x2 -- x1 x2 )", (f) => {
    f.stack.push(f.returns.peek(1))
    f.stack.push(f.returns.peek(0))
  }),
  word("noop", "--", () => undefined, 0x7b),
]
