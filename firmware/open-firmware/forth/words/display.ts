// Display drivers: the frame buffer of 8 bits a pixel, and text on it (IEEE 1275-1994, sections 5.3.6.6 and 5.3.6.7).

import { ForthError, THROW } from "../errors.ts"
import type { Forth } from "../forth.ts"
import { colon, deferred, hidden, value, type WordDefinition, word } from "../word.ts"

/** Pixels of a glyph's side: a font beyond that is no font. */
const MOST_GLYPH = 64

const read = (f: Forth, name: string) => f.memory.cell(f.xt(name) + 4)

function glyphAddress(f: Forth): void {
  const char = f.stack.pop() & 0xff
  const index = char - read(f, "font-first")
  const known = index >= 0 && index < read(f, "font-glyphs") ? index : 0
  const bytesPerLine = (read(f, "char-width") + 7) >>> 3
  f.stack.push(read(f, "font-base") + known * bytesPerLine * read(f, "char-height"))
}

/** Where the character under the cursor starts in the frame buffer. */
function cellAddress(f: Forth): number {
  const y = read(f, "window-top") + read(f, "line#") * read(f, "char-height")
  const x = read(f, "window-left") + read(f, "column#") * read(f, "char-width")
  return read(f, "frame-buffer-adr") + y * read(f, "screen-width") + x
}

/** Changes the pixels of the character cell under the cursor. */
function eachPixel(f: Forth, pixel: (x: number, y: number, address: number) => number): void {
  const width = Math.min(MOST_GLYPH, Math.max(0, read(f, "char-width")))
  const height = Math.min(MOST_GLYPH, Math.max(0, read(f, "char-height")))
  const start = cellAddress(f)
  const pitch = read(f, "screen-width")
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const address = start + y * pitch + x
      f.memory.setByte(address, pixel(x, y, address))
    }
  }
}

function drawCharacter(f: Forth): void {
  glyphAddress(f)
  const glyph = f.stack.popUnsigned()
  const hasGlyphs = read(f, "font-glyphs") > 0
  const bytesPerLine = (read(f, "char-width") + 7) >>> 3
  const isInverse = read(f, "inverse?") !== 0
  const [ink, paper] = isInverse ? ["background-color", "foreground-color"] : ["foreground-color", "background-color"]
  const colours = [read(f, paper), read(f, ink)] as const
  eachPixel(f, (x, y) => {
    const bits = hasGlyphs ? f.memory.byte(glyph + y * bytesPerLine + (x >>> 3)) : 0
    return colours[bits & (0x80 >>> (x & 7)) ? 1 : 0]
  })
}

const toggleCursor = (f: Forth) => eachPixel(f, (_, __, address) => f.memory.byte(address) ^ 0xff)

/** Defines a method of the active package that executes a word. */
function makeMethod(f: Forth, name: string, body: readonly number[]): void {
  if (f.dictionary.active === 0) throw new ForthError(THROW.UNSUPPORTED, "No package is active")
  f.compiler.header(name, "(colon)")
  for (const cell of [...body, f.xt("exit")]) f.memory.comma(cell)
}

function install(f: Forth): void {
  const xt = f.stack.popUnsigned()
  makeMethod(f, "open", [xt, f.xt("true")])
  makeMethod(f, "write", [f.xt("(screen-write)")])
  makeMethod(f, "draw-logo", [f.xt("draw-logo")])
  makeMethod(f, "restore", [f.xt("reset-screen")])
}

const unsupported = (name: string) =>
  word(name, "??? -- ???", () => {
    throw new ForthError(THROW.UNSUPPORTED, `${name}: displays of one bit a pixel are not supported`)
  })

/** What a driver may replace, with its place in the table of FCode numbers. */
const OPERATIONS: readonly (readonly [name: string, stack: string])[] = [
  ["draw-character", "char --"],
  ["reset-screen", "--"],
  ["toggle-cursor", "--"],
  ["erase-screen", "--"],
  ["blink-screen", "--"],
  ["invert-screen", "--"],
  ["insert-characters", "n --"],
  ["delete-characters", "n --"],
  ["insert-lines", "n --"],
  ["delete-lines", "n --"],
  ["draw-logo", "line# addr width height --"],
]

const operations = OPERATIONS.flatMap(([name, stack], i) => [
  deferred(name, stack, `fb8-${name}`, 0x157 + i),
  { ...unsupported(`fb1-${name}`), fcode: 0x170 + i },
])

/** Pixels of a line of text, and of the part of it behind the cursor. */
const LINE_PIXELS = "char-height screen-width *"
const WINDOW = `frame-buffer-adr window-top screen-width * + line# ${LINE_PIXELS} * +`
const BELOW = `#lines line# - ${LINE_PIXELS} *`

const frameBuffer: readonly WordDefinition[] = [
  word("fb8-draw-character", "char --", drawCharacter, 0x180),
  colon("fb8-reset-screen", "--", "noop", 0x181),
  word("fb8-toggle-cursor", "--", toggleCursor, 0x182),
  colon("fb8-erase-screen", "--", "frame-buffer-adr screen-height screen-width * background-color fill", 0x183),
  colon(
    "fb8-invert-screen",
    "--",
    "frame-buffer-adr screen-height screen-width * bounds ?do i c@ ff xor i c! loop",
    0x185,
  ),
  colon("fb8-blink-screen", "--", "fb8-invert-screen fb8-invert-screen", 0x184),
  colon(
    "fb8-insert-characters",
    "n --",
    `char-width * #columns column# - char-width * min
     char-height 0 ?do (cell-adr) i screen-width * +
     2dup over + #columns column# - char-width * 3 pick - move
     over background-color fill loop drop`,
    0x186,
  ),
  colon(
    "fb8-delete-characters",
    "n --",
    `char-width * #columns column# - char-width * min
     char-height 0 ?do (cell-adr) i screen-width * +
     2dup + over #columns column# - char-width * 3 pick - move
     #columns column# - char-width * + over - over background-color fill loop drop`,
    0x187,
  ),
  colon(
    "fb8-insert-lines",
    "n --",
    `#lines line# - min ${LINE_PIXELS} * >r
     ${WINDOW} dup r@ + ${BELOW} r@ - move ${WINDOW} r> background-color fill`,
    0x188,
  ),
  colon(
    "fb8-delete-lines",
    "n --",
    `#lines line# - min ${LINE_PIXELS} * >r
     ${WINDOW} dup r@ + swap ${BELOW} r@ - move ${WINDOW} ${BELOW} + r@ - r> background-color fill`,
    0x189,
  ),
  colon("fb8-draw-logo", "line# addr width height --", "2drop 2drop", 0x18a),
  colon(
    "fb8-install",
    "width height #columns #lines --",
    `to #lines to #columns to screen-height to screen-width
     screen-height #lines char-height * - 2/ 0 max to window-top
     screen-width #columns char-width * - 2/ 0 max to window-left
     0 to line# 0 to column# ${OPERATIONS.map(([name]) => `['] fb8-${name} to ${name}`).join(" ")}`,
    0x18b,
  ),
]

/** Words of displays. */
export const display: readonly WordDefinition[] = [
  value("#lines", 24, 0x150),
  value("#columns", 80, 0x151),
  value("line#", 0, 0x152),
  value("column#", 0, 0x153),
  value("inverse?", 0, 0x154),
  value("inverse-screen?", 0, 0x155),
  value("frame-buffer-adr", 0, 0x162),
  value("screen-height", 0, 0x163),
  value("screen-width", 0, 0x164),
  value("window-top", 0, 0x165),
  value("window-left", 0, 0x166),
  value("char-height", 16, 0x16c),
  value("char-width", 8, 0x16d),
  value("fontbytes", 1, 0x16f),
  value("font-base", 0),
  value("font-first", 0x20),
  value("font-glyphs", 0),
  value("foreground-color", 0),
  value("background-color", 0xff),
  ...frameBuffer,
  ...operations,
  { ...unsupported("fb1-install"), fcode: 0x17b },
  { ...unsupported("fb1-slide-up"), fcode: 0x17c },
  // There is no font here: characters are blank until a driver or the user sets one.
  colon("default-font", "-- addr width height advance min-char #glyphs", "0 8 10 1 20 0", 0x16a),
  colon(
    "set-font",
    "addr width height advance min-char #glyphs --",
    "to font-glyphs to font-first to fontbytes to char-height to char-width to font-base",
    0x16b,
  ),
  word(">font", "char -- addr", glyphAddress, 0x16e),
  hidden("(cell-adr)", "-- addr", (f) => f.stack.push(cellAddress(f))),
  colon(
    "(new-line)",
    "--",
    "line# 1+ dup #lines < if to line# else drop line# 0 to line# 1 delete-lines to line# then",
  ),
  colon(
    "(screen-emit)",
    "char --",
    `case
       0d of 0 to column# endof
       0a of (new-line) endof
       8 of column# 1- 0 max to column# endof
       7 of blink-screen endof
       column# #columns >= if 0 to column# (new-line) then
       dup draw-character column# 1+ to column#
     endcase`,
  ),
  colon("(screen-write)", "addr len -- actual", "tuck bounds ?do i c@ (screen-emit) loop"),
  word("is-install", "xt --", install, 0x11c),
  word("is-remove", "xt --", (f) => makeMethod(f, "close", [f.stack.popUnsigned()]), 0x11d),
  word("is-selftest", "xt --", (f) => makeMethod(f, "selftest", [f.stack.popUnsigned()]), 0x11e),
]
