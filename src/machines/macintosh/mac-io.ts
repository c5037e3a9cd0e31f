// The cells of Apple's I/O chips, Heathrow and KeyLargo, on the bus inside the chip.

import { ide } from "../../../devices/block/ide.ts"
import { dbdma } from "../../../devices/dma/dbdma.ts"
import { DmaLink, type Line, type LocalBus, type MemoryPort } from "../../../devices/kit/index.ts"
import { cuda } from "../../../devices/macio/cuda.ts"
import { z8530 } from "../../../devices/serial/z8530.ts"
import type { Machine } from "../../machine.ts"
import type { Pin } from "../../part.ts"
import type { BoardOptions } from "../board.ts"

/** The interrupt inputs of the cells, by the numbers that the chip's interrupt controller has for them. */
export type MacIoInterrupts = {
  readonly serialA: number
  readonly serialB: number
  readonly cuda: number
  readonly ide: readonly [number, number]
  readonly ideDma: readonly [number, number]
}

/** DBDMA channels of the two IDE channels. */
const IDE_CHANNELS = [0x16, 0x1a] as const

/** What the cells are connected to. */
export type MacIoSurroundings = {
  readonly machine: Machine
  readonly cells: LocalBus
  readonly interrupts: MacIoInterrupts
  /** An input of the interrupt controller. */
  readonly input: (n: number) => Pin
  readonly memory: MemoryPort
  readonly options: BoardOptions
}

/** Adds the cells that both chips have. */
export function addMacIoCells({ machine, cells, interrupts, input, memory, options }: MacIoSurroundings): void {
  machine.add("escc", z8530, {
    on: cells,
    at: 0x13000,
    regions: { legacy: 0x12000 },
    wires: { irqA: input(interrupts.serialA), irqB: input(interrupts.serialB), portA: options.console },
  })
  machine.add("cuda", cuda, {
    on: cells,
    at: 0x16000,
    wires: { irq: input(interrupts.cuda), powerOff: machine.powerOffPin(), reset: machine.resetPin() },
    options: { epochSeconds: options.epochSeconds },
  })
  const links = IDE_CHANNELS.map(() => new DmaLink())
  for (const [n, link] of links.entries()) {
    machine.add(`ide${n}`, ide, {
      on: cells,
      at: 0x20000 + n * 0x1000,
      wires: { irq: input(interrupts.ide[n]!), dma: link, ...drivesOf(options, n) },
    })
  }
  machine.add("dbdma", dbdma, {
    on: cells,
    at: 0x8000,
    wires: {
      memory,
      channels: Object.fromEntries(links.map((link, n) => [IDE_CHANNELS[n]!, link])),
      irq: Object.fromEntries(links.map((_, n): [number, Line] => [IDE_CHANNELS[n]!, input(interrupts.ideDma[n]!)])),
    },
  })
}

function drivesOf(_options: BoardOptions, _channel: number) {
  return {}
}
