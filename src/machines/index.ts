// The public module "emu/machines": the boards, and what you need to make one.

import { ImageError } from "../../firmware/image-error.ts"
import type { GuestArchitecture } from "../architectures/index.ts"
import type { BoardKind } from "./board.ts"
import { g3beige } from "./g3beige.ts"
import { mac99, mac99Pmu } from "./mac99.ts"
import { versatilepb } from "./versatilepb.ts"
import { virt } from "./virt.ts"

export { type DeviceTreeNode, node, type PropertyItem, type PropertyValue } from "../../firmware/device-tree/index.ts"
export { ImageError } from "../../firmware/image-error.ts"
export { ArmCpu, type ArmCpuOptions, type ArmHandover, arm } from "../architectures/arm/index.ts"
export { Cpu, type CpuModel, type CpuOptions, type MemoryOptions } from "../cpu.ts"
export type { CpuMmu, CpuSystem, InterruptPin as CpuPin } from "../cpu-system.ts"
export { Machine, type MachineOptions } from "../machine.ts"
export { type InterruptPin, type NodeOptions, Part, type Pin, type Placement } from "../part.ts"
export { WiringError } from "../wiring-error.ts"
export {
  type Board,
  type BoardFirmware,
  type BoardKind,
  type BoardOptions,
  type FirmwareRequest,
  MiB,
} from "./board.ts"
export { memoryNodes, type PartNodes, partNodes, type TreeOptions } from "./device-tree.ts"
export type { DriveOptions } from "./drives.ts"
export type { ExtraPart } from "./extra-parts.ts"

const boards: readonly BoardKind[] = [virt, versatilepb, g3beige, mac99, mac99Pmu]

/** Every board, by name. */
export const machines: Readonly<Record<string, BoardKind>> = Object.fromEntries(boards.map((kind) => [kind.name, kind]))

/** The board of that name; ImageError if there is none. */
export function findMachine(name: string): BoardKind {
  const kind = Object.hasOwn(machines, name) ? machines[name] : undefined
  if (kind) return kind
  throw new ImageError(`There is no machine ${name}; the machines are ${Object.keys(machines).join(", ")}.`)
}

/**
 * The board for an image. Of the boards with that architecture (any board, if undefined), it is the one that matches
 * the `compatible` strings of the device tree, else the first.
 */
export function pickMachine(architecture: GuestArchitecture | undefined, compatible: readonly string[]): BoardKind {
  const kinds = Object.values(machines).filter((kind) => !architecture || kind.architecture === architecture)
  const asked = kinds.find((kind) => kind.compatible.some((start) => compatible.some((name) => name.startsWith(start))))
  const picked = asked ?? kinds[0]
  if (picked) return picked
  throw new ImageError(`No machine has a CPU for ${architecture?.name} code.`)
}
