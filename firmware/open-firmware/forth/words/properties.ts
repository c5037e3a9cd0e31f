// Properties of packages: encoding, decoding, access (IEEE 1275-1994, sections 5.3.5 and 7.4.11).

import { CELL } from "../data-space.ts"
import { ForthError, THROW } from "../errors.ts"
import type { Forth } from "../forth.ts"
import { colon, type WordDefinition, word } from "../word.ts"
import { popText, pushRange } from "./text.ts"

/** Encoded values are laid down in the dictionary one after the other, so that encode+ only adds their lengths. */
function pushEncoded(f: Forth, bytes: Uint8Array): void {
  pushRange(f, f.memory.commaBytes(bytes), bytes.length)
}

function encodeInt(f: Forth): void {
  const bytes = new Uint8Array(CELL)
  new DataView(bytes.buffer).setInt32(0, f.stack.pop())
  pushEncoded(f, bytes)
}

const bytesOf = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0))

function encodePlus(f: Forth): void {
  const length2 = f.stack.pop()
  const address2 = f.stack.popUnsigned()
  const length1 = f.stack.pop()
  const address1 = f.stack.popUnsigned()
  if (address1 + length1 === address2) {
    pushRange(f, address1, length1 + length2)
    return
  }
  const both = [...f.memory.bytes(address1, length1), ...f.memory.bytes(address2, length2)]
  pushEncoded(f, Uint8Array.from(both))
}

/** Cells of a physical address below the parent of the current package. */
const addressCells = (f: Forth) => f.packages.cellCount(f.packages.current, "#address-cells")

function encodePhys(f: Forth): void {
  const bytes = new Uint8Array(addressCells(f) * CELL)
  const view = new DataView(bytes.buffer)
  // phys.hi is on top, and comes first.
  for (let at = 0; at < bytes.length; at += CELL) view.setInt32(at, f.stack.pop())
  pushEncoded(f, bytes)
}

/** Takes bytes off the front of an encoded value and leaves the rest; undefined if it is too short. */
function takeFront(f: Forth, bytes: number): number {
  const length = f.stack.pop()
  const address = f.stack.popUnsigned()
  if (bytes < 0 || bytes > length) throw new ForthError(THROW.OUT_OF_RANGE, "The property value is too short")
  pushRange(f, address + bytes, length - bytes)
  return address
}

function decodePhys(f: Forth): void {
  const count = addressCells(f)
  const address = takeFront(f, count * CELL)
  for (let i = count - 1; i >= 0; i--) f.stack.push(f.memory.cell(address + i * CELL))
}

function decodeString(f: Forth): void {
  const length = f.stack.peek(0)
  const address = f.stack.peek(1) >>> 0
  const text = f.memory.text(address, length)
  const end = text.indexOf("\0")
  takeFront(f, end < 0 ? length : end + 1)
  pushRange(f, address, end < 0 ? length : end)
}

/** Sets a property of the current package. */
export function setProperty(f: Forth, name: string, value: Uint8Array, node = f.packages.current): void {
  // Values live outside of guest memory, but their bytes are charged to it: so their amount is bounded.
  const growth = value.length + name.length - (f.tree.property(node, name)?.length ?? -1)
  f.memory.allot(Math.max(0, growth))
  f.memory.align()
  if (!f.tree.setProperty(node, name, value)) {
    throw new ForthError(THROW.DICTIONARY_FULL, `The property ${name} cannot be set`)
  }
}

/** Sets a property to a string. */
export function setText(f: Forth, name: string, text: string, node = f.packages.current): void {
  setProperty(f, name, bytesOf(`${text}\0`), node)
}

function property(f: Forth): void {
  const name = popText(f)
  const length = f.stack.pop()
  setProperty(f, name, f.memory.bytes(f.stack.popUnsigned(), length))
}

function pushProperty(f: Forth, value: Uint8Array | undefined): void {
  if (value) pushRange(f, f.packages.keepProperty(value), value.length)
  f.stack.push(value ? 0 : -1)
}

function inherited(f: Forth): void {
  const name = popText(f)
  const nodes = f.packages.lineage(f.packages.current).reverse()
  pushProperty(
    f,
    nodes.map((node) => f.tree.property(node, name)).find((value) => value !== undefined),
  )
}

function nextProperty(f: Forth): void {
  const node = f.packages.node(f.stack.pop())
  const previous = popText(f)
  const names = f.tree.propertyNames(node)
  const next = previous === "" ? names[0] : names[names.indexOf(previous) + 1]
  if (next === undefined || (previous !== "" && !names.includes(previous))) {
    f.stack.push(0)
    return
  }
  const { address, length } = f.input.keepString(bytesOf(next))
  pushRange(f, address, length)
  f.stack.push(-1)
}

/** Words of properties. */
export const properties: readonly WordDefinition[] = [
  word("encode-int", "n -- prop-addr prop-len", encodeInt, 0x111),
  word("encode-string", "str len -- prop-addr prop-len", (f) => pushEncoded(f, bytesOf(`${popText(f)}\0`)), 0x114),
  word(
    "encode-bytes",
    "data-addr data-len -- prop-addr prop-len",
    (f) => {
      const length = f.stack.pop()
      pushEncoded(f, f.memory.bytes(f.stack.popUnsigned(), length))
    },
    0x115,
  ),
  word("encode-phys", "phys.lo ... phys.hi -- prop-addr prop-len", encodePhys, 0x113),
  word("encode+", "prop-addr1 prop-len1 prop-addr2 prop-len2 -- prop-addr prop-len", encodePlus, 0x112),
  word(
    "decode-int",
    "prop-addr1 prop-len1 -- prop-addr2 prop-len2 n",
    (f) => f.stack.push(f.memory.cell(takeFront(f, CELL))),
    0x21b,
  ),
  word("decode-string", "prop-addr1 prop-len1 -- prop-addr2 prop-len2 str len", decodeString, 0x21c),
  word("decode-bytes", "prop-addr1 prop-len1 data-len -- prop-addr2 prop-len2 data-addr data-len", (f) => {
    const bytes = f.stack.pop()
    pushRange(f, takeFront(f, bytes), bytes)
  }),
  word("decode-phys", "prop-addr1 prop-len1 -- prop-addr2 prop-len2 phys.lo ... phys.hi", decodePhys, 0x128),
  word("property", "prop-addr prop-len name-str name-len --", property, 0x110),
  word("delete-property", "name-str name-len --", (f) => f.tree.deleteProperty(f.packages.current, popText(f)), 0x21e),
  word(
    "get-package-property",
    "name-str name-len phandle -- true | prop-addr prop-len false",
    (f) => {
      const node = f.packages.node(f.stack.pop())
      pushProperty(f, f.tree.property(node, popText(f)))
    },
    0x21f,
  ),
  word(
    "get-my-property",
    "name-str name-len -- true | prop-addr prop-len false",
    (f) => pushProperty(f, f.tree.property(f.packages.current, popText(f))),
    0x21a,
  ),
  word("get-inherited-property", "name-str name-len -- true | prop-addr prop-len false", inherited, 0x21d),
  word("next-property", "previous-str previous-len phandle -- false | name-str name-len true", nextProperty, 0x23d),
  word("device-name", "str len --", (f) => setText(f, "name", popText(f)), 0x201),
  word("device-type", "str len --", (f) => setText(f, "device_type", popText(f)), 0x11a),
  word("model", "str len --", (f) => setText(f, "model", popText(f)), 0x119),
  colon("name", "addr len --", '" name" property'),
  colon("reg", "phys.lo ... phys.hi size --", '>r encode-phys r> encode-int encode+ " reg" property', 0x116),
  colon("intr", "level vector --", '>r encode-int r> encode-int encode+ " intr" property', 0x117),
  colon("driver", "addr len --", 'encode-string " name" property', 0x118),
]
