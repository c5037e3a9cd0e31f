// CUDA: the microcontroller for ADB, clock, parameter RAM and power, behind a VIA.
// Reference: Apple's CUDA ERS as the drivers of Linux and OpenBIOS use it; QEMU and DingusPPC for what they do not use.
import { type Context, device, type WiresOf, wire } from "../kit/index.ts"
import { adb, isPollWorthwhile, poll } from "./adb.ts"
import { cudaPacket, PACKET, type Reply, secondPacket } from "./cuda-packets.ts"
import { ACR, isRequesting, timerExpired, timerNs, VIA_INT, via, viaRegisters } from "./via6522.ts"

/**
 * `irq` is the VIA's; `powerOff` and `reset` are what the host asks for, which a board turns into its own. The ports are
 * the far ends of the ADB keyboard and mouse.
 */
const wires = {
  irq: wire.line,
  powerOff: wire.line,
  reset: wire.line,
  keyboard: wire.optionalPort,
  mouse: wire.optionalPort,
}

/** Lines of port B, all active low: CUDA drives TREQ, the host TIP and BYTEACK. */
const LINE = { TREQ: 1 << 3, BYTEACK: 1 << 4, TIP: 1 << 5 }
const IDLE = LINE.TIP | LINE.BYTEACK

/** Seconds from 1904, where the clock starts, to 1970. */
const SECONDS_1904_TO_1970 = 2_082_844_800
/** The longest packet of a host: a type, a command, an address and all of the parameter RAM. */
const LONGEST = 260
const NS_PER_S = 1e9

const options = {
  /** Wall time at power-on, in seconds since 1970. */
  epochSeconds: 0,
  /** Time that the microcontroller takes for a byte. */
  byteNs: 20_000,
}

const state = ({ epochSeconds }: typeof options, nowNs: number) => ({
  via: via(nowNs),
  adb: adb(),
  pram: new Uint8Array(256),
  /** What the clock would have read at virtual time zero, in seconds since 1904. */
  timeOrigin: (epochSeconds + SECONDS_1904_TO_1970) >>> 0,
  /** The lines that the host drives, as they were at the last change. */
  lines: IDLE,
  /** Whether TREQ is asserted. */
  isRequesting: false,
  /** When the shift register interrupt rises, or -1. */
  shiftNs: -1,
  /** What the host has sent of its packet. */
  sent: [] as number[],
  reply: [] as number[],
  replyAt: 0,
  /** Whether the reply goes on until the host ends it, and the parameter RAM's next byte then, or -1 for zeros. */
  isOpenEnded: false,
  streamAt: -1,
  isPolling: false,
  pollMs: 11,
  /** Addresses that are polled. */
  pollMask: 0xffff,
  secondMode: 0,
  isFirstSecond: true,
  power: "on" as "on" | "off" | "reset",
})

/** The state of CUDA. */
export type CudaState = ReturnType<typeof state>
type C = Context<WiresOf<typeof wires>, CudaState, typeof options, "shift" | "poll" | "second" | "t1" | "t2">

/** CUDA with an ADB keyboard and mouse. Parameter RAM and the clock survive a reset. */
export const cuda = device({
  name: "cuda",
  wires,
  size: 0x2000,
  options,
  state,
  keep: ["pram", "timeOrigin"],
  registers: viaRegisters<C>({
    driven: LINE.TREQ,
    levels: (c) => (c.state.isRequesting ? 0 : LINE.TREQ),
    onPortB,
  }),
  alarms: {
    shift(c: C) {
      c.state.shiftNs = -1
      c.state.via.ifr |= VIA_INT.SR
    },
    poll(c: C) {
      const data = poll(c.state.adb, c.wires, c.state.pollMask)
      if (data !== undefined) offer(c, { bytes: [PACKET.ADB, 0x40, ...data] })
    },
    second(c: C) {
      const reply = isIdle(c) ? secondPacket(c.state, c.clock.nowNs()) : undefined
      if (reply !== undefined) offer(c, reply)
    },
    t1: (c: C) => timerExpired(c.state.via, "t1"),
    t2: (c: C) => timerExpired(c.state.via, "t2"),
  },
  start(c: C) {
    for (const port of [c.wires.keyboard, c.wires.mouse]) port?.onReady(() => c.settle())
  },
  drive(c: C) {
    c.wires.irq.set(isRequesting(c.state.via))
    c.wires.powerOff.set(c.state.power === "off")
    c.wires.reset.set(c.state.power === "reset")
  },
  arm(c: C) {
    const { state, alarms } = c
    const now = c.clock.nowNs()
    const next = (periodNs: number) => (Math.floor(now / periodNs) + 1) * periodNs
    // Nothing is polled while there is nothing to find, so that an idle machine stays idle.
    const finds = state.isPolling && isIdle(c) && isPollWorthwhile(state.adb, c.wires, state.pollMask)
    alarms.poll.set(finds ? next(state.pollMs * 1e6) : Number.POSITIVE_INFINITY)
    alarms.second.set(state.secondMode !== 0 ? next(NS_PER_S) : Number.POSITIVE_INFINITY)
    alarms.shift.set(state.shiftNs >= 0 ? state.shiftNs : Number.POSITIVE_INFINITY)
    alarms.t1.set(timerNs(state.via, "t1", now))
    alarms.t2.set(timerNs(state.via, "t2", now))
  },
  tree: () => ({ device_type: "via-cuda", compatible: ["cuda"], "#address-cells": 1, "#size-cells": 0 }),
})

/** Whether no transfer is under way, and nothing waits for the host. */
function isIdle({ state }: C): boolean {
  return state.lines === IDLE && !state.isRequesting && state.shiftNs < 0
}

/** Raises the shift register interrupt after the time that a byte takes. */
function interrupt(c: C): void {
  c.state.shiftNs = c.clock.nowNs() + c.options.byteNs
}

/** Follows the lines that the host drives. */
function onPortB(c: C): void {
  const { state } = c
  const before = state.lines
  state.lines = (state.via.orb | ~state.via.ddrb) & IDLE
  if (state.lines === before) return
  if (!(state.lines & LINE.TIP)) transferByte(c)
  else if (!(before & LINE.TIP)) endTransfer(c)
  else synchronise(c)
  interrupt(c)
}

function transferByte(c: C): void {
  const { state } = c
  if (!(state.via.acr & ACR.SHIFT_OUT)) state.via.sr = nextByte(state)
  else if (state.sent.length < LONGEST) state.sent.push(state.via.sr)
}

function nextByte(state: CudaState): number {
  const { reply, replyAt } = state
  if (replyAt < reply.length) {
    state.replyAt++
    // TREQ is negated with the last byte.
    if (state.replyAt === reply.length && !state.isOpenEnded) state.isRequesting = false
    return reply[replyAt]!
  }
  if (state.streamAt < 0) return 0
  const byte = state.pram[state.streamAt]!
  state.streamAt = (state.streamAt + 1) & 0xff
  return byte
}

function endTransfer(c: C): void {
  const { state } = c
  const packet = state.sent
  state.sent = []
  // A host that sees TREQ after its first byte gives up its packet, to fetch CUDA's first. One that goes on has its way.
  const hasGivenUp = state.isRequesting && packet.length === 1
  if (packet.length > 0 && !hasGivenUp) {
    offer(c, cudaPacket(state, c.wires, packet, c.clock.nowNs()))
  } else if (state.replyAt > 0) dropReply(state)
}

/** BYTEACK without TIP: the host makes CUDA forget what it was about, and CUDA answers by TREQ. */
function synchronise({ state }: C): void {
  dropReply(state)
  state.sent = []
  if (!(state.lines & LINE.BYTEACK)) state.isRequesting = true
  else Object.assign(state, { isPolling: false, secondMode: 0 })
}

function dropReply(state: CudaState): void {
  Object.assign(state, { reply: [], replyAt: 0, isOpenEnded: false, streamAt: -1, isRequesting: false })
}

/** Asks the host to fetch a packet. */
function offer(c: C, { bytes, streamAt }: Reply): void {
  const { state } = c
  state.reply = [...bytes]
  state.replyAt = 0
  state.isOpenEnded = streamAt !== undefined
  state.streamAt = streamAt ?? -1
  state.isRequesting = true
  interrupt(c)
}
