// The device tree and its instances as the Forth engine sees them.

import { ForthError, type ForthTree, type MethodStack, type PackageInstance, THROW } from "../forth/index.ts"
import { WildPointer } from "../memory/client-memory.ts"
import type { DeviceNode } from "../tree/device-node.ts"
import { callMethod, type Instance, type InstanceTable, methodNames } from "../tree/instance.ts"
import { MethodError } from "../tree/method-error.ts"
import type { OpenFirmwareTree } from "../tree/open-firmware-tree.ts"

/** Shows a tree to the Forth engine. */
export function forthTree(tree: OpenFirmwareTree, instances: InstanceTable): ForthTree {
  const node = (phandle: number): DeviceNode => {
    const found = tree.byPhandle(phandle)
    if (!found) throw new ForthError(THROW.BAD_NAME_ARGUMENT, "There is no such node")
    return found
  }
  const instance = (ihandle: number): Instance => {
    const found = instances.find(ihandle)
    if (!found) throw new ForthError(THROW.BAD_NAME_ARGUMENT, "There is no such instance")
    return found
  }
  return {
    root: tree.root.phandle,
    has: (phandle) => tree.byPhandle(phandle) !== undefined,
    parent: (phandle) => node(phandle).parent?.phandle ?? 0,
    children: (phandle) => node(phandle).children.map((child) => child.phandle),
    name: (phandle) => node(phandle).fullName,
    find(path) {
      const found = tree.resolve(path)
      return found && { node: found.node.phandle, argsOf: (phandle) => found.argsOf(node(phandle)) }
    },
    propertyNames: (phandle) => [...node(phandle).properties.keys()],
    property: (phandle, name) => node(phandle).properties.get(name),
    setProperty: (phandle, name, value) => tree.setProperty(node(phandle), name, value),
    deleteProperty: (phandle, name) => tree.deleteProperty(node(phandle), name),
    addNode: (parent) => tree.create(node(parent), "")?.phandle ?? 0,
    instance(ihandle): PackageInstance | undefined {
      const found = instances.find(ihandle)
      if (!found) return undefined
      const { parent, args, unit } = found
      return { node: found.node.phandle, parent: parent?.ihandle ?? 0, args, unit }
    },
    instantiate: (phandle, parent, args) => {
      return instances.instantiate(node(phandle), instances.find(parent), args)?.ihandle ?? 0
    },
    dispose: (ihandle) => instances.dispose(instance(ihandle)),
    setArgs(ihandle, args, unit) {
      Object.assign(instance(ihandle), { args, unit: [...unit] })
    },
    methods: (phandle) => methodNames(node(phandle)),
    call: (ihandle, method, stack) => callFromForth(instance(ihandle), method, stack),
  }
}

function callFromForth(instance: Instance, method: string, stack: MethodStack): void {
  try {
    callMethod(instance, method, stack)
  } catch (error) {
    if (error instanceof MethodError) throw new ForthError(error.code, error.message)
    if (error instanceof WildPointer) throw new ForthError(THROW.BAD_ADDRESS, error.message)
    throw error
  }
}
