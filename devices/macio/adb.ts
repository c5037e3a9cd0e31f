// The Apple Desktop Bus with a keyboard and a mouse. Reference: Guide to the Macintosh Family Hardware, chapter 8.
// The outside sends the keyboard one byte for each key: its code, with bit 7 set when it is released. It sends the mouse
// three bytes for each movement: buttons (bit 0 the first), dx and dy as signed bytes, right and down positive.
import type { CharPort } from "../kit/index.ts"

/** The far ends of keyboard and mouse; either may be missing. */
export type AdbPorts = { readonly keyboard?: CharPort | undefined; readonly mouse?: CharPort | undefined }

const KEYBOARD = 0
const MOUSE = 1
const POWER_KEY = 0x7f
/** Handlers that each device can change to. The keyboard's third tells the right modifier keys from the left ones. */
const HANDLERS = [
  [1, 2, 3],
  [1, 2],
] as const
/** Bits of keyboard register 2 by key code. */
const MODIFIERS: { readonly [code: number]: number } = {
  51: 1 << 14,
  57: 1 << 13,
  [POWER_KEY]: 1 << 12,
  54: 1 << 11,
  56: 1 << 10,
  58: 1 << 9,
  55: 1 << 8,
  71: 1 << 7,
  107: 1 << 6,
}
/** Right modifier keys, and the left ones whose codes they give in the first two handlers. */
const LEFT_OF: { readonly [code: number]: number } = { 123: 56, 124: 58, 125: 54 }

const device = (address: number, handler: number) => ({ address, handler, requestsService: true })

/** The state of the bus after a reset. */
export const adb = () => ({
  devices: [device(2, 2), device(3, 1)],
  /** The device that answered the last automatic poll. */
  lastPolled: MOUSE,
  /** A key that was taken from outside and did not fit, or -1. */
  heldKey: -1,
  /** Keyboard register 2: modifier keys and lights, 0 for pressed and lit. */
  modifiers: 0xffff,
  dx: 0,
  dy: 0,
  buttons: 0,
  sentButtons: 0,
})

/** The state of the bus. */
export type Adb = ReturnType<typeof adb>

/** Whether device `n` has something to say. */
function hasData(bus: Adb, ports: AdbPorts, n: number): boolean {
  if (n === KEYBOARD) return bus.heldKey >= 0 || (ports.keyboard?.isWaiting() ?? false)
  return bus.dx !== 0 || bus.dy !== 0 || bus.buttons !== bus.sentButtons || (ports.mouse?.isWaiting() ?? false)
}

/** Whether a device other than the one at `address` requests service. */
export function isServiceRequested(bus: Adb, ports: AdbPorts, address: number): boolean {
  return bus.devices.some((d, n) => d.address !== address && d.requestsService && hasData(bus, ports, n))
}

/** Whether an automatic poll of the addresses in `mask` would find data. */
export function isPollWorthwhile(bus: Adb, ports: AdbPorts, mask: number): boolean {
  return bus.devices.some(({ address }, n) => (mask >> address) & 1 && hasData(bus, ports, n))
}

/** Polls the devices whose addresses are in `mask` in turn; the command and the data of the first that has any. */
export function poll(bus: Adb, ports: AdbPorts, mask: number): readonly number[] | undefined {
  const count = bus.devices.length
  for (let step = 1; step <= count; step++) {
    const n = (bus.lastPolled + step) % count
    const { address } = bus.devices[n]!
    const data = (mask >> address) & 1 ? talk(bus, ports, n, 0) : undefined
    if (data === undefined) continue
    bus.lastPolled = n
    return [(address << 4) | 0xc, ...data]
  }
  return undefined
}

/** Carries out a command of the host; the answer to a Talk, or undefined if nobody gives one. */
export function adbCommand(bus: Adb, ports: AdbPorts, bytes: readonly number[]): readonly number[] | undefined {
  const [command = 0, ...data] = bytes
  if ((command & 0xf) === 0) {
    Object.assign(bus, adb())
    return undefined
  }
  const register = command & 3
  let answer: readonly number[] | undefined
  for (const [n, { address }] of bus.devices.entries()) {
    if (address !== command >> 4) continue
    if ((command & 0xc) === 0xc) answer ??= talk(bus, ports, n, register)
    else if ((command & 0xc) === 0x8) listen(bus, n, register, data)
    else if ((command & 0xf) === 1) flush(bus, ports, n)
  }
  return answer
}

/** Whether a command is a Talk, which a device should answer. */
export const isTalk = (command: number) => (command & 0xc) === 0xc

function talk(bus: Adb, ports: AdbPorts, n: number, register: number): readonly number[] | undefined {
  const { address, handler, requestsService } = bus.devices[n]!
  // Bit 6 of the first byte is clear only after an exceptional event, which these devices do not have.
  if (register === 3) return [0x40 | (requestsService ? 0x20 : 0) | address, handler]
  if (register === 2 && n === KEYBOARD) return [bus.modifiers >> 8, bus.modifiers & 0xff]
  if (register !== 0) return undefined
  return n === KEYBOARD ? keys(bus, ports) : movement(bus, ports)
}

function listen(bus: Adb, n: number, register: number, data: readonly number[]): void {
  const [first = 0, second = 0] = data
  if (data.length < 2) return
  if (register === 2 && n === KEYBOARD) bus.modifiers = (bus.modifiers & ~7) | (second & 7)
  if (register !== 3) return
  const d = bus.devices[n]!
  // 0 and 0xfe move the device; 0xfe does so unless addresses have collided, and they never do. 0xfd moves it only
  // while its activator is pressed, and 0xff tests it. Anything else selects a handler.
  if (second === 0 || second === 0xfe) d.address = first & 0xf
  if (second === 0) d.requestsService = (first & 0x20) !== 0
  if ((HANDLERS[n] as readonly number[]).includes(second)) d.handler = second
}

/** Forgets what waits; a host that keeps sending does not keep this busy. */
function flush(bus: Adb, ports: AdbPorts, n: number): void {
  const port = n === KEYBOARD ? ports.keyboard : ports.mouse
  for (let count = 0; count < 1024 && port?.receive() !== undefined; count++);
  if (n === KEYBOARD) bus.heldKey = -1
  else Object.assign(bus, { dx: 0, dy: 0, sentButtons: bus.buttons })
}

function nextKey(bus: Adb, { keyboard }: AdbPorts): number | undefined {
  const held = bus.heldKey
  bus.heldKey = -1
  return held >= 0 ? held : keyboard?.receive()
}

/** Register 0 of the keyboard: one or two keys. The power key fills both bytes. */
function keys(bus: Adb, ports: AdbPorts): readonly number[] | undefined {
  const first = nextKey(bus, ports)
  if (first === undefined) return undefined
  if ((first & 0x7f) === POWER_KEY) return [keyOut(bus, first), first]
  const second = nextKey(bus, ports)
  if (second !== undefined && (second & 0x7f) === POWER_KEY) bus.heldKey = second
  else if (second !== undefined) return [keyOut(bus, first), keyOut(bus, second)]
  return [keyOut(bus, first), 0xff]
}

/** The byte that the keyboard gives for a key. */
function keyOut(bus: Adb, key: number): number {
  const isUp = (key & 0x80) !== 0
  let code = key & 0x7f
  if (bus.devices[KEYBOARD]!.handler !== 3) code = LEFT_OF[code] ?? code
  const bit = MODIFIERS[LEFT_OF[code] ?? code] ?? 0
  bus.modifiers = isUp ? bus.modifiers | bit : bus.modifiers & ~bit
  return (key & 0x80) | code
}

const signed = (byte: number) => (byte << 24) >> 24
const clamp = (value: number) => Math.max(-64, Math.min(63, value))

/** Register 0 of the mouse: movement since the last answer, and the buttons, 0 for pressed. */
function movement(bus: Adb, { mouse }: AdbPorts): readonly number[] | undefined {
  // A change of the buttons ends the sum, so that no click is lost.
  while (bus.buttons === bus.sentButtons && clamp(bus.dx) === bus.dx && clamp(bus.dy) === bus.dy) {
    const buttons = mouse?.receive()
    if (buttons === undefined) break
    bus.buttons = buttons & 3
    bus.dx += signed(mouse?.receive() ?? 0)
    bus.dy += signed(mouse?.receive() ?? 0)
  }
  if (bus.dx === 0 && bus.dy === 0 && bus.buttons === bus.sentButtons) return undefined
  const [dx, dy] = [clamp(bus.dx), clamp(bus.dy)]
  bus.dx -= dx
  bus.dy -= dy
  bus.sentButtons = bus.buttons
  const released = (bit: number) => (bus.buttons & bit ? 0 : 0x80)
  return [released(1) | (dy & 0x7f), released(2) | (dx & 0x7f)]
}
