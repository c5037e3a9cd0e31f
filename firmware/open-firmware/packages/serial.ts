// Serial ports and ADB devices as packages: methods `read` and `write` (IEEE 1275-1994, section 3.7.3).

import type { ClientMemory } from "../memory/client-memory.ts"
import type { ConsolePort } from "../ports.ts"
import type { Driver } from "../tree/instance.ts"

/** The result of `read` if nothing has been received. */
export const NOTHING_YET = -2
const NOTHING = new Uint8Array(0)
/** Bytes that one call transfers at a time. */
const CHUNK = 65_536

/** A serial port on a line of the host. */
export function consoleDriver(memory: ClientMemory, port: ConsolePort): Driver {
  return () => ({
    read(stack) {
      const length = stack.popUnsigned()
      const address = stack.popUnsigned()
      // Checked first: what was typed is not lost to a wild pointer.
      const room = memory.contains(address, length) ? Math.min(length, CHUNK) : 0
      const bytes = room === 0 ? NOTHING : port.read(room)
      memory.setBytes(address, bytes)
      stack.push(bytes.length === 0 && length > 0 ? NOTHING_YET : bytes.length)
    },
    write(stack) {
      const length = stack.popUnsigned()
      const address = stack.popUnsigned()
      if (!memory.contains(address, length)) {
        stack.push(0)
        return
      }
      for (let at = 0; at < length; at += CHUNK) port.write(memory.bytes(address + at, Math.min(CHUNK, length - at)))
      stack.push(length)
    },
    "install-abort"() {},
    "remove-abort"() {},
    "ring-bell"() {},
  })
}

/** A keyboard or mouse that the firmware does not read: it opens, and never has input. */
export const silentInputDriver: Driver = () => ({
  read(stack) {
    stack.popUnsigned()
    stack.popUnsigned()
    stack.push(NOTHING_YET)
  },
})
