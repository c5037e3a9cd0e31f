// Gives the nodes of a tree their drivers.

import type { ClientMemory } from "../memory/client-memory.ts"
import type { MemoryMap } from "../memory/memory-map.ts"
import type { FirmwarePorts } from "../ports.ts"
import type { DeviceNode } from "../tree/device-node.ts"
import type { Driver } from "../tree/instance.ts"
import type { OpenFirmwareTree } from "../tree/open-firmware-tree.ts"
import { diskDriver } from "./disk.ts"
import { memoryDriver, mmuDriver } from "./memory.ts"
import { consoleDriver, silentInputDriver } from "./serial.ts"

/** What drivers work with. */
export interface DriverContext {
  readonly ports: FirmwarePorts
  readonly memory: ClientMemory
  readonly map: MemoryMap
  readonly memoryNode: DeviceNode
  readonly mmuNode: DeviceNode
}

/** Attaches a driver to every node that has methods. */
export function attachDrivers(tree: OpenFirmwareTree, context: DriverContext): void {
  const { ports, memory, map, memoryNode, mmuNode } = context
  for (const [path, port] of Object.entries(ports.consoles)) {
    const node = tree.find(path)
    if (node) node.driver = consoleDriver(memory, port)
  }
  for (const [path, drive] of Object.entries(ports.drives)) {
    const node = tree.find(path)
    if (node) node.driver = diskDriver(memory, drive)
  }
  for (const node of tree.nodes()) node.driver ??= driverByType(node)
  memoryNode.driver = memoryDriver(map)
  mmuNode.driver = mmuDriver(map)
}

function driverByType(node: DeviceNode): Driver | undefined {
  switch (node.text("device_type")) {
    case "keyboard":
    case "mouse":
      return silentInputDriver
    default:
      return undefined
  }
}
