// Packages and instances: methods in Forth or of the host, instance data (IEEE 1275-1994, sections 3.1, 5.3.4).

import { BODY, CELL } from "./data-space.ts"
import type { Header } from "./dictionary.ts"
import { ForthError, THROW } from "./errors.ts"
import type { Forth } from "./forth.ts"
import type { PackageInstance } from "./tree.ts"

/** Bytes of instance data of a package that is still being defined. */
const GROWING_BYTES = 4096
/** Values of properties that programs hold stay in memory until this many later ones. */
const PROPERTY_BLOCKS = 32

/** A piece of the instance data of a package. */
interface InstanceField {
  readonly node: number
  readonly offset: number
  readonly bytes: number
  /** Starts with what stands in the parameter field of the word; else with zeros. */
  readonly isInitialised: boolean
}

/** What the engine adds to the packages of the tree. */
export class Packages {
  readonly #forth: Forth
  /** Instance fields by the execution token of their word. */
  readonly #fields = new Map<number, InstanceField>()
  /** Bytes of instance data by phandle. */
  readonly #sizes = new Map<number, number>()
  /** Instance data by ihandle. */
  readonly #data = new Map<number, { readonly node: number; readonly address: number; readonly bytes: number }>()
  /** Headers of methods of the host, made when they are first looked up. */
  readonly #native = new Map<string, Header>()
  readonly #nativeByXt = new Map<number, { readonly node: number; readonly name: string }>()
  readonly #propertyBlocks: number[] = []
  /** The next word that is defined has its data in each instance. */
  isInstance = false

  constructor(forth: Forth) {
    this.#forth = forth
  }

  /** An instance that must exist. */
  instance(ihandle: number): PackageInstance {
    const instance = this.#forth.tree.instance(ihandle >>> 0)
    if (!instance) throw new ForthError(THROW.OUT_OF_RANGE, "There is no such instance")
    return instance
  }

  /** A phandle that must name a node. */
  node(phandle: number): number {
    if (!this.#forth.tree.has(phandle >>> 0)) throw new ForthError(THROW.OUT_OF_RANGE, "There is no such package")
    return phandle >>> 0
  }

  /** The active package, or else that of the current instance. */
  get current(): number {
    const { dictionary, mySelf } = this.#forth
    const node = dictionary.active !== 0 ? dictionary.active : mySelf !== 0 ? this.instance(mySelf).node : 0
    if (node === 0) throw new ForthError(THROW.UNSUPPORTED, "No package is active")
    return node
  }

  /** A method of a package, in Forth or of the host. */
  method(node: number, name: string): Header | undefined {
    const { dictionary, tree, memory } = this.#forth
    const own = dictionary.method(node, name)
    if (own || !tree.methods(node).includes(name)) return own
    const key = `${node} ${name}`
    const known = this.#native.get(key)
    if (known) return known
    const xt = memory.heap.allocate(CELL)
    if (xt === undefined) throw new ForthError(THROW.DICTIONARY_FULL)
    memory.setCell(xt, this.#forth.codeOf("(native)"))
    const header = { name, xt, immediate: false, compileOnly: false, hidden: false, stack: "method of the host" }
    this.#native.set(key, header)
    this.#nativeByXt.set(xt, { node, name })
    return header
  }

  /** Calls the method of the host that an execution token stands for, in the current instance. */
  callNative(xt: number): void {
    const { tree, mySelf, stack } = this.#forth
    const method = this.#nativeByXt.get(xt)
    if (!method || tree.instance(mySelf)?.node !== method.node) {
      throw new ForthError(THROW.UNSUPPORTED, `${method?.name ?? "A method"} needs an instance of its package`)
    }
    try {
      tree.call(mySelf, method.name, stack)
    } catch (error) {
      // Methods of the host know nothing of the engine: their errors have a code, and that is all.
      if (error instanceof Error && "code" in error && typeof error.code === "number") {
        throw new ForthError(error.code, error.message)
      }
      throw error
    }
  }

  /** Reserves instance data for a word of the active package. */
  addField(xt: number, bytes: number, isInitialised: boolean): void {
    const node = this.#forth.dictionary.active
    if (node === 0) throw new ForthError(THROW.UNSUPPORTED, "Instance data needs an active package")
    const offset = this.#sizes.get(node) ?? 0
    const field = { node, offset, bytes, isInitialised }
    this.#fields.set(xt, field)
    this.#sizes.set(node, offset + ((bytes + CELL - 1) & -CELL))
    for (const [ihandle, data] of this.#data) {
      if (data.node !== node) continue
      this.#grow(ihandle, data, this.#sizes.get(node)!)
      this.#initialise(this.#data.get(ihandle)!.address, xt, field)
    }
  }

  /** Where the data of an instance word stands: in the current instance, or else its initial value. */
  dataAddress(xt: number): number {
    const field = this.#fields.get(xt)
    const data = this.#data.get(this.#forth.mySelf)
    if (field && data?.node === field.node) return data.address + field.offset
    if (field?.isInitialised === false) throw new ForthError(THROW.UNSUPPORTED, "There is no current instance")
    return xt + BODY
  }

  /** Makes an instance with its data; 0 if there is no room. */
  instantiate(node: number, parent: number, args: string, isGrowing = false): number {
    const { tree, memory } = this.#forth
    const ihandle = tree.instantiate(node, parent, args)
    if (ihandle === 0) return 0
    const bytes = Math.max(this.#sizes.get(node) ?? 0, isGrowing ? GROWING_BYTES : 0)
    if (bytes === 0) return ihandle
    const address = memory.heap.allocate(bytes)
    if (address === undefined) {
      tree.dispose(ihandle)
      return 0
    }
    this.#data.set(ihandle, { node, address, bytes })
    for (const [xt, field] of this.#fields) if (field.node === node) this.#initialise(address, xt, field)
    return ihandle
  }

  dispose(ihandle: number): void {
    const { tree, memory } = this.#forth
    const data = this.#data.get(ihandle)
    if (data) memory.heap.release(data.address)
    this.#data.delete(ihandle)
    tree.dispose(ihandle)
  }

  /** A copy of a property's value in memory, valid for a while. */
  keepProperty(value: Uint8Array): number {
    const { memory } = this.#forth
    const address = memory.heap.allocate(value.length)
    if (address === undefined) throw new ForthError(THROW.DICTIONARY_FULL)
    memory.setBytes(address, value)
    this.#propertyBlocks.push(address)
    if (this.#propertyBlocks.length > PROPERTY_BLOCKS) memory.heap.release(this.#propertyBlocks.shift()!)
    return address
  }

  /** The path of a node from the root. */
  path(node: number): string {
    const { tree } = this.#forth
    const names: string[] = []
    for (let at = node; at !== tree.root && at !== 0; at = tree.parent(at)) names.unshift(tree.name(at))
    return `/${names.join("/")}`
  }

  /** The nodes from the root to this one. */
  lineage(node: number): number[] {
    const { tree } = this.#forth
    const nodes: number[] = []
    for (let at = node; at !== 0; at = at === tree.root ? 0 : tree.parent(at)) nodes.unshift(at)
    return nodes
  }

  /** Cells of a physical address or a size below the parent of a node. */
  cellCount(node: number, property: "#address-cells" | "#size-cells"): number {
    const { tree } = this.#forth
    const value = tree.property(tree.parent(node) || tree.root, property)
    const count = value?.length === CELL ? new DataView(value.buffer, value.byteOffset).getUint32(0) : undefined
    // The standard's defaults are two cells and one.
    return count !== undefined && count <= 8 ? count : property === "#address-cells" ? 2 : 1
  }

  #initialise(address: number, xt: number, { offset, bytes, isInitialised }: InstanceField): void {
    const { memory } = this.#forth
    const at = address + offset
    if (isInitialised) memory.setCell(at, memory.cell(xt + BODY))
    else memory.setBytes(at, new Uint8Array(bytes))
  }

  #grow(ihandle: number, data: { node: number; address: number; bytes: number }, bytes: number): void {
    if (bytes <= data.bytes) return
    const { memory } = this.#forth
    const address = memory.heap.allocate(2 * bytes)
    if (address === undefined) throw new ForthError(THROW.DICTIONARY_FULL)
    memory.setBytes(address, memory.bytes(data.address, data.bytes))
    memory.heap.release(data.address)
    this.#data.set(ihandle, { node: data.node, address, bytes: 2 * bytes })
  }
}
