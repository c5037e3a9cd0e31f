// The calls that Linux 6.1 makes on a Power Macintosh before it starts itself (its arch/powerpc/kernel/prom_init.c).

import type { FakeClient } from "./fake-board.ts"

/** A copy of the device tree as Linux makes it. */
export interface CopiedNode {
  path: string
  properties: Map<string, Uint8Array>
}

/** What Linux learned, and what it wrote on the console. */
export interface PromInitResult {
  stdoutPath: string
  commandLine: string
  ramTop: number
  displays: string[]
  /** Start of the memory for the flattened tree. */
  claimed: number
  nodes: CopiedNode[]
}

/** Memory of the kernel that it uses for buffers. */
const SCRATCH = 0x18_0000
const PROPERTY = 0x18_1000
const NAME = 0x18_2000
const PROM_ERROR = -1

/** Performs the calls in order. `initrd` is what r3 and r4 say, `kernelEnd` the end of the kernel's memory. */
export function promInit(
  client: FakeClient,
  kernelEnd: number,
  initrd: readonly [start: number, size: number],
): PromInitResult {
  const call = client.prom.bind(client)
  const write = (text: string) => call("write", 1, stdout, text, text.length)
  const getprop = (node: number, name: string, length: number) => call("getprop", 1, node, name, PROPERTY, length)
  const typeOf = (node: number) => {
    client.board.ram[PROPERTY] = 0
    return getprop(node, "device_type", 64) > 0 ? client.text(PROPERTY) : ""
  }
  let stdout = 0

  // Init of the interface, MMU workarounds, stdout.
  const chosen = call("finddevice", 1, "/chosen")
  const root = call("finddevice", 1, "/")
  const oprom = call("finddevice", 1, "/openprom")
  getprop(oprom, "model", 64)
  const model = client.text(PROPERTY)
  if (model === "Open Firmware, 1.0.5" || model.startsWith("FirmWorks,3.")) throw new Error("Linux works around bugs.")
  if (getprop(chosen, "stdout", 4) !== 4) throw new Error("There is no stdout.")
  stdout = client.u32(PROPERTY)
  client.board.ram.fill(0, SCRATCH, SCRATCH + 256)
  call("instance-to-path", 1, stdout, SCRATCH, 255)
  const stdoutPath = client.text(SCRATCH)
  write(`OF stdout device is: ${stdoutPath}`)
  write("\r\n")
  call("setprop", 1, chosen, "linux,stdout-path", SCRATCH, stdoutPath.length + 1)
  const stdoutNode = call("instance-to-package", 1, stdout)
  if (typeOf(stdoutNode) === "display") call("setprop", 1, stdoutNode, "linux,boot-display", 0, 0)

  // Machine type.
  const compatibleLength = getprop(root, "compatible", 255)
  const compatible = String.fromCharCode(...client.bytes(PROPERTY, compatibleLength)).split("\0")
  if (!compatible.some((name) => /Power Macintosh|MacRISC/.test(name))) throw new Error("This is no Power Macintosh.")

  // RAM disk and command line. Linux asks for the command line only if the phandle is positive as a signed number.
  if (initrd[0] && initrd[1]) {
    for (const [name, address] of [
      ["linux,initrd-start", initrd[0]],
      ["linux,initrd-end", initrd[0] + initrd[1]],
    ] as const) {
      new DataView(client.board.ram.buffer).setBigUint64(PROPERTY, BigInt(address))
      call("setprop", 1, chosen, name, PROPERTY, 8)
    }
  }
  const commandLine = chosen > 0 && getprop(chosen, "bootargs", 2047) > 0 ? client.text(PROPERTY) : ""

  // Memory.
  getprop(root, "#address-cells", 4)
  const addressCells = client.u32(PROPERTY)
  getprop(root, "#size-cells", 4)
  const cellsPerRange = addressCells + client.u32(PROPERTY)
  let ramTop = 0
  for (const node of everyNode(call)) {
    if (typeOf(node) !== "memory") continue
    const length = getprop(node, "reg", 4096)
    for (let at = 0; at + cellsPerRange * 4 <= length; at += cellsPerRange * 4) {
      ramTop = Math.max(ramTop, client.u32(PROPERTY + at) + client.u32(PROPERTY + at + 4))
    }
  }
  const bottom = pageAlign(Math.max(kernelEnd + 0x4000, initrd[0] + initrd[1]))
  const top = Math.min(ramTop, 0x3000_0000)

  // The boot CPU is CPU 0 if /chosen does not say.
  getprop(chosen, "cpu", 4)

  // Displays, with their colours.
  const displays: string[] = []
  for (const node of everyNode(call)) {
    if (typeOf(node) !== "display") continue
    client.board.ram.fill(0, SCRATCH, SCRATCH + 256)
    if (call("package-to-path", 1, node, SCRATCH, 246) === PROM_ERROR) continue
    const path = client.text(SCRATCH)
    const ihandle = call("open", 1, SCRATCH)
    if (ihandle === 0) continue
    displays.push(path)
    call("setprop", 1, node, "linux,opened", 0, 0)
    for (let i = 0; i < 16; i++) if (call("call-method", 1, "color!", ihandle, i, 0, 0xaa, 0) !== 0) break
  }

  // Workarounds for other machines: nodes that a Macintosh has not.
  for (const path of [
    "/ht@0/isa@4",
    "/ht@0/isa@6",
    "/hostbridge@f8000000",
    "/pci@80000000/isa@c",
    "/pci@ff500000/isa@6",
  ]) {
    if (call("finddevice", 1, path) !== PROM_ERROR) throw new Error(`There is a node ${path}.`)
  }
  for (const node of everyNode(call)) {
    if (typeOf(node) === "escc" && call("getproplen", 1, node, "#size-cells") === PROM_ERROR) {
      throw new Error("Linux adds #size-cells to the serial controller.")
    }
  }

  // Memory for the copy of the tree, then the copy.
  const room = Math.min(top - bottom - 0x4000, 0x10_0000)
  let claimed = 0
  for (let base = bottom; base + room <= top; base = pageAlign(base + 0x10_0000)) {
    claimed = call("claim", 1, base, room, 0)
    if (claimed !== PROM_ERROR) break
  }
  const nodes: CopiedNode[] = []
  copyStrings(client, call("peer", 1, 0))
  copyNode(client, call("peer", 1, 0), nodes)

  write("Quiescing Open Firmware ...")
  call("quiesce", 0)
  return { stdoutPath, commandLine, ramTop, displays, claimed, nodes }
}

const pageAlign = (address: number) => Math.ceil(address / 4096) * 4096

/** All nodes in the order of Linux's `prom_next_node`. */
function* everyNode(call: FakeClient["prom"]): Generator<number> {
  let node = call("peer", 1, 0)
  while (node !== 0) {
    yield node
    let next = call("child", 1, node)
    while (next === 0 && node !== 0) {
      next = call("peer", 1, node)
      if (next === 0) node = call("parent", 1, node)
    }
    node = next
  }
}

/** Names of properties first: `previous` is an empty string, then the name before. */
function copyStrings(client: FakeClient, node: number): void {
  for (let previous = ""; client.prom("nextprop", 1, node, previous, NAME) === 1; previous = client.text(NAME)) {
    if (client.text(NAME).length > 31) throw new Error("A property's name is too long.")
  }
  for (let child = client.prom("child", 1, node); child !== 0; child = client.prom("peer", 1, child)) {
    copyStrings(client, child)
  }
}

function copyNode(client: FakeClient, node: number, nodes: CopiedNode[]): void {
  const length = client.prom("package-to-path", 1, node, SCRATCH, 255)
  const copied: CopiedNode = { path: String.fromCharCode(...client.bytes(SCRATCH, length)), properties: new Map() }
  nodes.push(copied)
  for (let previous = ""; client.prom("nextprop", 1, node, previous, NAME) === 1; ) {
    const name = client.text(NAME)
    previous = name
    const size = client.prom("getproplen", 1, node, name)
    if (client.prom("getprop", 1, node, name, PROPERTY, size) !== size) throw new Error(`${name} changed its size.`)
    copied.properties.set(name, client.bytes(PROPERTY, size))
  }
  for (let child = client.prom("child", 1, node); child !== 0; child = client.prom("peer", 1, child)) {
    copyNode(client, child, nodes)
  }
}
