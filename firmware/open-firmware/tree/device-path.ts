// Device paths and their resolution (IEEE 1275-1994, section 4.3): "cd:,\\:tbxi", "/pci@80000000/mac-io@10".

import type { DeviceNode } from "./device-node.ts"

/** One component of a path: `name@unit:args`. */
export interface PathComponent {
  readonly name: string
  /** Undefined if the path leaves it out. */
  readonly unit: string | undefined
  readonly args: string
}

/** A node that a path leads to, with the arguments that the path gives to nodes on the way. */
export interface ResolvedPath {
  readonly node: DeviceNode
  /** Arguments of the node and its parents. */
  argsOf(node: DeviceNode): string
}

/** Aliases that refer to aliases, at most; more is a circle. */
const MAX_ALIASES = 8

/** Follows a path from the root; undefined if a component matches no node. */
export function resolvePath(root: DeviceNode, path: string): ResolvedPath | undefined {
  const full = expandAlias(root, path)
  if (!full?.startsWith("/")) return undefined
  const given = new Map<DeviceNode, string>()
  let node = root
  let rest = full.slice(1)
  while (rest !== "") {
    const slash = componentEnd(rest)
    const component = parseComponent(rest.slice(0, slash))
    const next = findChild(node, component)
    if (!next) return undefined
    node = next
    rest = rest.slice(slash + 1)
    // A leaf takes the rest: its arguments may name a file with slashes.
    const takesRest = component.args !== "" && node.children.length === 0 && rest !== ""
    given.set(node, takesRest ? `${component.args}/${rest}` : component.args)
    if (takesRest) break
  }
  return { node, argsOf: (of) => given.get(of) ?? "" }
}

/** The path with the alias at its start replaced by what the node /aliases says; undefined for an unknown alias. */
export function expandAlias(root: DeviceNode, path: string): string | undefined {
  const aliases = root.children.find((child) => child.name === "aliases")
  let full = path
  for (let i = 0; !full.startsWith("/"); i++) {
    const end = full.search(/[/:]|$/)
    const meaning = aliases?.text(full.slice(0, end))
    if (!meaning || i === MAX_ALIASES) return undefined
    // Arguments in the path replace those of the alias.
    const head = full[end] === ":" ? meaning.replace(/:[^/]*$/, "") : meaning
    full = head + full.slice(end)
  }
  return full
}

/** Splits a component into name, unit address and arguments. */
export function parseComponent(text: string): PathComponent {
  const colon = text.indexOf(":")
  const driver = colon < 0 ? text : text.slice(0, colon)
  const at = driver.indexOf("@")
  return {
    name: at < 0 ? driver : driver.slice(0, at),
    unit: at < 0 ? undefined : driver.slice(at + 1),
    args: colon < 0 ? "" : text.slice(colon + 1),
  }
}

function componentEnd(rest: string): number {
  const slash = rest.indexOf("/")
  return slash < 0 ? rest.length : slash
}

function findChild(parent: DeviceNode, { name, unit }: PathComponent): DeviceNode | undefined {
  return parent.children.find((child) => {
    if (name !== "" && !matchesName(child.name, name)) return false
    if (unit === undefined) return name !== ""
    return child.unit !== "" && sameUnit(child.unit, unit)
  })
}

/** A name without a manufacturer's prefix matches a node that has one: "750" is "PowerPC,750". */
function matchesName(own: string, given: string): boolean {
  return own === given || (!given.includes(",") && own.slice(own.indexOf(",") + 1) === given)
}

/** Unit addresses are hexadecimal numbers with commas; trailing zeros may be left out: "c" is "c,0". */
function sameUnit(one: string, other: string): boolean {
  if (one === other) return true
  const [left, right] = [parseUnit(one), parseUnit(other)]
  if (!left || !right) return false
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    if ((left[i] ?? 0) !== (right[i] ?? 0)) return false
  }
  return true
}

function parseUnit(text: string): number[] | undefined {
  const parts = text.split(",")
  if (!parts.every((part) => /^[0-9a-f]{1,8}$/i.test(part))) return undefined
  return parts.map((part) => Number.parseInt(part, 16))
}
