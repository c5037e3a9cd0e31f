// Words for drivers in FCode or source text: mapping, parsing, odds and ends (IEEE 1275-1994, section 5.3.7).

import { ForthError, THROW } from "../errors.ts"
import type { Forth } from "../forth.ts"
import { colon, constant, immediate, type WordDefinition, word } from "../word.ts"
import { popText } from "./text.ts"

/** Version 3 of FCode, as IEEE 1275 defines it. */
const FCODE_REVISION = 0x3_0000

/** Two hexadecimal numbers with a comma between: the left one is the high one. */
function parseTwo(f: Forth): void {
  const [high = "", low = ""] = popText(f).split(",")
  const numbers = [low, high].map((text) => Number.parseInt(text || "0", 16) | 0)
  for (const number of numbers) f.stack.push(number)
}

/** A user's word that executes a token. */
function userWord(f: Forth): void {
  const xt = f.stack.popUnsigned()
  const { dictionary, compiler, memory } = f
  const { active } = dictionary
  const name = popText(f)
  dictionary.active = 0
  try {
    compiler.header(name, "(alias)")
    memory.comma(xt)
  } finally {
    dictionary.active = active
  }
}

/** Words for drivers. */
export const driverSupport: readonly WordDefinition[] = [
  constant("fcode-revision", FCODE_REVISION, 0x87),
  word("parse-2int", "str len -- val.lo val.hi", parseTwo, 0x11b),
  colon("dma-alloc", "size -- virt", '" dma-alloc" $call-parent', 0x101),
  colon("map-low", "phys.lo ... size -- virt", 'my-space swap " map-in" $call-parent', 0x130),
  colon("free-virtual", "virt size --", '" address" delete-property " map-out" $call-parent', 0x105),
  word("display-status", "n --", (f) => void f.stack.pop(), 0x121),
  colon("memory-test-suite", "addr len -- fail?", "2drop false", 0x122),
  word("mask", "-- a-addr", (f) => f.stack.push(f.memory.slotAddress("mask")), 0x124),
  colon("mac-address", "-- mac-str mac-len", '" local-mac-address" get-inherited-property if 0 0 then', 0x1a4),
  word("(is-user-word)", "name-str name-len xt --", userWord, 0x214),
  colon("user-abort", "??? --", "abort", 0x219),
  word(
    "interpose",
    "arg-str arg-len phandle --",
    () => {
      throw new ForthError(THROW.UNSUPPORTED, "Packages cannot be interposed")
    },
    0x12b,
  ),
  // All words have headers.
  immediate("headers", "--", () => undefined),
  immediate("headerless", "--", () => undefined),
  immediate("external", "--", () => undefined),
]
