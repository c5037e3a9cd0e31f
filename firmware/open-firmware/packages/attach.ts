// Gives the nodes of a tree their drivers.

import type { ClientMemory } from "../memory/client-memory.ts"
import type { MemoryMap } from "../memory/memory-map.ts"
import type { FirmwarePorts } from "../ports.ts"
import type { DeviceNode } from "../tree/device-node.ts"
import type { Driver } from "../tree/instance.ts"
import type { OpenFirmwareTree } from "../tree/open-firmware-tree.ts"
import { busDriver } from "./bus.ts"
import { clockDriver } from "./clock.ts"
import { diskDriver } from "./disk.ts"
import { displayDriver } from "./display.ts"
import { memoryDriver, mmuDriver } from "./memory.ts"
import { nvramDriver } from "./nvram.ts"
import { consoleDriver, silentInputDriver } from "./serial.ts"
import { supportDriver } from "./support.ts"

/** What drivers work with. */
export interface DriverContext {
  readonly ports: FirmwarePorts
  readonly memory: ClientMemory
  readonly map: MemoryMap
  readonly memoryNode: DeviceNode
  readonly mmuNode: DeviceNode
  /** Memory of the firmware, SUPPORT_BUFFER_BYTES long. */
  readonly scratch: number
}

/** Attaches a driver to every node that has methods. */
export function attachDrivers(tree: OpenFirmwareTree, context: DriverContext): void {
  const { ports, memory, map, memoryNode, mmuNode, scratch } = context
  for (const [path, port] of Object.entries(ports.consoles)) attach(tree, path, consoleDriver(memory, port))
  for (const [path, drive] of Object.entries(ports.drives)) attach(tree, path, diskDriver(memory, drive))
  for (const name of ["deblocker", "disk-label"]) {
    attach(tree, `/packages/${name}`, supportDriver(memory, scratch, name))
  }
  memoryNode.driver = memoryDriver(map)
  mmuNode.driver = mmuDriver(map)
  for (const node of tree.nodes()) node.driver ??= driverByType(node, context)
}

function attach(tree: OpenFirmwareTree, path: string, driver: Driver): void {
  const node = tree.find(path)
  if (node) node.driver = driver
}

function driverByType(node: DeviceNode, { ports, memory, map, scratch }: DriverContext): Driver | undefined {
  const { clock, nvram, display, bus } = ports
  switch (node.text("device_type")) {
    case "keyboard":
    case "mouse":
      return silentInputDriver
    case "rtc":
      return clock && clockDriver(clock)
    case "nvram":
      return nvram && nvramDriver(memory, nvram)
    case "display":
      return display && displayDriver(memory, display, node)
    default:
      return node.properties.has("#address-cells") ? busDriver(node, { memory, map, bus, scratch }) : undefined
  }
}
