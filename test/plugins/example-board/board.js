// The example board: an ARM CPU with an interrupt controller, a timer and a console of its own.

/** @import { ArmHandover, Board, BoardKind, BoardOptions } from "emu/machines" */
import { ArmCpu, arm, Machine, MiB, memoryNodes, node, partNodes } from "emu/machines"
import byteConsole from "./parts/byte-console.js"
import interruptLatch from "./parts/interrupt-latch.js"
import intervalTimer from "./parts/interval-timer.js"

const RAM_BASE = 0x8000_0000

/** @type {ArmHandover} What a kernel is told of the board: nothing but the device tree. */
const handover = { machineType: 0xffff_ffff }

/**
 * @param {BoardOptions} options
 * @returns {Board}
 */
function create(options) {
  const machine = new Machine({ name: "example", clockRate: options.clockRate, log: options.log })
  const cpu = new ArmCpu(machine, {
    ...options,
    model: options.cpu ?? "cortex-a15",
    memory: [{ name: "ram", base: RAM_BASE, size: options.memoryBytes, writable: true }],
  })
  const latch = machine.add("latch", interruptLatch, { at: 0x1000_0000, wires: { irq: cpu.pin("irq") } })
  machine.add("timer", intervalTimer, { at: 0x1000_1000, wires: { irq: latch.input(3) } })
  const tty = machine.add("tty", byteConsole, {
    at: 0x1000_2000,
    wires: { irq: latch.input(4), console: options.console },
  })
  return {
    machine,
    cpu,
    ramBase: RAM_BASE,
    ramBytes: options.memoryBytes,
    handover,
    get deviceTree() {
      const parts = partNodes(machine, { interruptParent: latch })
      return node(
        "",
        { compatible: "example,board", "#address-cells": 2, "#size-cells": 2, "interrupt-parent": parts.of(latch) },
        [...memoryNodes(machine), ...parts.all, node("chosen", { "stdout-path": `/${parts.of(tty).name}` })],
      )
    },
  }
}

/** @type {BoardKind} */
export default {
  name: "example",
  description: "an ARM CPU with an interrupt controller, a timer and a console of its own",
  architecture: arm,
  cpus: ["cortex-a15"],
  compatible: ["example,board"],
  defaultMemoryBytes: 16 * MiB,
  maximumMemoryBytes: 256 * MiB,
  biosBytes: undefined,
  create,
}
