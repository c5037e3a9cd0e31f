// Instances of packages (IEEE 1275-1994, section 3.1.3): opened nodes with their arguments, methods and state.

import type { DeviceNode } from "./device-node.ts"
import { MethodError, THROW } from "./method-error.ts"
import { MethodStack, type ParameterStack } from "./method-stack.ts"
import { decodeUnit } from "./unit-address.ts"

/** A method: it takes its parameters from the stack and leaves its results there, and throws MethodError if it fails. */
export type Method = (stack: ParameterStack) => void

/** Methods of one instance by name; `open` ( -- okay? ) and `close` ( -- ) come first and last. */
export type Methods = Readonly<Record<string, Method>>

/** Makes the methods of a new instance, which keep its state; it does nothing to the device. */
export type Driver = (instance: Instance) => Methods

/** An instance of a package. */
export interface Instance {
  readonly ihandle: number
  readonly node: DeviceNode
  /** The instance of the parent package; none for the root and for packages opened without their parents. */
  readonly parent: Instance | undefined
  /** What followed the colon in the path. */
  args: string
  /** The cells of the unit address, most significant first. */
  unit: readonly number[]
  readonly methods: Methods
}

/** The value of a Forth flag. */
export function flag(value: boolean): number {
  return value ? -1 : 0
}

/** Instances that may be open at once; a guest that never closes cannot fill the host's memory. */
const MAX_INSTANCES = 1024
/** Positive numbers, apart from phandles: a client may compare handles as signed numbers. */
const FIRST_IHANDLE = 0x7f00_0000
const IHANDLE_STEP = 0x40

/** The instances of a machine. */
export class InstanceTable {
  readonly #slots: (Instance | undefined)[] = []

  /** The instance with a handle. */
  find(ihandle: number): Instance | undefined {
    const slot = ((ihandle >>> 0) - FIRST_IHANDLE) / IHANDLE_STEP
    return Number.isInteger(slot) ? this.#slots[slot] : undefined
  }

  /** Makes an instance without opening it; undefined if too many exist. */
  instantiate(node: DeviceNode, parent: Instance | undefined, args: string): Instance | undefined {
    let slot = this.#slots.indexOf(undefined)
    if (slot < 0) slot = this.#slots.length
    if (slot >= MAX_INSTANCES) return undefined
    const ihandle = FIRST_IHANDLE + slot * IHANDLE_STEP
    const unit = (node.parent && node.unit !== "" && decodeUnit(node.parent, node.unit)) || []
    const instance: Instance & { methods: Methods } = { ihandle, node, parent, args, unit, methods: {} }
    if (node.driver) instance.methods = node.driver(instance)
    this.#slots[slot] = instance
    return instance
  }

  /** Forgets an instance without closing it. */
  dispose(instance: Instance): void {
    const slot = this.#slots.indexOf(instance)
    if (slot >= 0) this.#slots[slot] = undefined
  }

  /** Opens one node; undefined if it refuses or too many instances exist. */
  open(node: DeviceNode, args: string, parent?: Instance): Instance | undefined {
    const instance = this.instantiate(node, parent, args)
    if (!instance || isOpened(instance)) return instance
    this.dispose(instance)
    return undefined
  }

  /** Opens a node and all its parents, the root first; `argsOf` gives the arguments of each. */
  openChain(node: DeviceNode, argsOf: (node: DeviceNode) => string = () => ""): Instance | undefined {
    let parent: Instance | undefined
    if (node.parent) {
      parent = this.openChain(node.parent, argsOf)
      if (!parent) return undefined
    }
    const instance = this.open(node, argsOf(node), parent)
    if (!instance && parent) this.closeChain(parent)
    return instance
  }

  /** Closes one instance. */
  close(instance: Instance): void {
    if (this.find(instance.ihandle) !== instance) return
    this.dispose(instance)
    instance.methods["close"]?.(new MethodStack())
  }

  /** Closes an instance and all its parents. */
  closeChain(instance: Instance): void {
    for (let at: Instance | undefined = instance; at; at = at.parent) this.close(at)
  }
}

/** Calls a method of an instance by name; throws MethodError if it has none with that name. */
export function callMethod(instance: Instance, name: string, stack: ParameterStack): void {
  if (!Object.hasOwn(instance.methods, name)) {
    throw new MethodError(THROW.UNSUPPORTED, `${instance.node.path} has no method ${name}.`)
  }
  instance.methods[name]!(stack)
}

/** The names of a node's methods. */
export function methodNames(node: DeviceNode): string[] {
  if (!node.driver) return []
  return Object.keys(node.driver({ ihandle: 0, node, parent: undefined, args: "", unit: [], methods: {} }))
}

function isOpened(instance: Instance): boolean {
  const open = instance.methods["open"]
  if (!open) return true
  const stack = new MethodStack()
  open(stack)
  return stack.pop() !== 0
}
