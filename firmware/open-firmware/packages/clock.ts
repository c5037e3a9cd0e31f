// Real-time clocks as packages (IEEE 1275 recommended practice "Device Support Extensions", section 3.2).

import type { RealTimeClockPort } from "../ports.ts"
import type { Driver } from "../tree/instance.ts"

/** A clock: `get-time` and `set-time`, with the year on top of the stack and the seconds at the bottom. */
export function clockDriver(port: RealTimeClockPort): Driver {
  return () => ({
    "get-time"(stack) {
      const { second, minute, hour, day, month, year } = port.get()
      for (const value of [second, minute, hour, day, month, year]) stack.push(value)
    },
    "set-time"(stack) {
      const year = stack.pop()
      const month = stack.pop()
      const day = stack.pop()
      const hour = stack.pop()
      const minute = stack.pop()
      port.set({ year, month, day, hour, minute, second: stack.pop() })
    },
  })
}
