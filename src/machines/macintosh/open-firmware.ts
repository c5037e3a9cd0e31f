// The Open Firmware of a Macintosh: it runs on the host, and the guest reaches it by a call in ROM.

import type { Drive } from "../../../devices/kit/index.ts"
import type { DeviceTreeNode } from "../../../firmware/device-tree/index.ts"
import {
  type DrivePort,
  type FirmwarePorts,
  MAC_CONSOLE_ALIAS,
  OpenFirmware,
  type ProgramStart,
} from "../../../firmware/open-firmware/index.ts"
import {
  connectOpenFirmware,
  firmwareMemory,
  openFirmwareCode,
  type PowerPcCpu,
} from "../../architectures/powerpc/index.ts"
import type { Machine } from "../../machine.ts"
import type { BoardFirmware, FirmwareRequest } from "../board.ts"
import type { SharedConsole } from "./shared-console.ts"

/** What the firmware of a board is made of. */
export type MacFirmwareOptions = {
  readonly machine: Machine
  readonly cpu: PowerPcCpu
  readonly console: SharedConsole
  readonly ramBytes: number
  /** Physical address of the firmware's call (`firmwareRom`). */
  readonly entry: number
  /** The drives by the path of their node. */
  readonly drives: Readonly<Record<string, Drive>>
  /** The board's device tree. */
  tree(): DeviceTreeNode
  /** Puts the parts into the state that the tree describes: PCI functions at their addresses. */
  prepare(): void
}

/** Contents of a ROM that holds nothing but the call of the firmware, at that physical address. */
export function firmwareRom(rom: { readonly base: number; readonly bytes: number }, entry: number): Uint8Array {
  const bytes = new Uint8Array(rom.bytes)
  bytes.set(openFirmwareCode(), entry - rom.base)
  return bytes
}

/** Makes the firmware of a board, which serves the CPU's calls from then on. */
export function macFirmware(options: MacFirmwareOptions): BoardFirmware {
  const { machine, cpu, console, entry } = options
  let firmware: OpenFirmware | undefined
  const wake = cpu.pin("wake")
  const alarm = machine.clock.alarm(() => wake.set(true))
  console.onReady(() => wake.set(true))
  const wait = (untilMs: number | undefined) => {
    if (console.isWaiting()) return
    wake.set(false)
    if (untilMs !== undefined) alarm.set(untilMs * 1e6)
    machine.wait(cpu.number)
  }
  connectOpenFirmware(cpu, { call: (r3) => firmware!.call(r3) }, wait)
  const begin = () => {
    options.prepare()
    firmware = makeFirmware(options)
    return firmware
  }
  return {
    startKernel({ kernel, initrd, commandLine }: FirmwareRequest) {
      const request = { kernel, ...(initrd && { initrd }), ...(commandLine !== undefined && { commandLine }) }
      start(cpu, begin().startKernel(request))
      return ["Open Firmware starts the kernel by its client interface"]
    },
    startPrompt(command) {
      begin().startPrompt(command)
      start(cpu, { entry, registers: {}, msr: 0 })
      return []
    },
  }
}

function makeFirmware(options: MacFirmwareOptions): OpenFirmware {
  const { machine, cpu, console, ramBytes } = options
  const serial = {
    write(bytes: Uint8Array) {
      for (const byte of bytes) console.send(byte)
    },
    read(limit: number) {
      const bytes: number[] = []
      while (bytes.length < limit && console.isWaiting()) bytes.push(console.receive()!)
      return Uint8Array.from(bytes)
    },
  }
  const ports: FirmwarePorts = {
    memory: firmwareMemory(cpu, ramBytes),
    milliseconds: () => Math.floor(machine.nowNs / 1e6),
    powerOff: () => machine.setPower("off"),
    reset: () => machine.setPower("reset"),
    consoles: { [MAC_CONSOLE_ALIAS]: serial },
    drives: Object.fromEntries(
      Object.entries(options.drives).map(([path, drive]): [string, DrivePort] => [path, drivePort(drive)]),
    ),
  }
  return new OpenFirmware({
    description: options.tree(),
    ports,
    clientEntry: options.entry,
    consolePath: MAC_CONSOLE_ALIAS,
  })
}

function drivePort({ media, block }: Drive): DrivePort {
  const blockBytes = media === "cdrom" ? 2048 : 512
  return {
    blockBytes,
    blocks: block ? Math.floor(block.size / blockBytes) : 0,
    read(first, count) {
      const bytes = new Uint8Array(count * blockBytes)
      return block?.read(first * blockBytes, bytes) ? bytes : undefined
    },
    write: (first, bytes) => (block && !block.isReadOnly ? block.write(first * blockBytes, bytes) : false),
  }
}

function start(cpu: PowerPcCpu, { entry, registers, msr }: ProgramStart): void {
  const named = Object.entries(registers).map(([n, value]) => [`r${n}`, value] as const)
  cpu.start(entry, { ...Object.fromEntries(named), MSR: msr })
}
