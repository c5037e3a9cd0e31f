// The device tree and its packages, as the Forth engine sees them (IEEE 1275-1994, sections 3.2, 4.2 and 5.3.4).

/** Where a native method takes its arguments and leaves its results: the Forth data stack. */
export interface MethodStack {
  /** Takes the top cell as a signed number; throws if the stack is empty. */
  pop(): number
  /** Takes the top cell as an unsigned number. */
  popUnsigned(): number
  /** Pushes the low 32 bits of a number. */
  push(value: number): void
}

/** A node that a path names. */
export interface PathTarget {
  readonly node: number
  /** The arguments that the path gives to the node or to one of its parents; "" without. */
  argsOf(node: number): string
}

/** An open package. */
export interface PackageInstance {
  readonly node: number
  /** ihandle of the parent's instance; 0 for the root's. */
  readonly parent: number
  readonly args: string
  /** The cells of the unit address, most significant first. */
  readonly unit: readonly number[]
}

/**
 * The device tree. A phandle and an ihandle are 32-bit numbers other than 0. The engine asks `has` or `instance` before it
 * hands on a number that the user made up.
 */
export interface ForthTree {
  /** phandle of the root node. */
  readonly root: number
  has(node: number): boolean
  /** 0 for the root. */
  parent(node: number): number
  children(node: number): readonly number[]
  /** Name with unit address ("serial@1000"). */
  name(node: number): string
  /** Finds a node by an absolute path or an alias. */
  find(path: string): PathTarget | undefined

  propertyNames(node: number): readonly string[]
  property(node: number, name: string): Uint8Array | undefined
  /** False if there is no room. */
  setProperty(node: number, name: string, value: Uint8Array): boolean
  deleteProperty(node: number, name: string): void
  /** Adds an empty node as the last child; 0 if there is no room. */
  addNode(parent: number): number

  instance(ihandle: number): PackageInstance | undefined
  /** Makes an instance and calls no method; 0 if there is no room. */
  instantiate(node: number, parent: number, args: string): number
  /** Forgets an instance and calls no method. */
  dispose(ihandle: number): void
  /** Replaces the arguments and the unit address of an instance, as `set-args` does. */
  setArgs(ihandle: number, args: string, unit: readonly number[]): void

  /** Names of the methods that the host provides. Methods in Forth belong to the engine. */
  methods(node: number): readonly string[]
  /** Calls a method of the host. If it fails, it throws an Error with a numeric `code`, the throw code. */
  call(ihandle: number, method: string, stack: MethodStack): void
}
