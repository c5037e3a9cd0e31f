// The timers of an OpenPIC: counters that reload themselves (Register Interface Specification 1.2, section 5.6).
import type { Rate } from "../kit/index.ts"

/** A base count register inhibits its timer by this bit; in a current count register it toggles at each expiry. */
const TOP = 0x8000_0000

/** A timer. Its counter is a function of the time that has passed since `originNs`. */
export type Timer = {
  /** The base count register. */
  base: number
  /** What the counter held at `originNs`. */
  count: number
  originNs: number
  isToggled: boolean
  /** Expiries since `originNs` that have requested an interrupt. */
  seen: number
}

/** A timer after a reset: inhibited. */
export const freshTimer = (): Timer => ({ base: TOP, count: 0, originNs: 0, isToggled: false, seen: 0 })

/** Whether it counts. A base of zero counts nothing. */
export const isCounting = ({ base }: Timer): boolean => base !== 0 && (base & TOP) === 0

/** Expiries since the origin. */
export function expiries(timer: Timer, nowNs: number, rate: Rate): number {
  if (!isCounting(timer)) return 0
  const ticks = rate.ticks(nowNs - timer.originNs)
  return ticks < timer.count ? 0 : 1 + Math.floor((ticks - timer.count) / timer.base)
}

/** When the expiry after those that were seen comes, in ns. */
export function nextExpiryNs({ originNs, count, base, seen }: Timer, rate: Rate): number {
  return originNs + rate.ns(count + seen * base)
}

/** What the current count register reads. */
export function currentCount(timer: Timer, nowNs: number, rate: Rate): number {
  const { base, count, isToggled, originNs } = timer
  if (!isCounting(timer)) return (count | (isToggled ? TOP : 0)) >>> 0
  const passed = expiries(timer, nowNs, rate)
  const left = count + passed * base - rate.ticks(nowNs - originNs)
  return (left | (isToggled !== (passed % 2 === 1) ? TOP : 0)) >>> 0
}

/** Writes the base count register. The counter takes it when it starts, else at its next expiry. */
export function setBase(timer: Timer, value: number, nowNs: number, rate: Rate): void {
  const wasCounting = isCounting(timer)
  const current = currentCount(timer, nowNs, rate)
  timer.base = value
  // A start clears the toggle bit.
  const isStart = !wasCounting && isCounting(timer)
  timer.count = isStart ? value : current & ~TOP
  timer.isToggled = !isStart && (current & TOP) !== 0
  timer.originNs = nowNs
  timer.seen = 0
}
