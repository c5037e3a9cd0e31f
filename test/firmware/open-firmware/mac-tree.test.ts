// Our device trees beside those of OpenBIOS under QEMU, property by property.

import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { decodeBlob, encodeBlob } from "../../../firmware/device-tree/index.ts"
import { type MacDescription, macTree } from "../../../firmware/open-firmware/index.ts"
import { OpenFirmwareTree } from "../../../firmware/open-firmware/tree/open-firmware-tree.ts"
import { g3beige, mac99, mac99Pmu } from "./macs.ts"

type Flat = Map<string, string>

/** `path property` of every property, with its bytes in hexadecimal digits. */
function readReference(name: string): Flat {
  const flat: Flat = new Map()
  let path = ""
  for (const line of readFileSync(new URL(`./fixtures/${name}.txt`, import.meta.url), "utf8").split("\n")) {
    const [, node] = /^NODE (.*)/.exec(line) ?? []
    const [, property, hex] = /^ {2}(\S+) (.*)/.exec(line) ?? []
    if (node !== undefined) path = node
    else if (property !== undefined) flat.set(`${path} ${property}`, hex ?? "")
  }
  return flat
}

function flatten(tree: OpenFirmwareTree): Flat {
  const flat: Flat = new Map()
  for (const node of tree.nodes()) {
    for (const [name, bytes] of node.properties) flat.set(`${node.path} ${name}`, Buffer.from(bytes).toString("hex"))
  }
  return flat
}

/** Differences that are meant, and why. */
const MEANT: readonly (readonly [RegExp, string])[] = [
  [/ phandle$/, "Linux adds it when it copies the tree; the numbers are the firmware's own"],
  [/^\/ name$/, "the root is called device-tree, as Apple's firmware calls it"],
  [/^\/chosen /, "the firmware and the boot loader fill it"],
  [/^\/(memory@0|cpus\/\S+) (available|translations)$/, "the firmware adds them, as its own memory use has it"],
  [/^\/pci@\w+ available$/, "free bus addresses: nothing reads them"],
  [/ linux,opened$/, "Linux adds it"],
  [/ (interrupt-parent|interrupt-map)$/, "phandles differ; another test follows them"],
  [/^\/packages\/(ext2-files|grubfs-files|pc-parts) /, "this firmware has no such file systems"],
  [/^\/options real-mode\?$/, "programs run in real mode"],
]

const BOARDS: readonly (readonly [string, MacDescription])[] = [
  ["g3beige", g3beige],
  ["mac99", mac99],
  ["mac99-pmu", mac99Pmu],
]

describe.each(BOARDS)("the tree of %s", (name, description) => {
  const tree = new OpenFirmwareTree(macTree(description))
  const reference = readReference(name)
  const ours = flatten(tree)

  it("has the properties of the reference", () => {
    expect(reference.size).toBeGreaterThan(200)
    const differences = [...new Set([...reference.keys(), ...ours.keys()])].flatMap((key) => {
      if (reference.get(key) === ours.get(key) || MEANT.some(([pattern]) => pattern.test(key))) return []
      return [`${key}: ${reference.get(key)} there, ${ours.get(key)} here`]
    })
    expect(differences).toEqual([])
  })

  it("is a flattened tree as well", () => {
    const blob = decodeBlob(encodeBlob(macTree(description)))
    expect(blob.root.children.map((child) => child.name)).toEqual(tree.root.children.map((child) => child.fullName))
  })
})

describe("the interrupt tree of a New World board", () => {
  it("has the OpenPIC as every part's interrupt parent", () => {
    const tree = new OpenFirmwareTree(macTree(mac99))
    const openPic = tree.find("/pci/mac-io/interrupt-controller")!
    const parents = tree.nodes().flatMap((node) => node.cells("interrupt-parent"))
    const parentsThere = [...readReference("mac99").keys()].filter((key) => key.endsWith(" interrupt-parent"))
    expect(parents).toEqual(parentsThere.map(() => openPic.phandle))
  })

  it("maps the pins of PCI functions to sources of the OpenPIC", () => {
    const tree = new OpenFirmwareTree(macTree(mac99))
    const openPic = tree.find("/pci/mac-io/interrupt-controller")!
    const there = readReference("mac99").get("/pci@f2000000 interrupt-map")!
    const ours = Buffer.from(tree.find("/pci")!.properties.get("interrupt-map")!).toString("hex")
    // The parent's phandle is the fifth cell of seven.
    expect(ours).toBe(there.replaceAll("fff64a78", openPic.phandle.toString(16)))
  })
})
