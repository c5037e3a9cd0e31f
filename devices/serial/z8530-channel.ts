// One channel of a Z8530: its registers, receive FIFO and interrupt conditions.
// Reference: Zilog SCC/ESCC User Manual UM010903, chapters 2 (interrupts) and 5 (registers).
import { push, take } from "../kit/index.ts"

/** Bits of RR0. */
export const RR0 = {
  RX_AVAILABLE: 1,
  TX_EMPTY: 1 << 2,
  DCD: 1 << 3,
  SYNC: 1 << 4,
  CTS: 1 << 5,
  UNDERRUN: 1 << 6,
  BREAK: 1 << 7,
}
/** Bits of RR1. */
const RR1 = { ALL_SENT: 1, RESIDUE: 0x06, OVERRUN: 1 << 5 }
/** Bits of WR1. */
const WR1 = { EXT_IE: 1, TX_IE: 1 << 1 }
/** What WR1 says about receive interrupts: never, at the first character, at each, on special conditions alone. */
const RX_INT = { FIRST: 1, ALL: 2 }
const WR3_RX_ENABLE = 1
/** Bits of WR5. */
const WR5 = { TX_ENABLE: 1 << 3, SEND_BREAK: 1 << 4 }
/** Bits of WR7', which WR7 writes while WR15 bit 0 is set. */
const WR7P = { RX_HALF_FULL: 1 << 3, EXTENDED_READ: 1 << 6 }
/** Bits of WR14. */
const WR14 = { AUTO_ECHO: 1 << 3, LOCAL_LOOPBACK: 1 << 4 }
const WR15_WR7P = 1

/** Bits of RR0 whose changes can interrupt; WR15 enables each by the bit of the same number. */
const EXTERNAL = RR0.DCD | RR0.SYNC | RR0.CTS | RR0.UNDERRUN | RR0.BREAK

/** Receive FIFO of the ESCC. */
const DEPTH = 8

/** Interrupt pending bits of one channel, as they stand in RR3 for channel B. */
export const PENDING = { EXT: 1, TX: 2, RX: 4 }

/** The state of a channel after a hardware reset. */
export const channel = () => ({
  /** The register that the next access to the control address reaches. */
  pointer: 0,
  // A departure from the manual: local loopback, bit 4 of WR14, is off, for programs that count on firmware.
  wr: Uint8Array.of(0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0x20, 0xf8),
  wr7p: 0x20,
  received: [] as number[],
  isOverrun: false,
  /** Whether the next character raises the interrupt of mode "first character", and whether it has done so. */
  isArmed: true,
  isFirstPending: false,
  isTxPending: false,
  isExtPending: false,
  /** RR0 as it was when an external interrupt closed its latches, or -1 while they are open. */
  latched: -1,
  /** When the byte that is coming in will be complete, or -1 while none is. */
  arrivalNs: -1,
})

/** The state of a channel. */
export type Channel = ReturnType<typeof channel>

/** Resets a channel alone (UM010903, chapter 2): some registers keep some of their bits. */
export function resetChannel(ch: Channel): void {
  const { wr } = ch
  const kept = [0, 0x24, 0xff, 0xfe, 0xff, 0x61, 0xff, 0xff, 0, 0, 0x60, 0xff, 0xff, 0xff, 0xc3, 0]
  const set = [0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x20, 0xf8]
  const fresh = channel()
  for (const [n, mask] of kept.entries()) fresh.wr[n] = (wr[n]! & mask) | set[n]!
  Object.assign(ch, fresh)
}

/** Whether the transmitter can send. */
export const canSend = ({ wr }: Channel) => (wr[5]! & WR5.TX_ENABLE) !== 0
/** Whether what is sent comes back inside the chip and stays there. */
export const isLooped = ({ wr }: Channel) => (wr[14]! & WR14.LOCAL_LOOPBACK) !== 0
/** Whether the chip sends what it receives, and nothing else. */
export const echoes = ({ wr }: Channel) => (wr[14]! & (WR14.AUTO_ECHO | WR14.LOCAL_LOOPBACK)) === WR14.AUTO_ECHO
/** Whether a byte from outside can be received now. */
export const hasRoom = (ch: Channel) => (ch.wr[3]! & WR3_RX_ENABLE) !== 0 && !isLooped(ch) && ch.received.length < DEPTH

/** Bits of a character by the two bits of WR3 or WR5 that choose its length: 5, 7, 6 or 8. */
const CHARACTER = [0x1f, 0x7f, 0x3f, 0xff]
/** The bits of a byte that the transmitter sends. */
export const sentBits = ({ wr }: Channel) => CHARACTER[(wr[5]! >> 5) & 3]!

/** Puts a character into the receive FIFO. */
export function receive(ch: Channel, byte: number): void {
  if (!(ch.wr[3]! & WR3_RX_ENABLE)) return
  if (!push(ch.received, byte & CHARACTER[ch.wr[3]! >> 6]!, DEPTH)) ch.isOverrun = true
  if (ch.isArmed) ch.isFirstPending = true
  ch.isArmed = false
}

/** Takes the oldest character; 0 if there is none. */
export function takeCharacter(ch: Channel): number {
  ch.isFirstPending = false
  return take(ch.received)
}

/** Notes that the transmit buffer has become empty. */
export function noteSent(ch: Channel): void {
  if (ch.wr[1]! & WR1.TX_IE) ch.isTxPending = true
}

/** RR0 as the pins and buffers are; `modem` has the bits of the modem inputs. */
function status(ch: Channel, modem: number): number {
  const isBreak = isLooped(ch) && (ch.wr[5]! & WR5.SEND_BREAK) !== 0
  const received = ch.received.length > 0 ? RR0.RX_AVAILABLE : 0
  return RR0.TX_EMPTY | RR0.UNDERRUN | modem | received | (isBreak ? RR0.BREAK : 0)
}

/** RR0 as it reads: external conditions are held from an interrupt until it is reset. */
export function rr0(ch: Channel, modem: number): number {
  const now = status(ch, modem)
  return ch.latched < 0 ? now : (now & ~EXTERNAL) | (ch.latched & EXTERNAL)
}

/** RR1: transmission takes no time, so all is sent. */
export const rr1 = (ch: Channel) => RR1.ALL_SENT | RR1.RESIDUE | (ch.isOverrun ? RR1.OVERRUN : 0)

/** Runs `change`, which may change external conditions, and notes the interrupt that this causes. */
export function withStatus(ch: Channel, modem: () => number, change: () => void): void {
  const before = status(ch, modem())
  change()
  const after = status(ch, modem())
  if (((before ^ after) & ch.wr[15]! & EXTERNAL) !== 0 && ch.latched < 0) latch(ch, after)
}

function latch(ch: Channel, now: number): void {
  ch.latched = now
  ch.isExtPending = true
}

/** Opens the latches of RR0; a condition that has changed meanwhile interrupts again. */
function resetExternal(ch: Channel, modem: number): void {
  const { latched } = ch
  ch.latched = -1
  ch.isExtPending = false
  const now = status(ch, modem)
  if (latched >= 0 && ((latched ^ now) & ch.wr[15]! & EXTERNAL) !== 0) latch(ch, now)
}

/** Carries out the command in bits 5:3 of WR0, except those that concern the whole chip. */
export function command(ch: Channel, code: number, modem: number): void {
  if (code === 2) resetExternal(ch, modem)
  else if (code === 4) ch.isArmed = true
  else if (code === 5) ch.isTxPending = false
  else if (code === 6) ch.isOverrun = false
}

/** Interrupts that are enabled and pending, as bits of `PENDING`. */
export function pending(ch: Channel): number {
  const enables = ch.wr[1]!
  return (
    (ch.isExtPending && enables & WR1.EXT_IE ? PENDING.EXT : 0) |
    (ch.isTxPending && enables & WR1.TX_IE ? PENDING.TX : 0) |
    (isRxPending(ch) ? PENDING.RX : 0)
  )
}

/** Whether the receive interrupt is one of a special condition. */
export const isSpecial = (ch: Channel) => ch.isOverrun

function isRxPending(ch: Channel): boolean {
  const mode = (ch.wr[1]! >> 3) & 3
  if (mode === 0) return false
  const level = ch.wr7p & WR7P.RX_HALF_FULL ? DEPTH / 2 : 1
  return (
    isSpecial(ch) ||
    (mode === RX_INT.FIRST && ch.isFirstPending) ||
    (mode === RX_INT.ALL && ch.received.length >= level)
  )
}

/** The registers that reads of those that do not exist give. */
const ALIASES: { readonly [n: number]: number } = { 4: 0, 5: 1, 6: 2, 7: 3, 9: 13, 11: 15, 14: 10 }

/** The number of the register that reading register `n` gives. */
export const readAlias = (n: number) => ALIASES[n] ?? n

/** What the extended read option of the ESCC shows in place of register `n`; undefined if nothing. */
export function extendedRead({ wr, wr7p }: Channel, n: number): number | undefined {
  if (!(wr7p & WR7P.EXTENDED_READ)) return undefined
  return { 4: wr[4], 5: wr[5], 9: wr[3], 11: wr[10], 14: wr7p }[n]
}

/** Stores a register that has no effect of its own. */
export function store(ch: Channel, n: number, value: number): void {
  if (n === 7 && ch.wr[15]! & WR15_WR7P) ch.wr7p = value
  else ch.wr[n] = value
}
