// Starts a kernel by Linux's boot protocol for ARM: r0 to r2, and a device tree or a tagged list.

import { placeArmLinux } from "../../../firmware/loader/index.ts"
import type { KernelPlacement, KernelRequest } from "../architecture.ts"

/** What the loader needs of a board: its number in the registry of ARM machines, for kernels without a device tree. */
export type ArmHandover = { readonly machineType: number }

/** Places a kernel; ImageError if it is not one for 32-bit ARM. */
export function placeArmKernel({ handover, ...request }: KernelRequest): KernelPlacement {
  const { initrd, deviceTree, commandLine, ...always } = request
  const { machineType } = handover
  const { loads, entry, thumb, registers, notes } = placeArmLinux({
    ...always,
    ...(machineType !== undefined ? { machineType } : {}),
    ...(initrd ? { initrd } : {}),
    ...(commandLine !== undefined ? { commandLine } : {}),
    ...(deviceTree ? { deviceTree } : {}),
  })
  return { loads, entry: entry + (thumb ? 1 : 0), registers, notes }
}
