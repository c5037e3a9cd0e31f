// Counters that run at a fixed frequency, as IR over virtual time.

import type { Builder } from "./builder.ts"
import type { Node } from "./node.ts"

const greatestCommonDivisor = (a: number, b: number): number => (b === 0 ? a : greatestCommonDivisor(b, a % b))

/** Whole ticks (i64) of a counter of so many whole hertz since power-on, exact while they and the ns are below 2^53. */
export function ticks(b: Builder, hz: number): Node {
  const divisor = greatestCommonDivisor(hz, 1e9)
  const [perPeriod, periodNs] = [b.f64(hz / divisor), b.f64(1e9 / divisor)]
  const ns = b.time()
  const periods = b.op("f64.floor", b.op("f64.div", ns, periodNs))
  const whole = b.op("f64.mul", periods, perPeriod)
  const count =
    hz === divisor
      ? whole
      : b.op(
          "f64.add",
          whole,
          b.op("f64.floor", b.op("f64.div", b.op("f64.mul", restOf(b, ns, periods, periodNs), perPeriod), periodNs)),
        )
  return b.op("i64.truncSatF64U", count)
}

const restOf = (b: Builder, ns: Node, periods: Node, periodNs: Node): Node =>
  b.op("f64.sub", ns, b.op("f64.mul", periods, periodNs))
