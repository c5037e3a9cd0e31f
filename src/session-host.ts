// What a session needs of its host: a clock, and sleep that can be ended early. It uses what browsers and Node share.

/** The host's clock and event loop, as a session uses them. */
export type SessionHost = {
  /** Milliseconds of a steady clock. */
  now(): number
  /** Resolves after `ms` milliseconds, or when `wake` is called; 0 is one turn of the event loop. */
  sleep(ms: number): Promise<void>
  /** Ends every sleep that is under way. */
  wake(): void
}

/** A timer that is set for longer fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** Makes a host of the timers and the clock that browsers and Node share. */
export function createHost(): SessionHost {
  const sleepers = new Set<() => void>()
  return {
    now: () => performance.now(),
    sleep: (ms) =>
      new Promise((resolve) => {
        if (ms <= 0) {
          takeTurn(resolve)
          return
        }
        const end = () => {
          clearTimeout(timer)
          sleepers.delete(end)
          resolve()
        }
        const timer = setTimeout(end, Math.min(ms, LONGEST_TIMER_MS))
        sleepers.add(end)
      }),
    wake: () => {
      for (const end of sleepers) end()
    },
  }
}

// A timer takes at least 1 ms, in a browser 4 ms. With a turn every 10 ms, that would cost 10 % or 30 % of the time.
const takeTurn: (then: () => void) => void =
  typeof setImmediate === "function"
    ? setImmediate
    : (then) => {
        const { port1, port2 } = new MessageChannel()
        port1.onmessage = () => {
          port1.close()
          then()
        }
        port2.postMessage(undefined)
      }

/** The work was not done in time. */
export class TimeoutError extends Error {
  override readonly name = "TimeoutError"
}

/** The result of `work`, unless that takes until `deadlineMs` of the host's clock: then it throws a TimeoutError. */
export async function within<T>(
  host: SessionHost,
  deadlineMs: number,
  message: string,
  work: () => Promise<T>,
): Promise<T> {
  if (deadlineMs === Number.POSITIVE_INFINITY) return work()
  let timer: ReturnType<typeof setTimeout> | undefined
  const timeout = new Promise<never>((_, reject) => {
    const check = () => {
      const left = deadlineMs - host.now()
      if (left <= 0) reject(new TimeoutError(message))
      else timer = setTimeout(check, Math.min(left, LONGEST_TIMER_MS))
    }
    check()
  })
  try {
    return await Promise.race([timeout, work()])
  } finally {
    clearTimeout(timer)
  }
}
