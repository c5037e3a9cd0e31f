// Making device nodes, and choosing the active package (IEEE 1275-1994, sections 5.3.6 and 7.4.11.1).

import { ForthError, THROW } from "../errors.ts"
import type { Forth } from "../forth.ts"
import { colon, hidden, type WordDefinition, word } from "../word.ts"
import { popText } from "./text.ts"

/** A node by path or alias, or relative to the active package: "..", "child/grandchild". */
function findDevice(f: Forth, path: string): number {
  const { active } = f.dictionary
  const found = f.tree.find(path)
  if (found) return found.node
  if (active === 0 || path.startsWith("/")) return noDevice(path)
  let node = active
  for (const part of path.split("/")) {
    if (part === "..") node = f.tree.parent(node) || f.tree.root
    else node = f.tree.find(`${f.packages.path(node).replace(/\/$/, "")}/${part}`)?.node ?? noDevice(path)
  }
  return node
}

function noDevice(path: string): never {
  throw new ForthError(THROW.OUT_OF_RANGE, `${path}: no such device`)
}

/** Adds a node below the active package; it becomes active, and its instance the current one. */
function newDevice(f: Forth): void {
  const parent = f.packages.current
  const node = f.tree.addNode(parent)
  const ihandle = node === 0 ? 0 : f.packages.instantiate(node, f.mySelf, "", true)
  if (ihandle === 0) throw new ForthError(THROW.DICTIONARY_FULL, "There is no room for a device node")
  f.dictionary.active = node
  f.mySelf = ihandle
}

/** Goes back to the parent of the node that new-device made. */
function finishDevice(f: Forth): void {
  const { node, parent } = f.packages.instance(f.mySelf)
  if (f.dictionary.active !== node) throw new ForthError(THROW.UNSUPPORTED, "The active package is not that of my-self")
  f.packages.dispose(f.mySelf)
  f.mySelf = parent
  f.dictionary.active = f.tree.parent(node)
}

/** Makes the package of an instance, which open-dev left, active. */
function selectInstance(f: Forth): void {
  const ihandle = f.stack.popUnsigned()
  if (ihandle === 0) noDevice("select-dev")
  f.dictionary.active = f.packages.instance(ihandle).node
  f.mySelf = ihandle
}

function activate(f: Forth, node: number): void {
  f.dictionary.active = node
}

const pushNode = (f: Forth, node: number | undefined) => f.stack.push(node ?? 0)

function peer(f: Forth, node: number): number | undefined {
  if (node === 0) return f.tree.root
  const siblings = f.tree.children(f.tree.parent(f.packages.node(node)))
  return siblings[siblings.indexOf(node) + 1]
}

/** Words of device nodes. */
export const deviceNodes: readonly WordDefinition[] = [
  word("new-device", "--", newDevice, 0x11f),
  word("finish-device", "--", finishDevice, 0x127),
  word("find-device", "dev-str dev-len --", (f) => activate(f, findDevice(f, popText(f)))),
  word("dev", '"device-specifier" --', (f) => activate(f, findDevice(f, f.input.name()))),
  word("device-end", "--", (f) => activate(f, 0)),
  word("active-package", "-- phandle", (f) => f.stack.push(f.dictionary.active)),
  word("active-package!", "phandle --", (f) => activate(f, f.packages.node(f.stack.pop()))),
  hidden("(select)", "ihandle --", selectInstance),
  colon("select-dev", "dev-str dev-len --", "open-dev (select)"),
  colon("unselect-dev", "--", "my-self device-end 0 (self!) close-dev"),
  hidden("(self!)", "ihandle --", (f) => void (f.mySelf = f.stack.popUnsigned())),
  colon("begin-package", "arg-str arg-len reg-str reg-len dev-str dev-len --", "select-dev new-device set-args"),
  colon("end-package", "--", "finish-device unselect-dev"),
  word(
    "child",
    "phandle.parent -- phandle.child | 0",
    (f) => {
      pushNode(f, f.tree.children(f.packages.node(f.stack.pop()))[0])
    },
    0x23b,
  ),
  word("peer", "phandle -- phandle.sibling | 0", (f) => pushNode(f, peer(f, f.stack.popUnsigned())), 0x23c),
  word("parent", "phandle -- phandle.parent | 0", (f) => {
    pushNode(f, f.tree.parent(f.packages.node(f.stack.pop())))
  }),
]
