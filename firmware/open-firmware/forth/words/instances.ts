// Opening packages and calling their methods (IEEE 1275-1994, sections 5.3.4.1 and 7.4.5).

import { ForthError, THROW } from "../errors.ts"
import type { Forth } from "../forth.ts"
import { colon, hidden, type WordDefinition, word } from "../word.ts"
import { popText, pushRange } from "./text.ts"

/** The last `count` instances of a chain, the outermost first. */
function chain(f: Forth, leaf: number, count: number): number[] {
  const chained: number[] = []
  for (let at = leaf; at !== 0 && chained.length < count; at = f.packages.instance(at).parent) chained.unshift(at)
  return chained
}

/** Calls a method of an instance without arguments, then a hidden word. Without such a method, only the hidden word. */
function callWithin(f: Forth, ihandle: number, method: string, then: string, absent: number, saved: readonly number[]) {
  const header = f.packages.method(f.packages.instance(ihandle).node, method)
  const outer = f.mySelf
  f.mySelf = ihandle
  if (header) f.stack.push(header.xt)
  else {
    f.stack.push(absent)
    f.stack.push(f.xt("noop"))
  }
  f.call(f.xt("catch"), then, ...saved, outer)
}

/** Opens the instances of a chain, from the outermost on. Leaves the ihandle of the last, or 0 if one refuses. */
function openNext(f: Forth, leaf: number, count: number, opened: number): void {
  if (opened === count) {
    f.stack.push(leaf)
    return
  }
  const ihandle = chain(f, leaf, count)[opened]
  if (ihandle === undefined) throw new ForthError(THROW.OUT_OF_RANGE)
  // A package without an open method is open.
  callWithin(f, ihandle, "open", "(opened)", -1, [leaf, count, opened])
}

function afterOpen(f: Forth): void {
  f.mySelf = f.returns.pop()
  const opened = f.returns.pop()
  const count = f.returns.pop()
  const leaf = f.returns.pop()
  const error = f.stack.pop()
  if (error !== 0) f.terminal.line(f.caught.message)
  const isOpen = error === 0 && f.stack.pop() !== 0
  if (isOpen) {
    openNext(f, leaf, count, opened + 1)
    return
  }
  // What was not opened is not closed either.
  const failed = chain(f, leaf, count).slice(opened)
  const parent = f.packages.instance(failed[0]!).parent
  for (const ihandle of failed.reverse()) f.packages.dispose(ihandle)
  closeNext(f, parent, opened, 0)
}

/** Closes instances from the innermost on, then pushes a result, unless it is 1: then there is none. */
function closeNext(f: Forth, leaf: number, count: number, result: number): void {
  if (leaf === 0 || count === 0) {
    if (result !== NO_RESULT) f.stack.push(result)
    return
  }
  callWithin(f, leaf, "close", "(closed)", 0, [leaf, count, result, f.stack.depth])
}

const NO_RESULT = 1

function afterClose(f: Forth): void {
  f.mySelf = f.returns.pop()
  const depth = f.returns.pop()
  const result = f.returns.pop()
  const count = f.returns.pop()
  const leaf = f.returns.pop()
  // A close method leaves nothing; what it left all the same, the error code included, is dropped.
  if (f.stack.depth > depth) f.stack.depth = depth
  const { parent } = f.packages.instance(leaf)
  f.packages.dispose(leaf)
  closeNext(f, parent, count - 1, result)
}

/** Makes instances of a node and its parents, and opens them. */
function openPath(f: Forth, path: string): void {
  const target = f.tree.find(path)
  if (!target) {
    f.stack.push(0)
    return
  }
  const nodes = f.packages.lineage(target.node)
  let parent = 0
  for (const node of nodes) {
    const ihandle = f.packages.instantiate(node, parent, target.argsOf(node))
    if (ihandle === 0) {
      for (let at = parent; at !== 0; ) {
        const next = f.packages.instance(at).parent
        f.packages.dispose(at)
        at = next
      }
      f.stack.push(0)
      return
    }
    parent = ihandle
  }
  openNext(f, parent, nodes.length, 0)
}

function openPackage(f: Forth, node: number, args: string): void {
  const ihandle = f.packages.instantiate(node, f.mySelf, args)
  if (ihandle === 0) f.stack.push(0)
  else openNext(f, ihandle, 1, 0)
}

/** Calls a token within an instance; the current instance comes back behind it. */
function callInstance(f: Forth, xt: number, ihandle: number): void {
  f.packages.instance(ihandle)
  f.call(xt, "(restore-self)", f.mySelf)
  f.mySelf = ihandle >>> 0
}

/** Calls a method by name within an instance. */
export function callMethod(f: Forth, method: string, ihandle: number): void {
  const { node } = f.packages.instance(ihandle)
  const header = f.packages.method(node, method)
  if (!header) {
    throw new ForthError(THROW.UNSUPPORTED, `${f.packages.path(node)} has no method ${method}`)
  }
  callInstance(f, header.xt, ihandle)
}

/** A package by path, or a support package by name; 0 if there is none. */
function findPackage(f: Forth, name: string): number {
  return f.tree.find(name.startsWith("/") ? name : `/packages/${name}`)?.node ?? 0
}

function pushFound(f: Forth, found: number): void {
  if (found !== 0) f.stack.push(found)
  f.stack.push(found === 0 ? 0 : -1)
}

const self = (f: Forth) => f.packages.instance(f.mySelf)

/** Unit address of the current instance, phys.hi on top. */
function unit(f: Forth): readonly number[] {
  return [...self(f).unit].reverse()
}

function pushAll(f: Forth, cells: readonly number[]): void {
  for (const cell of cells) f.stack.push(cell)
}

function pushArgs(f: Forth): void {
  const { address, length } = f.input.keepString([...self(f).args].map((char) => char.charCodeAt(0)))
  pushRange(f, address, length)
}

/** Unit address as text: hexadecimal cells with commas. */
const parseUnit = (text: string) => (text === "" ? [] : text.split(",").map((cell) => Number.parseInt(cell, 16) | 0))

function setArgs(f: Forth): void {
  const unitText = popText(f)
  f.tree.setArgs(f.mySelf, popText(f), parseUnit(unitText))
}

/** Words of instances and methods. */
export const instances: readonly WordDefinition[] = [
  hidden("(native)", "??? -- ???", (f, xt) => f.packages.callNative(xt)),
  hidden("(opened)", "opened? error --", afterOpen),
  hidden("(closed)", "error --", afterClose),
  hidden("(restore-self)", "--", (f) => void (f.mySelf = f.returns.pop() >>> 0)),
  word("my-self", "-- ihandle", (f) => f.stack.push(f.mySelf), 0x203),
  word("my-parent", "-- ihandle", (f) => f.stack.push(self(f).parent), 0x20a),
  word("my-args", "-- arg-str arg-len", pushArgs, 0x202),
  word("my-unit", "-- phys.lo ... phys.hi", (f) => pushAll(f, unit(f)), 0x20d),
  word("my-address", "-- phys.lo ...", (f) => pushAll(f, unit(f).slice(0, -1)), 0x102),
  word("my-space", "-- phys.hi", (f) => f.stack.push(unit(f).at(-1) ?? 0), 0x103),
  word("set-args", "arg-str arg-len unit-str unit-len --", setArgs, 0x23f),
  word("ihandle>phandle", "ihandle -- phandle", (f) => f.stack.push(f.packages.instance(f.stack.pop()).node), 0x20b),
  word("open-dev", "dev-str dev-len -- ihandle | 0", (f) => openPath(f, popText(f))),
  word("close-dev", "ihandle --", (f) => {
    const ihandle = f.stack.popUnsigned()
    closeNext(f, ihandle, f.packages.lineage(f.packages.instance(ihandle).node).length, NO_RESULT)
  }),
  word(
    "open-package",
    "arg-str arg-len phandle -- ihandle | 0",
    (f) => {
      const node = f.packages.node(f.stack.pop())
      openPackage(f, node, popText(f))
    },
    0x205,
  ),
  word(
    "close-package",
    "ihandle --",
    (f) => {
      const ihandle = f.stack.popUnsigned()
      f.packages.instance(ihandle)
      closeNext(f, ihandle, 1, NO_RESULT)
    },
    0x206,
  ),
  word(
    "$open-package",
    "arg-str arg-len name-str name-len -- ihandle | 0",
    (f) => {
      const node = findPackage(f, popText(f))
      const args = popText(f)
      if (node === 0) f.stack.push(0)
      else openPackage(f, node, args)
    },
    0x20f,
  ),
  word(
    "find-package",
    "name-str name-len -- false | phandle true",
    (f) => pushFound(f, findPackage(f, popText(f))),
    0x204,
  ),
  word(
    "find-method",
    "method-str method-len phandle -- false | xt true",
    (f) => {
      const node = f.packages.node(f.stack.pop())
      pushFound(f, f.packages.method(node, popText(f).toLowerCase())?.xt ?? 0)
    },
    0x207,
  ),
  word(
    "call-package",
    "??? xt ihandle -- ???",
    (f) => {
      const ihandle = f.stack.pop()
      callInstance(f, f.stack.popUnsigned(), ihandle)
    },
    0x208,
  ),
  word(
    "$call-method",
    "??? method-str method-len ihandle -- ???",
    (f) => {
      const ihandle = f.stack.pop()
      callMethod(f, popText(f).toLowerCase(), ihandle)
    },
    0x20e,
  ),
  word(
    "$call-parent",
    "??? method-str method-len -- ???",
    (f) => callMethod(f, popText(f).toLowerCase(), self(f).parent),
    0x209,
  ),
  colon(
    "execute-device-method",
    "??? dev-str dev-len cmd-str cmd-len -- ??? false | ??? true",
    `2swap open-dev dup 0= if 3drop false exit then
     >r r@ ['] $call-method catch
     if 3drop r> close-dev false else r> close-dev true then`,
  ),
  colon(
    "apply",
    '??? "method-name" "device-specifier" -- ???',
    'parse-word parse-word execute-device-method 0= abort" No such method or device"',
  ),
  colon(
    "test",
    '"device-specifier" --',
    `parse-word " selftest" execute-device-method
     if ?dup if ." Selftest failed: " . else ." Selftest passed" then
     else ." No selftest" then`,
  ),
]
