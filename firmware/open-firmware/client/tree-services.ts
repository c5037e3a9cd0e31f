// Client services for the device tree (IEEE 1275-1994, section 6.3.2.2).

import type { DeviceNode } from "../tree/device-node.ts"
import { encodeTexts } from "../tree/device-node.ts"
import type { Instance } from "../tree/instance.ts"
import { FAILED, oneResult, type Service, type ServiceContext } from "./service.ts"

/** The services by name. */
export const treeServices: Readonly<Record<string, Service>> = {
  peer: oneResult(1, ({ tree }, phandle) => {
    if (phandle === 0) return tree.root.phandle
    const node = tree.byPhandle(phandle!)
    if (!node) return FAILED
    const siblings = node.parent?.children ?? [node]
    return siblings[siblings.indexOf(node) + 1]?.phandle ?? 0
  }),
  child: oneResult(1, ({ tree }, phandle) => {
    const node = tree.byPhandle(phandle!)
    return node ? (node.children[0]?.phandle ?? 0) : FAILED
  }),
  parent: oneResult(1, ({ tree }, phandle) => {
    const node = tree.byPhandle(phandle!)
    return node ? (node.parent?.phandle ?? 0) : FAILED
  }),
  "instance-to-package": oneResult(1, ({ instances }, ihandle) => {
    return instances.find(ihandle!)?.node.phandle ?? FAILED
  }),
  getproplen: oneResult(2, ({ tree, memory }, phandle, name) => {
    return tree.byPhandle(phandle!)?.properties.get(memory.text(name!))?.length ?? FAILED
  }),
  getprop: oneResult(4, ({ tree, memory }, phandle, name, buffer, length) => {
    const value = tree.byPhandle(phandle!)?.properties.get(memory.text(name!))
    if (!value) return FAILED
    memory.setBytes(buffer!, value.subarray(0, length))
    return value.length
  }),
  nextprop: oneResult(3, nextProperty),
  setprop: oneResult(4, ({ tree, memory }, phandle, name, buffer, length) => {
    const node = tree.byPhandle(phandle!)
    if (!node) return FAILED
    // The value is a copy: the client may reuse its buffer.
    const value = memory.bytes(buffer!, length!)
    return tree.setProperty(node, memory.text(name!), value) ? value.length : FAILED
  }),
  finddevice: oneResult(1, ({ tree, memory }, path) => tree.find(memory.text(path!))?.phandle ?? FAILED),
  canon: oneResult(3, (context, path, buffer, length) => {
    const specifier = context.memory.text(path!)
    const found = context.tree.resolve(specifier)
    if (!found) return FAILED
    const args = found.argsOf(found.node)
    return copyText(context, args === "" ? found.node.path : `${found.node.path}:${args}`, buffer!, length!)
  }),
  "instance-to-path": oneResult(3, (context, ihandle, buffer, length) => {
    const instance = context.instances.find(ihandle!)
    return instance ? copyText(context, instancePath(instance), buffer!, length!) : FAILED
  }),
  "package-to-path": oneResult(3, (context, phandle, buffer, length) => {
    const node = context.tree.byPhandle(phandle!)
    return node ? copyText(context, node.path, buffer!, length!) : FAILED
  }),
}

/** The path of an open instance, with the arguments that it was opened with. */
export function instancePath(instance: Instance): string {
  const parts: string[] = []
  for (let at: Instance | undefined = instance; at; at = at.parent) {
    const name = at.node.parent ? at.node.fullName : ""
    parts.unshift(at.args === "" ? name : `${name}:${at.args}`)
  }
  return parts.length === 1 && parts[0] === "" ? "/" : parts.join("/")
}

/** Result: 1 with the next name in the buffer, 0 behind the last one, -1 if `previous` is no property. */
function nextProperty({ tree, memory }: ServiceContext, phandle?: number, previous?: number, buffer?: number): number {
  const node: DeviceNode | undefined = tree.byPhandle(phandle!)
  if (!node) return FAILED
  const names = [...node.properties.keys()]
  const before = previous === 0 ? "" : memory.text(previous!)
  const at = before === "" ? 0 : names.indexOf(before) + 1
  if (before !== "" && at === 0) return FAILED
  const name = names[at]
  if (name === undefined) return 0
  memory.setBytes(buffer!, encodeTexts([name]))
  return 1
}

/** Copies as much as fits, a NUL included; the result is the length of the whole text without the NUL. */
function copyText({ memory }: ServiceContext, text: string, buffer: number, length: number): number {
  memory.setBytes(buffer, encodeTexts([text]).subarray(0, length))
  return text.length
}
