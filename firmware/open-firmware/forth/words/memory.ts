// Memory access, blocks of memory, address arithmetic (IEEE 1275-1994, sections 7.3.3.2 and 7.3.5).

import { CELL } from "../data-space.ts"
import { ForthError, hexAddress, THROW } from "../errors.ts"
import type { Forth } from "../forth.ts"
import { constant, type WordDefinition, word } from "../word.ts"
import { popText } from "./text.ts"

/** Bytes that one step moves. */
const STEP = 512
const LINE = 16

const signExtend16 = (value: number) => (value << 16) >> 16

const fetchByte = (f: Forth) => f.stack.push(f.memory.byte(f.stack.pop()))
const fetchWord = (f: Forth) => f.stack.push(f.memory.word(f.stack.pop()))
const fetchCell = (f: Forth) => f.stack.push(f.memory.cell(f.stack.pop()))

const storing = (store: (f: Forth, address: number, value: number) => void) => (f: Forth) => {
  const address = f.stack.pop()
  store(f, address, f.stack.pop())
}
const storeByte = storing((f, at, value) => f.memory.setByte(at, value))
const storeWord = storing((f, at, value) => f.memory.setWord(at, value))
const storeCell = storing((f, at, value) => f.memory.setCell(at, value))

const pad2 = (byte: number) => byte.toString(16).padStart(2, "0")

/** A step of work on `length` bytes: how many now, and the rest. */
function piece(length: number, step: number): number {
  return Math.min(step, length)
}

function fill(f: Forth, xt: number): void {
  const byte = f.stack.pop()
  const length = f.stack.popUnsigned()
  const address = f.stack.popUnsigned()
  const now = piece(length, STEP)
  for (let i = 0; i < now; i++) f.memory.setByte(address + i, byte)
  if (now === length) return
  for (const cell of [address + now, length - now, byte]) f.stack.push(cell)
  f.again(xt, now)
}

/** Copies from the end that is not overwritten before it is read. */
function move(f: Forth, xt: number): void {
  const length = f.stack.popUnsigned()
  const target = f.stack.popUnsigned()
  const source = f.stack.popUnsigned()
  const now = piece(length, STEP)
  const rest = length - now
  const isBackward = source < target && target < source + length
  const from = isBackward ? rest : 0
  f.memory.setBytes(target + from, f.memory.bytes(source + from, now))
  if (rest === 0) return
  const by = isBackward ? 0 : now
  for (const cell of [source + by, target + by, rest]) f.stack.push(cell)
  f.again(xt, now)
}

/** -1, 0 or 1, as the first byte that differs is less or greater. */
function compare(f: Forth, xt: number): void {
  const length = f.stack.popUnsigned()
  const second = f.stack.popUnsigned()
  const first = f.stack.popUnsigned()
  const now = piece(length, STEP)
  for (let i = 0; i < now; i++) {
    const difference = f.memory.byte(first + i) - f.memory.byte(second + i)
    if (difference !== 0) {
      f.stack.push(Math.sign(difference))
      return
    }
  }
  if (now === length) {
    f.stack.push(0)
    return
  }
  for (const cell of [first + now, second + now, length - now]) f.stack.push(cell)
  f.again(xt, now)
}

/** Shows a line of memory: address, bytes, characters. */
function dump(f: Forth, xt: number): void {
  const length = f.stack.popUnsigned()
  const address = f.stack.popUnsigned()
  if (length === 0) return
  const now = piece(length, LINE - (address % LINE))
  const bytes = [...f.memory.bytes(address, now)]
  const lead = address % LINE
  const columns = Array.from({ length: LINE }, (_, i) => {
    const byte = i < lead ? undefined : bytes[i - lead]
    return byte === undefined ? "  " : pad2(byte)
  })
  const chars = bytes.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".")).join("")
  f.terminal.line(`${hexAddress(address - lead)}  ${columns.join(" ")}  ${" ".repeat(lead)}${chars}`)
  f.stack.push(address + now)
  f.stack.push(length - now)
  f.again(xt, now)
}

const flip16 = (x: number) => ((x & 0xff) << 8) | ((x >>> 8) & 0xff)
const flip32 = (x: number) => (flip16(x) << 16) | flip16(x >>> 16)
const swapHalves = (x: number) => (x << 16) | (x >>> 16)

const changing = (change: (x: number) => number) => (f: Forth) => f.stack.push(change(f.stack.pop()))

/** Flips each unit of a range of memory. */
const flipRange = (bytes: 2 | 4, flip: (x: number) => number) => (f: Forth, xt: number) => {
  const length = f.stack.popUnsigned()
  const address = f.stack.popUnsigned()
  const now = piece(length, STEP)
  for (let i = 0; i + bytes <= now; i += bytes) {
    if (bytes === 2) f.memory.setWord(address + i, flip(f.memory.word(address + i)))
    else f.memory.setCell(address + i, flip(f.memory.cell(address + i)))
  }
  if (now === length) return
  f.stack.push(address + now)
  f.stack.push(length - now)
  f.again(xt, now)
}

/** Splits a number into `count` parts, the lowest first. */
const split = (count: number, bits: number) => (f: Forth) => {
  const value = f.stack.pop()
  for (let i = 0; i < count; i++) f.stack.push((value >>> (bits * i)) & (2 ** bits - 1))
}

/** Joins `count` parts, the highest on top. */
const join = (count: number, bits: number) => (f: Forth) => {
  let value = 0
  for (let i = 0; i < count; i++) value = (value << bits) | (f.stack.pop() & (2 ** bits - 1))
  f.stack.push(value)
}

/**
 * An access that tells whether something answered. It is made once only, since registers may change when they are read.
 * `cells` is what it takes off the stack.
 */
const probing = (cells: number, access: (f: Forth) => void) => (f: Forth) => {
  const depth = f.stack.depth - cells
  try {
    access(f)
    f.stack.push(-1)
  } catch (error) {
    if (!(error instanceof ForthError) || error.code !== THROW.BAD_ADDRESS) throw error
    f.stack.depth = depth
    f.stack.push(0)
  }
}

/** Sizes of memory units with the words that scale and add them. */
const units: readonly WordDefinition[] = (
  [
    ["c", 1, 0x5a, 0x5e, 0x62, 0x66],
    ["w", 2, 0x5b, 0x5f, 0x63, 0x67],
    ["l", 4, 0x5c, 0x60, 0x64, 0x68],
    ["n", CELL, 0x5d, 0x61, 0x65, 0x69],
  ] as const
).flatMap(([unit, size, sizeCode, indexCode, nextCode, scaleCode]) => [
  constant(`/${unit}`, size, sizeCode),
  word(
    `${unit}a+`,
    "addr1 index -- addr2",
    (f) => {
      const index = f.stack.pop()
      f.stack.push(f.stack.pop() + Math.imul(index, size))
    },
    indexCode,
  ),
  word(
    `${unit}a1+`,
    "addr1 -- addr2",
    changing((x) => x + size),
    nextCode,
  ),
  word(
    `/${unit}*`,
    "nu1 -- nu2",
    changing((x) => Math.imul(x, size)),
    scaleCode,
  ),
])

/** Words of memory. */
export const memory: readonly WordDefinition[] = [
  ...units,
  word(
    "char+",
    "addr1 -- addr2",
    changing((x) => x + 1),
  ),
  word(
    "cell+",
    "addr1 -- addr2",
    changing((x) => x + CELL),
  ),
  word(
    "chars",
    "nu1 -- nu2",
    changing((x) => x),
  ),
  word(
    "cells",
    "nu1 -- nu2",
    changing((x) => x * CELL),
  ),
  word("cell", "-- n", (f) => f.stack.push(CELL)),
  word(
    "aligned",
    "n1 -- n2",
    changing((x) => (x + CELL - 1) & -CELL),
    0xae,
  ),
  word("@", "a-addr -- x", fetchCell, 0x6d),
  word("l@", "qaddr -- quad", fetchCell, 0x6e),
  word("w@", "waddr -- w", fetchWord, 0x6f),
  word("<w@", "waddr -- n", (f) => f.stack.push(signExtend16(f.memory.word(f.stack.pop()))), 0x70),
  word("c@", "addr -- byte", fetchByte, 0x71),
  word("!", "x a-addr --", storeCell, 0x72),
  word("l!", "quad qaddr --", storeCell, 0x73),
  word("w!", "w waddr --", storeWord, 0x74),
  word("c!", "byte addr --", storeByte, 0x75),
  word("unaligned-@", "addr -- x", fetchCell),
  word("unaligned-l@", "addr -- quad", fetchCell),
  word("unaligned-w@", "addr -- w", fetchWord),
  word("unaligned-!", "x addr --", storeCell),
  word("unaligned-l!", "quad addr --", storeCell),
  word("unaligned-w!", "w addr --", storeWord),
  word(
    "2@",
    "a-addr -- x1 x2",
    (f) => {
      const address = f.stack.pop()
      f.stack.push(f.memory.cell(address + CELL))
      f.stack.push(f.memory.cell(address))
    },
    0x76,
  ),
  word(
    "2!",
    "x1 x2 a-addr --",
    (f) => {
      const address = f.stack.pop()
      f.memory.setCell(address, f.stack.pop())
      f.memory.setCell(address + CELL, f.stack.pop())
    },
    0x77,
  ),
  word(
    "+!",
    "nu a-addr --",
    storing((f, at, value) => f.memory.setCell(at, f.memory.cell(at) + value)),
    0x6c,
  ),
  word("on", "a-addr --", (f) => f.memory.setCell(f.stack.pop(), -1), 0x6a),
  word("off", "a-addr --", (f) => f.memory.setCell(f.stack.pop(), 0), 0x6b),
  word("fill", "addr len byte --", fill, 0x79),
  word("erase", "addr len --", (f) => {
    f.stack.push(0)
    f.execute(f.xt("fill"))
  }),
  word("blank", "addr len --", (f) => {
    f.stack.push(0x20)
    f.execute(f.xt("fill"))
  }),
  word("move", "src-addr dest-addr len --", move, 0x78),
  word("comp", "addr1 addr2 len -- n", compare, 0x7a),
  word("$=", "str1 len1 str2 len2 -- equal?", (f) => {
    const second = popText(f)
    f.stack.push(popText(f) === second ? -1 : 0)
  }),
  word("dump", "addr len --", dump),
  word(
    "alloc-mem",
    "len -- a-addr",
    (f) => {
      const address = f.memory.heap.allocate(f.stack.popUnsigned())
      if (address === undefined) throw new ForthError(THROW.DICTIONARY_FULL)
      f.stack.push(address)
    },
    0x8b,
  ),
  word(
    "free-mem",
    "a-addr len --",
    (f) => {
      f.stack.pop()
      f.memory.heap.release(f.stack.popUnsigned())
    },
    0x8c,
  ),
  word("cpeek", "addr -- false | byte true", probing(1, fetchByte), 0x220),
  word("wpeek", "waddr -- false | w true", probing(1, fetchWord), 0x221),
  word("lpeek", "qaddr -- false | quad true", probing(1, fetchCell), 0x222),
  word("cpoke", "byte addr -- okay?", probing(2, storeByte), 0x223),
  word("wpoke", "w waddr -- okay?", probing(2, storeWord), 0x224),
  word("lpoke", "quad qaddr -- okay?", probing(2, storeCell), 0x225),
  word("rb@", "addr -- byte", fetchByte, 0x230),
  word("rb!", "byte addr --", storeByte, 0x231),
  word("rw@", "waddr -- w", fetchWord, 0x232),
  word("rw!", "w waddr --", storeWord, 0x233),
  word("rl@", "qaddr -- quad", fetchCell, 0x234),
  word("rl!", "quad qaddr --", storeCell, 0x235),
  word("wbflip", "w1 -- w2", changing(flip16), 0x80),
  word("lbflip", "quad1 -- quad2", changing(flip32), 0x227),
  word("lwflip", "quad1 -- quad2", changing(swapHalves), 0x226),
  word("wbflips", "waddr len --", flipRange(2, flip16), 0x236),
  word("lbflips", "qaddr len --", flipRange(4, flip32), 0x228),
  word("lwflips", "qaddr len --", flipRange(4, swapHalves), 0x237),
  word("wbsplit", "w -- b1.lo b2.hi", split(2, 8), 0xaf),
  word("lbsplit", "quad -- b.lo b2 b3 b4.hi", split(4, 8), 0x7e),
  word("lwsplit", "quad -- w1.lo w2.hi", split(2, 16), 0x7c),
  word("bwjoin", "b.lo b.hi -- w", join(2, 8), 0xb0),
  word("bljoin", "b.lo b2 b3 b.hi -- quad", join(4, 8), 0x7f),
  word("wljoin", "w.lo w.hi -- quad", join(2, 16), 0x7d),
]
