// Node as a session's host: its clock, its event loop, a sleep that input ends early.

import type { SessionHost } from "../session.ts"

/** A host whose sleep `wake` ends. */
export function nodeHost(): SessionHost & { wake(): void } {
  let wakeUp: (() => void) | undefined
  return {
    now: () => performance.now(),
    sleep(ms) {
      return new Promise((resolve) => {
        if (ms <= 0) {
          setImmediate(resolve)
          return
        }
        const timer = setTimeout(done, ms)
        function done() {
          clearTimeout(timer)
          wakeUp = undefined
          resolve()
        }
        wakeUp = done
      })
    },
    wake: () => wakeUp?.(),
  }
}
