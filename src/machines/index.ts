// The boards, and what a board is made of: the public module "emu/machines".

import { ImageError } from "../../firmware/image-error.ts"
import type { BoardKind } from "./board.ts"
import { versatilepb } from "./versatilepb.ts"
import { virt } from "./virt.ts"

export { type DeviceTreeNode, node, type PropertyItem, type PropertyValue } from "../../firmware/device-tree/index.ts"
export { ImageError } from "../../firmware/image-error.ts"
export { ArmCpu, type ArmCpuOptions, type MemoryOptions } from "../arm-cpu.ts"
export { Machine, type MachineOptions } from "../machine.ts"
export { type InterruptPin, type NodeOptions, Part, type Pin, type Placement } from "../part.ts"
export { WiringError } from "../wiring-error.ts"
export { type Board, type BoardKind, type BoardOptions, MiB } from "./board.ts"
export { memoryNodes, type PartNodes, partNodes, type TreeOptions } from "./device-tree.ts"
export type { ExtraPart } from "./extra-parts.ts"

/** Every board, by name. */
export const machines: Readonly<Record<string, BoardKind>> = { virt, versatilepb }

/** The board of that name; ImageError if there is none. */
export function findMachine(name: string): BoardKind {
  const kind = Object.hasOwn(machines, name) ? machines[name] : undefined
  if (kind) return kind
  throw new ImageError(`There is no machine ${name}; the machines are ${Object.keys(machines).join(", ")}.`)
}
