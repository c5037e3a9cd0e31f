// The Open Firmware of a Macintosh: it runs on the host, and the guest reaches it by a call in a ROM page.

import { GPR } from "../../../cpu/powerpc/index.ts"
import type { CharLink, Drive } from "../../../devices/kit/index.ts"
import type { DeviceTreeNode } from "../../../firmware/device-tree/index.ts"
import {
  type DrivePort,
  type FirmwarePorts,
  MAC_CONSOLE_ALIAS,
  OpenFirmware,
  type PhysicalMemory,
  type ProgramStart,
} from "../../../firmware/open-firmware/index.ts"
import { physicalAddress } from "../../../mmu/address.ts"
import type { PowerPcCpu } from "../../architectures/powerpc/index.ts"
import type { Machine } from "../../machine.ts"
import type { BoardFirmware, FirmwareRequest } from "../board.ts"

/** The firmware's ROM: the call of the client interface, `attn` and `blr`. */
const ENTRY_CODE = [0x0000_0200, 0x4e80_0020]

/** What the firmware of a board is made of. */
export type MacFirmwareOptions = {
  readonly machine: Machine
  readonly cpu: PowerPcCpu
  readonly console: CharLink
  readonly ramBytes: number
  /** Physical address of the ROM page that holds `firmwareRom()`. */
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
  const view = new DataView(bytes.buffer)
  for (const [n, word] of ENTRY_CODE.entries()) view.setUint32(entry - rom.base + 4 * n, word)
  return bytes
}

/** Makes the firmware of a board, which serves the CPU's calls from then on. */
export function macFirmware(options: MacFirmwareOptions): BoardFirmware {
  const { cpu, machine, console } = options
  let firmware: OpenFirmware | undefined
  const wake = () => machine.wake(cpu.number)
  const alarm = machine.clock.alarm(wake)
  console.onReady(wake)
  cpu.connectFirmware((pc) => {
    if (!firmware) return undefined
    const outcome = firmware.call(cpu.state.get(GPR, 3) >>> 0)
    switch (outcome.kind) {
      case "return":
        cpu.state.set(GPR, 3, outcome.value)
        return pc + 4
      case "start":
        start(cpu, outcome.program)
        return outcome.program.entry
      case "wait":
        // The CPU sleeps, and calls the firmware again when a key or the time has come.
        if (outcome.untilMs !== undefined) alarm.set(outcome.untilMs * 1e6)
        machine.wait(cpu.number)
        return pc
      case "again":
        return pc
    }
  })
  const restart = (): OpenFirmware => {
    options.prepare()
    firmware = makeFirmware(options)
    return firmware
  }
  return {
    startKernel(request: FirmwareRequest) {
      const { kernel, initrd, commandLine } = request
      const given = { kernel, ...(initrd && { initrd }), ...(commandLine !== undefined && { commandLine }) }
      start(cpu, restart().startKernel(given))
      return ["Open Firmware starts the kernel by its client interface"]
    },
    startPrompt(command?: string) {
      restart().startPrompt(command)
      start(cpu, { entry: options.entry, registers: {}, msr: 0 })
    },
  }
}

function makeFirmware(options: MacFirmwareOptions): OpenFirmware {
  const description = options.tree()
  const { machine, cpu, console, ramBytes } = options
  const output = {
    write(bytes: Uint8Array) {
      for (const byte of bytes) console.send(byte)
    },
  }
  const input = {
    read(limit: number) {
      const bytes: number[] = []
      while (bytes.length < limit && console.isWaiting()) bytes.push(console.receive()!)
      return Uint8Array.from(bytes)
    },
  }
  const ports: FirmwarePorts = {
    memory: firmwareMemory(cpu, ramBytes),
    milliseconds: () => machine.nowNs / 1e6,
    powerOff: () => machine.setPower("off"),
    reset: () => machine.setPower("reset"),
    consoles: { [consolePath(description)]: { ...output, ...input } },
    drives: Object.fromEntries(
      Object.entries(options.drives).map(([path, drive]): [string, DrivePort] => [path, drivePort(drive)]),
    ),
  }
  return new OpenFirmware({ description, ports, clientEntry: options.entry, consolePath: MAC_CONSOLE_ALIAS })
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

/** The path that the alias of the console stands for. */
function consolePath(root: DeviceTreeNode): string {
  const aliases = root.children.find(({ name }) => name === "aliases")
  return String(aliases?.properties[MAC_CONSOLE_ALIAS])
}

function start(cpu: PowerPcCpu, { entry, registers, msr }: ProgramStart): void {
  const named = Object.entries(registers).map(([n, value]) => [`r${n}`, value] as const)
  cpu.start(entry, { ...Object.fromEntries(named), MSR: msr })
}

/** RAM as the firmware sees it. */
function firmwareMemory(cpu: PowerPcCpu, size: number): PhysicalMemory {
  const cell = new Uint8Array(4)
  const view = new DataView(cell.buffer)
  const read = (address: number, into: Uint8Array) => {
    cpu.guest.physicalRead(physicalAddress(address), into)
    return into
  }
  return {
    size,
    read: (address, length) => read(address, new Uint8Array(length)),
    write: (address, bytes) => void cpu.guest.physicalWrite(physicalAddress(address), bytes),
    clear: (address, length) => void cpu.clear(address, length),
    load(address, bytes) {
      // Leading bytes of the cell stay zero.
      cell.fill(0)
      read(address, cell.subarray(4 - bytes))
      return view.getUint32(0)
    },
    store(address, bytes, value) {
      view.setUint32(0, value)
      cpu.guest.physicalWrite(physicalAddress(address), cell.subarray(4 - bytes))
    },
  }
}
