// General-purpose I/O of a KeyLargo: one byte of control for each pin.
// Reference: Linux, arch/powerpc/include/asm/keylargo.h; QEMU's macio-gpio.
import { type Context, device, type WiresOf, wire } from "../kit/index.ts"

/** `irqs` are the interrupts of the pins, by number, as many as the board connects. */
const wires = { irqs: wire.optionalLinesByNumber }

/** External interrupts 0 to 17, then 17 other pins. */
const PINS = 35
/** Bits of a pin's register. */
const GPIO = { DATA_OUT: 1, LEVEL: 1 << 1, OUTPUT: 1 << 2 }

const options = {
  /** Pins whose interrupt is active while they are low: the PMU's. */
  activeLow: [1] as readonly number[],
}

const state = ({ activeLow }: typeof options) => ({
  registers: new Uint8Array(PINS),
  /** Levels that the outside drives. Pins that are active low have pull-ups. */
  levels: Uint8Array.from({ length: PINS }, (_, n) => Number(activeLow.includes(n))),
})

type C = Context<WiresOf<typeof wires>, ReturnType<typeof state>, typeof options>

/** GPIO block at 0x50 of the chip; input n is pin n, and extint-gpio1, where the PMU interrupts, is pin 1. */
export const keylargoGpio = device({
  name: "keylargo-gpio",
  wires,
  size: 0x30,
  options,
  state,
  keep: ["levels"],
  registers: {
    // The summary of all levels is not modelled: no driver reads it.
    Levels: { at: 0x00, width: 1, count: 8, read: () => 0, write() {} },
    Pin: {
      at: 0x08,
      width: 1,
      count: PINS,
      otherLanes: "zero",
      read: (c: C, n) => c.state.registers[n]! | (level(c, n) ? GPIO.LEVEL : 0),
      write: (c: C, value, n) => (c.state.registers[n] = value & ~GPIO.LEVEL),
    },
  },
  inputs: {
    count: PINS,
    set: (c: C, n, level) => (c.state.levels[n] = Number(level)),
    label: (n) => (n < 18 ? `EXTINT ${n}` : `GPIO ${n - 18}`),
  },
  drive(c: C) {
    for (const [n, line] of Object.entries(c.wires.irqs ?? {})) {
      line.set(level(c, Number(n)) !== c.options.activeLow.includes(Number(n)))
    }
  },
  tree: () => ({ device_type: "gpio", compatible: "mac-io-gpio", "#address-cells": 1, "#size-cells": 0 }),
})

/** The level of a pin: as the part drives it if it is an output. */
function level({ state }: C, n: number): boolean {
  const register = state.registers[n]!
  return register & GPIO.OUTPUT ? (register & GPIO.DATA_OUT) !== 0 : state.levels[n] === 1
}
