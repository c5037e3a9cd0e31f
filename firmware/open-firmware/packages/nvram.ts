// Non-volatile memory as a package of bytes (IEEE 1275-1994, section 3.7.7).

import type { ClientMemory } from "../memory/client-memory.ts"
import type { NvramPort } from "../ports.ts"
import type { Driver } from "../tree/instance.ts"

/** An NVRAM: `read`, `write` and `seek` from its first byte on, and `size`. */
export function nvramDriver(memory: ClientMemory, port: NvramPort): Driver {
  return () => {
    let position = 0
    /** Bytes of a transfer that both sides have. */
    const countOf = (address: number, length: number) => {
      const count = Math.min(length, port.size - position)
      return memory.contains(address, count) ? count : 0
    }
    return {
      read(stack) {
        const length = stack.popUnsigned()
        const address = stack.popUnsigned()
        const count = countOf(address, length)
        memory.setBytes(
          address,
          Uint8Array.from({ length: count }, (_, i) => port.read(position + i)),
        )
        position += count
        stack.push(count)
      },
      write(stack) {
        const length = stack.popUnsigned()
        const address = stack.popUnsigned()
        const count = countOf(address, length)
        for (const byte of memory.bytes(address, count)) port.write(position++, byte)
        stack.push(count)
      },
      seek(stack) {
        const high = stack.popUnsigned()
        const low = stack.popUnsigned()
        const isInside = high === 0 && low <= port.size
        if (isInside) position = low
        stack.push(isInside ? 0 : -1)
      },
      size: (stack) => stack.push(port.size),
    }
  }
}
