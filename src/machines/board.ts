// What every board has in common: memory sizes, the description of its parts, and the way to start a guest on it.

import type { CharLink, Drive, Screen } from "../../devices/kit/index.ts"
import type { DeviceTreeNode } from "../../firmware/device-tree/index.ts"
import type { Load } from "../../firmware/loader/index.ts"
import type { GuestArchitecture } from "../architectures/index.ts"
import type { Cpu } from "../cpu.ts"
import type { EngineOptions } from "../engine.ts"
import type { Machine } from "../machine.ts"

/** Size of a mebibyte in bytes. */
export const MiB = 1024 * 1024

/** Options of any board. */
export type BoardOptions = EngineOptions & {
  readonly memoryBytes: number
  /** CPU model; the board's own if undefined. */
  readonly cpu: string | undefined
  /** Instructions that make a second of virtual time. */
  readonly clockRate: number
  /** Time of day at power-on, in seconds since 1970. */
  readonly epochSeconds: number
  /** Lets the guest call the host by semihosting. */
  readonly semihosting: boolean
  /** Contents of the flash that the CPU starts from. */
  readonly bios: Uint8Array | undefined
  /** The drives by place, of as many places as the kind of board has; undefined where nothing is connected. */
  readonly drives: readonly (Drive | undefined)[]
  /** A kernel that the firmware image is to start. */
  readonly kernel: FirmwareRequest | undefined
  /** The first serial port's other end. */
  readonly console: CharLink
  readonly log: (message: string) => void
}

/** A kernel that a firmware starts. */
export type FirmwareRequest = {
  /** Without compression around it. */
  readonly kernel: Uint8Array
  readonly initrd: Uint8Array | undefined
  readonly commandLine: string | undefined
}

/** The firmware that a board has in ROM, served by the host. */
export type BoardFirmware = {
  /** Starts a kernel, as after a reset; returns what was done, one sentence each. ImageError if it cannot run here. */
  startKernel(request: FirmwareRequest): readonly string[]
  /** Starts its prompt, as after a reset, and evaluates a command first if one is given. */
  startPrompt(command?: string): void
}

/** A board with its CPU, ready for a guest to be loaded. */
export type Board = {
  readonly machine: Machine
  readonly cpu: Cpu
  readonly ramBase: number
  readonly ramBytes: number
  /** Facts that the loader of its architecture needs, by name. */
  readonly handover: Readonly<Record<string, number>>
  /** What has to be in memory when a firmware image starts. */
  readonly loads?: readonly Load[]
  /** Its own firmware, which starts kernels; without it, the loader of the architecture does. */
  readonly firmware?: BoardFirmware
  /** What its graphics part shows on, if it has one. */
  readonly screen?: Screen
  /** The tree that describes the board; undefined if it comes with the guest (`--dtb`). */
  readonly deviceTree: DeviceTreeNode | undefined
}

/** A kind of board. */
export type BoardKind = {
  readonly name: string
  readonly description: string
  /** The architecture of its CPU. */
  readonly architecture: GuestArchitecture
  /** CPU models, the usual one first. */
  readonly cpus: readonly string[]
  /** Beginnings of the `compatible` strings by which a device tree asks for the board. */
  readonly compatible: readonly string[]
  readonly defaultMemoryBytes: number
  readonly maximumMemoryBytes: number
  /** Largest firmware image that it can start from; undefined if it has no place for one. */
  readonly biosBytes: number | undefined
  /** Places for IDE drives, two for each channel; none if not given. */
  readonly drivePlaces?: number
  /** Whether it has a firmware of its own, whose prompt starts without an image. */
  readonly hasFirmware?: boolean
  /** Whether such an image starts a kernel that it is given. */
  readonly biosTakesKernel?: boolean
  create(options: BoardOptions): Board
}
