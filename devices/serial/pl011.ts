// PL011 serial port (PrimeCell UART). Reference: ARM DDI 0183G, chapters 2 and 3.
import { type Context, device, primeCell, push, take, type WiresOf, wire } from "../kit/index.ts"

/** `irq` is UARTINTR, the OR of all interrupts; `console` is the far end of the line. */
const wires = { irq: wire.line, console: wire.port }

/** Bits of UARTFR (section 3.3.3). */
const FR = { RXFE: 1 << 4, TXFF: 1 << 5, RXFF: 1 << 6, TXFE: 1 << 7 }
/** Bits of UARTCR (section 3.3.8). */
const CR = { UARTEN: 1 << 0, LBE: 1 << 7, TXE: 1 << 8, RXE: 1 << 9 }
/** Bits of UARTRIS and its kin (section 3.3.11). */
const INT = { RX: 1 << 4, TX: 1 << 5, RT: 1 << 6, OE: 1 << 10 }
const LCR_H_FEN = 1 << 4
const OVERRUN = 1 << 3

const options = {
  clockHz: 24_000_000,
  /** Bits per second at which bytes come in from outside: what keeps a paste from outrunning the guest's readers. */
  receiveBaud: 115_200,
}

const state = () => ({
  received: [] as number[],
  isOverrun: false,
  lineControl: 0,
  control: CR.TXE | CR.RXE,
  integerDivisor: 0,
  fractionalDivisor: 0,
  lowPower: 0,
  fifoLevels: 0x12,
  mask: 0,
  raw: 0,
  dma: 0,
  /** When the byte that is coming in will be complete, or -1 while none is. */
  arrivalNs: -1,
  /** When the receive timeout falls due, or -1. */
  timeoutNs: -1,
})

type C = Context<WiresOf<typeof wires>, ReturnType<typeof state>, typeof options, "arrival" | "timeout">

/** PL011 UART; transmission takes no time, reception takes the time of `receiveBaud`. */
export const pl011 = device({
  name: "pl011",
  wires,
  size: 0x1000,
  options,
  state,
  registers: {
    UARTDR: { at: 0x00, otherLanes: "zero", read: takeByte, write: sendByte },
    UARTRSR: {
      at: 0x04,
      read: (c: C) => (c.state.isOverrun ? OVERRUN : 0),
      write: (c: C) => (c.state.isOverrun = false),
    },
    UARTFR: { at: 0x18, read: flags },
    UARTILPR: { at: 0x20, read: (c: C) => c.state.lowPower, write: (c: C, v) => (c.state.lowPower = v & 0xff) },
    UARTIBRD: {
      at: 0x24,
      read: (c: C) => c.state.integerDivisor,
      write: (c: C, v) => (c.state.integerDivisor = v & 0xffff),
    },
    UARTFBRD: {
      at: 0x28,
      read: (c: C) => c.state.fractionalDivisor,
      write: (c: C, v) => (c.state.fractionalDivisor = v & 0x3f),
    },
    UARTLCR_H: { at: 0x2c, read: (c: C) => c.state.lineControl, write: setLineControl },
    UARTCR: { at: 0x30, read: (c: C) => c.state.control, write: (c: C, v) => (c.state.control = v & 0xff87) },
    UARTIFLS: { at: 0x34, read: (c: C) => c.state.fifoLevels, write: (c: C, v) => (c.state.fifoLevels = v & 0x3f) },
    UARTIMSC: { at: 0x38, read: (c: C) => c.state.mask, write: (c: C, v) => (c.state.mask = v & 0x7ff) },
    UARTRIS: { at: 0x3c, read: (c: C) => c.state.raw },
    UARTMIS: { at: 0x40, read: (c: C) => c.state.raw & c.state.mask },
    UARTICR: { at: 0x44, otherLanes: "zero", write: clearInterrupts },
    UARTDMACR: { at: 0x48, read: (c: C) => c.state.dma, write: (c: C, v) => (c.state.dma = v & 7) },
    ...primeCell(0x11, 0x10, 0x14, 0x00),
  },
  alarms: {
    arrival: acceptByte,
    timeout: (c: C) => {
      c.state.timeoutNs = -1
      c.state.raw |= INT.RT
    },
  },
  start(c: C) {
    c.wires.console.onReady(() => c.settle())
  },
  drive(c: C) {
    c.wires.irq.set((c.state.raw & c.state.mask) !== 0)
  },
  arm(c: C) {
    const { state, alarms } = c
    // The far end sends only while the byte can be received, and sends it again if it was cut off.
    if (!canReceive(c)) state.arrivalNs = -1
    else if (state.arrivalNs < 0) state.arrivalNs = c.clock.nowNs() + bitsNs(c, 10)
    if (state.arrivalNs >= 0) alarms.arrival.set(state.arrivalNs)
    else alarms.arrival.cancel()
    if (state.timeoutNs >= 0) alarms.timeout.set(state.timeoutNs)
    else alarms.timeout.cancel()
  },
  tree: () => ({ compatible: ["arm,pl011", "arm,primecell"], "clock-names": ["uartclk", "apb_pclk"] }),
})

const depth = (c: C) => (c.state.lineControl & LCR_H_FEN ? 16 : 1)

/** The fill at which the receive interrupt rises: RXIFLSEL is 1/8, 1/4, 1/2, 3/4 or 7/8 of the FIFO. */
function triggerLevel(c: C): number {
  return c.state.lineControl & LCR_H_FEN ? ([2, 4, 8, 12, 14][c.state.fifoLevels >> 3] ?? 14) : 1
}

const bitsNs = (c: C, bits: number) => Math.ceil((bits * 1e9) / c.options.receiveBaud)

function canReceive(c: C): boolean {
  const enabled = CR.UARTEN | CR.RXE
  const { control, received } = c.state
  return (control & (enabled | CR.LBE)) === enabled && received.length < depth(c) && c.wires.console.isWaiting()
}

function acceptByte(c: C): void {
  c.state.arrivalNs = -1
  const byte = c.wires.console.receive()
  if (byte !== undefined) receive(c, byte)
}

function receive(c: C, byte: number): void {
  const { state } = c
  if (!push(state.received, byte, depth(c))) {
    state.isOverrun = true
    state.raw |= INT.OE
    return
  }
  // The interrupt is an event of passing the level, not the level itself (section 2.8.3): cleared, it stays clear
  // until the fill passes the level again.
  if (state.received.length === triggerLevel(c)) state.raw |= INT.RX
  state.timeoutNs = c.clock.nowNs() + bitsNs(c, 32)
}

function takeByte(c: C): number {
  const { state } = c
  const byte = take(state.received)
  if (state.received.length < triggerLevel(c)) state.raw &= ~INT.RX
  if (state.received.length === 0) {
    state.raw &= ~INT.RT
    state.timeoutNs = -1
  }
  return byte
}

function sendByte(c: C, value: number): void {
  const { state } = c
  const enabled = CR.UARTEN | CR.TXE
  // A departure from the manual, as on other emulators: programs that count on firmware to enable the port are heard.
  if ((state.control & enabled) !== enabled) c.log("byte sent while the transmitter is disabled")
  if (state.control & CR.LBE) receive(c, value & 0xff)
  else c.wires.console.send(value & 0xff)
  state.raw |= INT.TX
}

function flags(c: C): number {
  const { received } = c.state
  return FR.TXFE | (received.length === 0 ? FR.RXFE : 0) | (received.length >= depth(c) ? FR.RXFF : 0)
}

function setLineControl(c: C, value: number): void {
  const { state } = c
  // Switching the FIFOs on or off empties them (section 3.3.7).
  if ((state.lineControl ^ value) & LCR_H_FEN) {
    state.received = []
    state.raw &= ~(INT.RX | INT.RT)
    state.timeoutNs = -1
  }
  state.lineControl = value & 0xff
}

function clearInterrupts(c: C, value: number): void {
  c.state.raw &= ~value & 0x7ff
}
