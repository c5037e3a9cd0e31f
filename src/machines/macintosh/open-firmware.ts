// The Open Firmware of a Macintosh: it runs on the host, and the guest reaches it by a call in a ROM page.

import { GPR } from "../../../cpu/powerpc/index.ts"
import type { CharLink, Drive, PciBus } from "../../../devices/kit/index.ts"
import type { DeviceTreeNode } from "../../../firmware/device-tree/index.ts"
import {
  type BusPort,
  type DrivePort,
  type FirmwarePorts,
  MAC_CONSOLE_ALIAS,
  type NvramPort,
  OpenFirmware,
  type PhysicalMemory,
  type ProgramStart,
  type RealTimeClockPort,
} from "../../../firmware/open-firmware/index.ts"
import { physicalAddress } from "../../../mmu/address.ts"
import type { PowerPcCpu } from "../../architectures/powerpc/index.ts"
import type { Machine } from "../../machine.ts"
import type { Part } from "../../part.ts"
import type { BoardFirmware, FirmwareRequest } from "../board.ts"

/** The firmware's ROM: the call of the client interface, `attn` and `blr`. */
const ENTRY_CODE = [0x0000_0200, 0x4e80_0020]

/** Virtual time that a call takes. */
const CALL_NS = 10_000
/** Virtual time that a slice of Forth takes, so that a program which polls the clock comes to its end. */
const SLICE_NS = 1_000_000

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
  readonly pci: PciBus
  readonly nvram: { readonly part: Part; readonly bytes: number; readonly stride: number }
  /** Time of day at power-on, in seconds since 1970. */
  readonly epochSeconds: number
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
        // A client that polls the clock would wait for ever if its calls took no time.
        machine.delay(CALL_NS)
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
        alarm.set(machine.nowNs + SLICE_NS)
        machine.wait(cpu.number)
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
    consoles: { [MAC_CONSOLE_ALIAS]: { ...output, ...input } },
    drives: Object.fromEntries(
      Object.entries(options.drives).map(([path, drive]): [string, DrivePort] => [path, drivePort(drive)]),
    ),
    nvram: nvramPort(options.nvram),
    clock: clockPort(options),
    bus: busPort(options),
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

function nvramPort({ part, bytes, stride }: MacFirmwareOptions["nvram"]): NvramPort {
  return {
    size: bytes,
    read: (offset) => part.instance.read(offset * stride, 1),
    write: (offset, value) => part.instance.write(offset * stride, 1, value),
  }
}

/** The clock as it goes from power-on; what a program sets holds until the next reset. */
function clockPort({ machine, epochSeconds }: MacFirmwareOptions): RealTimeClockPort {
  let origin = epochSeconds
  const seconds = () => Math.floor(machine.nowNs / 1e9)
  return {
    get() {
      const now = new Date((origin + seconds()) * 1000)
      return {
        year: now.getUTCFullYear(),
        month: now.getUTCMonth() + 1,
        day: now.getUTCDate(),
        hour: now.getUTCHours(),
        minute: now.getUTCMinutes(),
        second: now.getUTCSeconds(),
      }
    },
    set({ year, month, day, hour, minute, second }) {
      origin = Date.UTC(year, month - 1, day, hour, minute, second) / 1000 - seconds()
    },
  }
}

function busPort({ machine, pci }: MacFirmwareOptions): BusPort {
  const slot = (device: number) => (device >>> 11) & 31
  const number = (device: number) => (device >>> 8) & 7
  return {
    read: (address, bytes) => machine.bus.read(address, bytes) ?? 2 ** (8 * bytes) - 1,
    write: (address, bytes, value) => void machine.bus.write(address, bytes, value),
    readConfiguration: (device, register, bytes) =>
      pci.readConfiguration(slot(device), number(device), register, bytes),
    writeConfiguration: (device, register, bytes, value) =>
      pci.writeConfiguration(slot(device), number(device), register, bytes, value),
  }
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
