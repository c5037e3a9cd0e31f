// Z8530 serial communications controller (ESCC), in asynchronous modes, with the addresses of a Mac I/O chip.
// Reference: Zilog SCC/ESCC User Manual UM010903, chapters 2 (interrupts) and 5 (registers).
import { type Context, device, type Register, type WiresOf, wire } from "../kit/index.ts"
import * as channels from "./z8530-channel.ts"
import { channel, PENDING, RR0 } from "./z8530-channel.ts"

/** `irqA` and `irqB` are the interrupts of each channel; the ports are the far ends of the lines. */
const wires = { irqA: wire.line, irqB: wire.line, portA: wire.port, portB: wire.optionalPort }

/** Bits of WR9. */
const WR9 = { MIE: 1 << 3, STATUS_HIGH: 1 << 4, SOFTWARE_INTACK: 1 << 5 }
/** What bits 7:6 of WR9 reset. */
const RESET = { B: 1, A: 2, ALL: 3 }

const options = {
  /** Bits per second at which bytes come in from outside: what keeps a paste from outrunning the guest's readers. */
  receiveBaud: 115_200,
}

const state = () => ({
  channels: [channel(), channel()],
  vector: 0,
  wr9: 0,
  /** Interrupts under service, with the bits of RR3. */
  ius: 0,
  /** Enhancement registers of the Mac I/O chip, which only hold what is written. */
  enhancement: [0, 0],
  /** Levels of the modem inputs, with the bits of RR0. */
  modem: [0, 0],
})

const A = 0
const B = 1

type C = Context<WiresOf<typeof wires>, ReturnType<typeof state>, typeof options, "arrivalA" | "arrivalB">

const byte = { width: 1, otherLanes: "zero" } as const
const control = (at: number, n: number): Register<C> => ({
  ...byte,
  at,
  read: (c) => readControl(c, n),
  write: (c, value) => writeControl(c, n, value),
})
const data = (at: number, n: number): Register<C> => ({
  ...byte,
  at,
  read: (c) => channels.takeCharacter(c.state.channels[n]!),
  write: (c, value) => send(c, n, value),
})
const enhancement = (at: number, n: number): Register<C> => ({
  ...byte,
  at,
  read: (c) => c.state.enhancement[n]!,
  write: (c, value) => (c.state.enhancement[n] = value),
})
const layout = (step: { control: number; a: number; data: number; enhancement: number; enhancementA: number }) => ({
  ControlB: control(step.control, B),
  ControlA: control(step.control + step.a, A),
  DataB: data(step.data, B),
  DataA: data(step.data + step.a, A),
  EnhancementB: enhancement(step.enhancement, B),
  EnhancementA: enhancement(step.enhancement + step.enhancementA, A),
})

/**
 * Z8530 SCC with two channels; transmission takes no time, reception takes the time of `receiveBaud`. Its own range has
 * the addresses of a Mac I/O chip's "escc", the region `legacy` those of "escc-legacy". Inputs 0 to 2 are DCD, CTS and
 * SYNC of channel A, 3 to 5 those of channel B.
 */
export const z8530 = device({
  name: "z8530",
  wires,
  size: 0x100,
  options,
  state,
  keep: ["modem"],
  registers: layout({ control: 0x00, a: 0x20, data: 0x10, enhancement: 0x40, enhancementA: 0x10 }),
  regions: {
    legacy: {
      size: 0x100,
      registers: layout({ control: 0x00, a: 0x02, data: 0x04, enhancement: 0x08, enhancementA: 0x02 }),
    },
  },
  inputs: {
    count: 6,
    set(c: C, n, level) {
      const which = n < 3 ? A : B
      const bit = [RR0.DCD, RR0.CTS, RR0.SYNC][n % 3]!
      withStatus(c, which, () => {
        const levels = c.state.modem[which]!
        c.state.modem[which] = level ? levels | bit : levels & ~bit
      })
    },
    label: (n) => ["DCDA", "CTSA", "SYNCA", "DCDB", "CTSB", "SYNCB"][n]!,
  },
  alarms: { arrivalA: (c: C) => acceptByte(c, A), arrivalB: (c: C) => acceptByte(c, B) },
  start(c: C) {
    c.wires.portA.onReady(() => c.settle())
    c.wires.portB?.onReady(() => c.settle())
  },
  drive(c: C) {
    const active = activeInterrupts(c)
    c.wires.irqA.set((active & 0x38) !== 0)
    c.wires.irqB.set((active & 0x07) !== 0)
  },
  arm(c: C) {
    const alarms = [c.alarms.arrivalA, c.alarms.arrivalB]
    for (const [n, ch] of c.state.channels.entries()) {
      // The far end sends only while the byte can be received.
      if (!channels.hasRoom(ch) || !portOf(c, n)?.isWaiting()) ch.arrivalNs = -1
      else if (ch.arrivalNs < 0) ch.arrivalNs = c.clock.nowNs() + Math.ceil(10e9 / c.options.receiveBaud)
      if (ch.arrivalNs >= 0) alarms[n]!.set(ch.arrivalNs)
      else alarms[n]!.cancel()
    }
  },
  tree: () => ({ device_type: "escc", compatible: ["escc", "CHRP,es0"] }),
})

const portOf = (c: C, n: number) => (n === A ? c.wires.portA : c.wires.portB)

function withStatus(c: C, n: number, change: () => void): void {
  channels.withStatus(c.state.channels[n]!, () => c.state.modem[n]!, change)
}

function acceptByte(c: C, n: number): void {
  const ch = c.state.channels[n]!
  ch.arrivalNs = -1
  const received = portOf(c, n)?.receive()
  if (received === undefined) return
  channels.receive(ch, received)
  if (channels.echoes(ch)) portOf(c, n)?.send(received)
}

function send(c: C, n: number, value: number): void {
  const ch = c.state.channels[n]!
  const character = value & channels.sentBits(ch)
  if (!channels.canSend(ch)) {
    c.log("byte sent while the transmitter is disabled")
    return
  }
  if (channels.isLooped(ch)) channels.receive(ch, character)
  else if (!channels.echoes(ch)) portOf(c, n)?.send(character)
  channels.noteSent(ch)
}

/** Interrupts that are enabled and pending, as in RR3: bits 5:3 are receive, transmit and external of A, 2:0 of B. */
function pending({ state }: C): number {
  return (channels.pending(state.channels[A]!) << 3) | channels.pending(state.channels[B]!)
}

const highest = (bits: number) => (bits === 0 ? 0 : 1 << (31 - Math.clz32(bits)))

/** Interrupts that ask for service: pending, and of a higher priority than any under service. */
function activeInterrupts(c: C): number {
  const { wr9, ius } = c.state
  if (!(wr9 & WR9.MIE)) return 0
  return pending(c) & (ius === 0 ? 0x3f : ~(2 * highest(ius) - 1))
}

/** RR2 of channel B: the vector with the code of the interrupt of highest priority. */
function modifiedVector(c: C): number {
  const { state } = c
  const now = highest(pending(c))
  const [ch, base] = now > 7 ? [state.channels[A]!, 4] : [state.channels[B]!, 0]
  const source = now > 7 ? now >> 3 : now
  let code = 3
  if (source === PENDING.TX) code = base
  else if (source === PENDING.EXT) code = base + 1
  else if (source === PENDING.RX) code = base + (channels.isSpecial(ch) ? 3 : 2)
  if (!(state.wr9 & WR9.STATUS_HIGH)) return (state.vector & ~0x0e) | (code << 1)
  // Bits 4 to 6 hold the code with its bits in reverse.
  const reversed = ((code & 1) << 2) | (code & 2) | (code >> 2)
  return (state.vector & ~0x70) | (reversed << 4)
}

function readControl(c: C, n: number): number {
  const { state } = c
  const ch = state.channels[n]!
  const register = ch.pointer
  ch.pointer = 0
  const extended = channels.extendedRead(ch, register)
  if (extended !== undefined) return extended
  const read = channels.readAlias(register)
  switch (read) {
    case 0:
      return channels.rr0(ch, state.modem[n]!)
    case 1:
      return channels.rr1(ch)
    case 2: {
      const vector = n === A ? state.vector : modifiedVector(c)
      // In the CMOS chips, this read can stand for an interrupt acknowledge cycle.
      if (state.wr9 & WR9.SOFTWARE_INTACK) state.ius |= highest(activeInterrupts(c))
      return vector
    }
    case 3:
      return n === A ? pending(c) : 0
    case 8:
      return channels.takeCharacter(ch)
    case 10:
      return 0
    default:
      return ch.wr[read]!
  }
}

function writeControl(c: C, n: number, value: number): void {
  const { state } = c
  const ch = state.channels[n]!
  const register = ch.pointer
  ch.pointer = 0
  if (register === 0) {
    const code = (value >> 3) & 7
    ch.pointer = (value & 7) | (code === 1 ? 8 : 0)
    if (code === 7) state.ius &= ~highest(state.ius)
    else channels.command(ch, code, state.modem[n]!)
  } else if (register === 2) state.vector = value
  else if (register === 8) send(c, n, value)
  else if (register === 9) setMasterControl(c, value)
  else withStatus(c, n, () => channels.store(ch, register, value))
}

function setMasterControl({ state }: C, value: number): void {
  const what = value >> 6
  if (what === RESET.ALL) {
    state.channels = [channel(), channel()]
    state.wr9 = value & 0x03
    state.ius = 0
    return
  }
  state.wr9 = value & (what === 0 ? 0x3f : ~WR9.SOFTWARE_INTACK & 0x3f)
  if (what === RESET.A) channels.resetChannel(state.channels[A]!)
  if (what === RESET.B) channels.resetChannel(state.channels[B]!)
  if (what !== 0) state.ius &= what === RESET.A ? 0x07 : 0x38
}
