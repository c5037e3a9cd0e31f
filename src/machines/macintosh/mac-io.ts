// The cells of Apple's I/O chips, Heathrow and KeyLargo, on the bus inside the chip.

import { ide } from "../../../devices/block/ide.ts"
import { dbdma } from "../../../devices/dma/dbdma.ts"
import { type CharPort, DmaLink, type Line, type LocalBus } from "../../../devices/kit/index.ts"
import { cuda } from "../../../devices/macio/cuda.ts"
import { pmu } from "../../../devices/macio/pmu.ts"
import { z8530 } from "../../../devices/serial/z8530.ts"
import type { Machine } from "../../machine.ts"
import type { Pin } from "../../part.ts"
import type { BoardOptions } from "../board.ts"

/** The interrupt inputs of the cells, by the numbers that the chip's interrupt controller has for them. */
export type MacIoInterrupts = {
  readonly serialA: number
  readonly serialB: number
  readonly via: number
  readonly ide: readonly [number, number]
  readonly ideDma: readonly [number, number]
}

/** What an access through a PCI bridge to an I/O chip takes: some 16 cycles of 33 MHz. */
export const MAC_ACCESS_NS = 500

/** DBDMA channels of the two IDE channels. */
const IDE_CHANNELS = [0x16, 0x1a] as const

/** What the cells are connected to. */
export type MacIoSurroundings = {
  readonly machine: Machine
  readonly cells: LocalBus
  readonly interrupts: MacIoInterrupts
  /** An input of the interrupt controller. */
  readonly input: (n: number) => Pin
  readonly console: CharPort
  /** The pin that the PMU interrupts by; without it, the chip has a CUDA. */
  readonly pmuInterrupt?: Pin | undefined
  readonly options: BoardOptions
}

/** Adds the cells that both chips have. */
export function addMacIoCells(surroundings: MacIoSurroundings): void {
  const { machine, cells, interrupts, input, console } = surroundings
  machine.add("escc", z8530, {
    on: cells,
    at: 0x13000,
    regions: { legacy: 0x12000 },
    wires: { irqA: input(interrupts.serialA), irqB: input(interrupts.serialB), portA: console },
  })
  addMicrocontroller(surroundings)
  addDisks(surroundings)
}

function addMicrocontroller({ machine, cells, interrupts, input, pmuInterrupt, options }: MacIoSurroundings): void {
  const { epochSeconds } = options
  const wires = { irq: input(interrupts.via), powerOff: machine.powerOffPin(), reset: machine.resetPin() }
  const place = { on: cells, at: 0x16000 }
  if (pmuInterrupt)
    machine.add("pmu", pmu, { ...place, wires: { ...wires, interrupt: pmuInterrupt }, options: { epochSeconds } })
  else machine.add("cuda", cuda, { ...place, wires, options: { epochSeconds } })
}

function addDisks({ machine, cells, interrupts, input, options }: MacIoSurroundings): void {
  const links = IDE_CHANNELS.map(() => new DmaLink())
  for (const [n, link] of links.entries()) {
    const [drive0, drive1] = options.drives.slice(2 * n, 2 * n + 2)
    machine.add(`ide${n}`, ide, {
      on: cells,
      at: 0x20000 + n * 0x1000,
      wires: { irq: input(interrupts.ide[n]!), dma: link, drive0, drive1 },
    })
  }
  machine.add("dbdma", dbdma, {
    on: cells,
    at: 0x8000,
    wires: {
      memory: machine.memoryPort(),
      channels: Object.fromEntries(links.map((link, n) => [IDE_CHANNELS[n]!, link])),
      irq: Object.fromEntries(links.map((_, n): [number, Line] => [IDE_CHANNELS[n]!, input(interrupts.ideDma[n]!)])),
    },
  })
}
