// PMU: the microcontroller for power, clock and, on some machines, ADB of later Macs, behind a VIA.
// Reference: the drivers of Linux (drivers/macintosh/via-pmu.c) and OpenBIOS (drivers/pmu.c), and QEMU's via-pmu.
import { type Context, device, type WiresOf, wire } from "../kit/index.ts"
import { adb, isPollWorthwhile } from "./adb.ts"
import { PMU_INT, pmuCommand, pmuLengths, pollAdb } from "./pmu-commands.ts"
import { ACR, isRequesting, timerExpired, timerNs, VIA_INT, via, viaRegisters } from "./via6522.ts"

/**
 * `irq` is the VIA's. `interrupt` is the PMU's own, a line that is low while it asks: on KeyLargo a GPIO receives it.
 * `powerOff` and `reset` are what the host asks for. The ports are the far ends of the ADB keyboard and mouse.
 */
const wires = {
  irq: wire.line,
  interrupt: wire.line,
  powerOff: wire.line,
  reset: wire.line,
  keyboard: wire.optionalPort,
  mouse: wire.optionalPort,
}

/** Lines of port B, both active low: the PMU drives TACK, the host TREQ. */
const LINE = { TACK: 1 << 3, TREQ: 1 << 4 }

/** Seconds from 1904, where the clock starts, to 1970. */
const SECONDS_1904_TO_1970 = 2_082_844_800
const NS_PER_S = 1e9
const POLL_NS = 11e6

const options = {
  /** Wall time at power-on, in seconds since 1970. */
  epochSeconds: 0,
  /** Whether there is an ADB, with a keyboard and a mouse. */
  hasAdb: false,
}

const state = ({ epochSeconds }: typeof options, nowNs: number) => ({
  via: via(nowNs),
  adb: adb(),
  pram: new Uint8Array(256),
  /** What the clock would have read at virtual time zero, in seconds since 1904. */
  timeOrigin: (epochSeconds + SECONDS_1904_TO_1970) >>> 0,
  /** TREQ as the host drives it. */
  request: LINE.TREQ,
  phase: "idle" as "idle" | "command" | "answer",
  command: 0,
  data: [] as number[],
  /** Bytes that the command has, and that its answer has; -1 until the first of them says how many. */
  dataLength: 0,
  answerLength: 0,
  answer: [] as number[],
  answerAt: 0,
  interrupts: 0,
  interruptMask: PMU_INT.ADB | PMU_INT.TICK,
  /** What belongs to an ADB interrupt, and whether a poll found it. */
  adbData: [] as number[],
  isAdbPolled: false,
  /** ADB addresses that are polled. */
  pollMask: 0,
  /** Events that may power the machine up, and that may wake it. */
  powerEvents: [0, 0],
  power: "on" as "on" | "off" | "reset",
})

/** The state of a PMU. */
export type PmuState = ReturnType<typeof state>
type C = Context<WiresOf<typeof wires>, PmuState, typeof options, "poll" | "tick" | "t1" | "t2">

/** PMU of a machine without a battery. Parameter RAM and the clock survive a reset. */
export const pmu = device({
  name: "pmu",
  wires,
  size: 0x2000,
  options,
  state,
  keep: ["pram", "timeOrigin"],
  registers: viaRegisters<C>({
    driven: LINE.TACK,
    // The PMU answers at once, so that TACK follows TREQ.
    levels: ({ state }) => (state.request ? LINE.TACK : 0),
    onPortB,
  }),
  alarms: {
    poll: (c: C) => pollAdb(access(c)),
    tick: (c: C) => (c.state.interrupts |= PMU_INT.TICK),
    t1: (c: C) => timerExpired(c.state.via, "t1"),
    t2: (c: C) => timerExpired(c.state.via, "t2"),
  },
  start(c: C) {
    for (const port of [c.wires.keyboard, c.wires.mouse]) port?.onReady(() => c.settle())
  },
  drive(c: C) {
    const { interrupts, interruptMask, power } = c.state
    c.wires.irq.set(isRequesting(c.state.via))
    c.wires.interrupt.set((interrupts & interruptMask) === 0)
    c.wires.powerOff.set(power === "off")
    c.wires.reset.set(power === "reset")
  },
  arm(c: C) {
    const { state, alarms } = c
    const now = c.clock.nowNs()
    const next = (periodNs: number) => (Math.floor(now / periodNs) + 1) * periodNs
    // Nothing is polled while there is nothing to find, so that an idle machine stays idle.
    const polls = c.options.hasAdb && state.phase === "idle" && !(state.interrupts & PMU_INT.ADB)
    const finds = polls && isPollWorthwhile(state.adb, c.wires, state.pollMask)
    // A tick that nobody asked for, or that has not been seen yet, has no effect.
    const ticks = (state.interruptMask & ~state.interrupts & PMU_INT.TICK) !== 0
    alarms.poll.set(finds ? next(POLL_NS) : Number.POSITIVE_INFINITY)
    alarms.tick.set(ticks ? next(NS_PER_S) : Number.POSITIVE_INFINITY)
    alarms.t1.set(timerNs(state.via, "t1", now))
    alarms.t2.set(timerNs(state.via, "t2", now))
  },
  tree: () => ({ device_type: "via-pmu", compatible: ["pmu"], "pmu-version": 0x00d0_330c }),
})

const access = (c: C) => ({
  state: c.state,
  ports: c.wires,
  hasAdb: c.options.hasAdb,
  nowNs: c.clock.nowNs(),
})

/** Follows TREQ: the host lowers it for each byte, and raises it when it has seen TACK. */
function onPortB(c: C): void {
  const { state } = c
  const before = state.request
  state.request = (state.via.orb | ~state.via.ddrb) & LINE.TREQ
  if (state.request === before || state.request !== 0) return
  if (state.via.acr & ACR.SHIFT_OUT) takeByte(c, state.via.sr)
  else if (state.phase === "answer") giveByte(state)
  else {
    c.log("byte asked for while there is none")
    return
  }
  state.via.ifr |= VIA_INT.SR
}

/** Takes a byte of the host. One that comes in place of the reading of an answer begins a new command. */
function takeByte(c: C, byte: number): void {
  const { state } = c
  if (state.phase !== "command") {
    const [sent, answered] = pmuLengths(byte)
    Object.assign(state, { phase: "command", command: byte, data: [], dataLength: sent, answerLength: answered })
  } else if (state.dataLength < 0) state.dataLength = byte
  else state.data.push(byte)
  if (state.data.length !== state.dataLength) return
  state.answer = pmuCommand(access(c), state.command, state.data, state.answerLength)
  state.answerAt = 0
  state.data = []
  state.phase = state.answerLength === 0 ? "idle" : "answer"
}

/** Puts the next byte of the answer into the shift register; the first may be its length. */
function giveByte(state: PmuState): void {
  if (state.answerLength < 0) {
    state.answerLength = state.answer.length
    state.via.sr = state.answerLength
  } else state.via.sr = state.answer[state.answerAt++] ?? 0
  if (state.answerAt >= state.answerLength) state.phase = "idle"
}
