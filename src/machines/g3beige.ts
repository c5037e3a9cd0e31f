// The Power Macintosh G3 (beige): MPC750, Grackle, Heathrow, CUDA, as QEMU's `g3beige` has it.
// `emu describe g3beige` prints its map and its interrupts.

import { rom as romPart } from "../../devices/memory/rom.ts"
import { romContents } from "../../firmware/loader/index.ts"
import { PowerPcCpu, powerPc } from "../architectures/powerpc/index.ts"
import { Machine } from "../machine.ts"
import { type Board, type BoardKind, type BoardOptions, MiB } from "./board.ts"

const ROM = { base: 0xfff0_0000, bytes: MiB }

function create(options: BoardOptions): Board {
  const machine = new Machine({ name: "g3beige", clockRate: options.clockRate, log: options.log })
  const cpu = new PowerPcCpu(machine, {
    ...options,
    model: options.cpu ?? "750",
    memory: [
      { name: "ram", base: 0, size: options.memoryBytes, writable: true },
      { name: "rom", base: ROM.base, size: ROM.bytes, writable: false },
    ],
  })
  const contents = options.bios ? romContents(options.bios, ROM.base, ROM.bytes) : new Uint8Array(0)
  const rom = machine.add("rom", romPart, { at: ROM.base, wires: {}, options: { bytes: ROM.bytes, contents } })
  cpu.backMemory("rom", rom.instance)
  return { machine, cpu, ramBase: 0, ramBytes: options.memoryBytes, handover: {}, deviceTree: undefined }
}

/** QEMU's `g3beige`. */
export const g3beige: BoardKind = {
  name: "g3beige",
  description: "Power Macintosh G3 (MPC750, Grackle PCI, Heathrow, CUDA, Z8530)",
  architecture: powerPc,
  cpus: ["750", "7400"],
  compatible: ["AAPL,PowerMac G3", "Power Macintosh", "AAPL,Gossamer"],
  defaultMemoryBytes: 256 * MiB,
  maximumMemoryBytes: 2047 * MiB,
  biosBytes: ROM.bytes,
  create,
}
