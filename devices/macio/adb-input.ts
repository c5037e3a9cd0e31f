// A host's end of the ADB keyboard and mouse: keys and movements, in the bytes that adb.ts takes.
import { CharLink } from "../kit/index.ts"

/** Bytes that may wait for the guest. What does not fit is refused. */
const MOST_WAITING = 384
/** The farthest movement of one call; more is cut off. */
const FARTHEST = 1024

/**
 * ADB key codes by the names that browsers give keys (UI Events, attribute `code`). Two keys of a PC that a Mac's
 * keyboard lacks stand for those in their places: Insert for Help, NumLock for Clear.
 */
const BY_CODE: readonly (readonly [first: number, names: string])[] = [
  [0x00, "KeyA KeyS KeyD KeyF KeyH KeyG KeyZ KeyX KeyC KeyV IntlBackslash KeyB KeyQ KeyW KeyE KeyR KeyY KeyT"],
  [0x12, "Digit1 Digit2 Digit3 Digit4 Digit6 Digit5 Equal Digit9 Digit7 Minus Digit8 Digit0 BracketRight KeyO"],
  [0x20, "KeyU BracketLeft KeyI KeyP Enter KeyL KeyJ Quote KeyK Semicolon Backslash Comma Slash KeyN KeyM Period"],
  [0x30, "Tab Space Backquote Backspace - Escape ControlLeft MetaLeft ShiftLeft CapsLock AltLeft"],
  [0x3b, "ArrowLeft ArrowRight ArrowDown ArrowUp"],
  [0x41, "NumpadDecimal - NumpadMultiply - NumpadAdd - NumLock"],
  [0x4b, "NumpadDivide NumpadEnter - NumpadSubtract - - NumpadEqual Numpad0 Numpad1 Numpad2 Numpad3 Numpad4"],
  [0x57, "Numpad5 Numpad6 Numpad7 - Numpad8 Numpad9"],
  [0x60, "F5 F6 F7 F3 F8 F9 - F11 - F13 - F14 - F10 - F12 - F15 Insert Home PageUp Delete F4 End F2 PageDown F1"],
  [0x7b, "ShiftRight AltRight ControlRight - Power"],
  [0x37, "MetaRight"],
]

/** ADB key codes by the names of keys. */
export const ADB_KEYS: ReadonlyMap<string, number> = new Map(
  BY_CODE.flatMap(([first, names]) => names.split(" ").map((name, n) => [name, first + n] as const)).filter(
    ([name]) => name !== "-",
  ),
)

/** Keyboard and mouse of a Mac, for a host: its links are the wires of `cuda` or `pmu`. */
export class AdbInput {
  readonly keyboard = new CharLink()
  readonly mouse = new CharLink()

  /** Presses or releases a key by its ADB code, 0 to 127; false if too many keys wait already. */
  key(code: number, isDown: boolean): boolean {
    return feed(this.keyboard, [(code & 0x7f) | (isDown ? 0 : 0x80)])
  }

  /** Moves the mouse, right and down positive, with the first two buttons as bits 0 and 1; false if too much waits. */
  move(dx: number, dy: number, buttons: number): boolean {
    const limited = (value: number) => Math.trunc(Math.max(-FARTHEST, Math.min(FARTHEST, value))) || 0
    let [x, y] = [limited(dx), limited(dy)]
    const bytes: number[] = []
    do {
      const [stepX, stepY] = [step(x), step(y)]
      bytes.push(buttons & 3, stepX & 0xff, stepY & 0xff)
      x -= stepX
      y -= stepY
    } while (x !== 0 || y !== 0)
    return feed(this.mouse, bytes)
  }
}

const step = (distance: number) => Math.max(-127, Math.min(127, distance))

function feed(link: CharLink, bytes: readonly number[]): boolean {
  if (link.waiting + bytes.length > MOST_WAITING) return false
  link.feed(Uint8Array.from(bytes))
  return true
}
