// A small device tree for tests of the Forth engine: nodes, instances, methods of the host.

import type {
  ForthTree,
  MethodStack,
  PackageInstance,
  PathTarget,
} from "../../../../firmware/open-firmware/forth/index.ts"

type Method = (stack: MethodStack, instance: PackageInstance) => void

interface TestNode {
  parent: number
  children: number[]
  unit: string
  properties: Map<string, Uint8Array>
  methods: Record<string, Method>
}

const bytesOf = (text: string) => Uint8Array.from(`${text}\0`, (char) => char.charCodeAt(0))

/** Error of a method, as a tree that knows nothing of Forth throws it. */
export class MethodError extends Error {
  readonly code: number
  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

/** The root with a bus, two devices, aliases and support packages. */
export class TestTree implements ForthTree {
  readonly nodes = new Map<number, TestNode>()
  readonly instances = new Map<number, PackageInstance>()
  readonly root: number
  /** Names of the methods of the host that were called. */
  readonly calls: string[] = []
  #nextInstance = 0x5000

  constructor() {
    this.root = this.add(0, "device-tree")
    this.set(this.root, "#address-cells", Uint8Array.of(0, 0, 0, 1))
    const log =
      (name: string): Method =>
      () =>
        void this.calls.push(name)
    const bus = this.add(this.root, "pci", "80000000", {
      open: (stack) => {
        this.calls.push("open pci")
        stack.push(-1)
      },
      close: log("close pci"),
      "map-in": (stack) => stack.push(stack.pop() + 0x1000),
    })
    this.set(bus, "#address-cells", Uint8Array.of(0, 0, 0, 3))
    this.add(bus, "disk", "1f", {
      open: (stack, { args }) => {
        this.calls.push(`open disk ${args}`)
        stack.push(args === "broken" ? 0 : -1)
      },
      close: log("close disk"),
      "block-size": (stack) => stack.push(512),
      fail: () => {
        throw new MethodError(-21, "The disk is broken.")
      },
    })
    this.add(bus, "display")
    const aliases = this.add(this.root, "aliases")
    this.set(aliases, "hd", bytesOf("/pci/disk@1f"))
    const packages = this.add(this.root, "packages")
    this.add(packages, "deblocker", "", { "block-size": (stack) => stack.push(2048) })
    this.add(this.root, "chosen")
    this.set(this.add(this.root, "options"), "vga-ndrv?", bytesOf("false"))
  }

  add(parent: number, name: string, unit = "", methods: Record<string, Method> = {}): number {
    const node = 0x1000 + this.nodes.size * 0x10
    this.nodes.set(node, { parent, children: [], unit, properties: new Map(), methods })
    this.nodes.get(parent)?.children.push(node)
    if (name !== "") this.set(node, "name", bytesOf(name))
    return node
  }

  set(node: number, name: string, value: Uint8Array): void {
    this.#node(node).properties.set(name, value)
  }

  #node(node: number): TestNode {
    return this.nodes.get(node)!
  }

  text(node: number, name: string): string {
    return String.fromCharCode(...(this.property(node, name) ?? [])).replace(/\0$/, "")
  }

  has(node: number): boolean {
    return this.nodes.has(node)
  }
  parent(node: number): number {
    return this.#node(node).parent
  }
  children(node: number): readonly number[] {
    return this.#node(node).children
  }
  name(node: number): string {
    const { unit } = this.#node(node)
    return node === this.root ? "" : this.text(node, "name") + (unit === "" ? "" : `@${unit}`)
  }

  find(path: string): PathTarget | undefined {
    const [alias = "", rest = ""] = path.startsWith("/") ? ["", path] : path.split(/(?=:)/)
    const full = alias === "" ? rest : this.text(this.find("/aliases")!.node, alias) + rest
    if (!full.startsWith("/")) return undefined
    let node = this.root
    const args = new Map<number, string>()
    for (const part of full.split("/").filter((p) => p !== "")) {
      const [name = "", ...given] = part.split(":")
      const found = this.children(node).find((c) => this.name(c) === name || this.text(c, "name") === name)
      if (found === undefined) return undefined
      node = found
      args.set(node, given.join(":"))
    }
    return { node, argsOf: (of) => args.get(of) ?? "" }
  }

  propertyNames(node: number): readonly string[] {
    return [...this.#node(node).properties.keys()]
  }
  property(node: number, name: string): Uint8Array | undefined {
    return this.#node(node).properties.get(name)
  }
  setProperty(node: number, name: string, value: Uint8Array): boolean {
    this.set(node, name, value)
    return true
  }
  deleteProperty(node: number, name: string): void {
    this.#node(node).properties.delete(name)
  }
  addNode(parent: number): number {
    return this.add(parent, "")
  }

  instance(ihandle: number): PackageInstance | undefined {
    return this.instances.get(ihandle)
  }
  instantiate(node: number, parent: number, args: string): number {
    const ihandle = (this.#nextInstance += 0x10)
    this.instances.set(ihandle, { node, parent, args, unit: [] })
    return ihandle
  }
  dispose(ihandle: number): void {
    this.instances.delete(ihandle)
  }
  setArgs(ihandle: number, args: string, unit: readonly number[]): void {
    this.instances.set(ihandle, { ...this.instances.get(ihandle)!, args, unit })
  }
  methods(node: number): readonly string[] {
    return Object.keys(this.#node(node).methods)
  }
  call(ihandle: number, method: string, stack: MethodStack): void {
    const instance = this.instances.get(ihandle)!
    this.#node(instance.node).methods[method]!(stack, instance)
  }
}
