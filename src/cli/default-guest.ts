// The guest of `emu boot` without an image: the monitor, assembled when it is needed.

import { arm } from "../../cpu/arm/index.ts"
import { armDialect } from "../../cpu/arm/text/dialect.ts"
import { assembleSource } from "../../cpu/isa/index.ts"
import { MONITOR_ORIGIN, monitorSource } from "../guest/index.ts"

/** What to boot: an image, its command line, its board. */
export type DefaultGuest = {
  readonly image: Uint8Array
  readonly append: string
  readonly machine: string
}

/** The monitor: with somebody at the terminal it offers its prompt, else it runs its checks and ends. */
export function defaultGuest(interactive: boolean): DefaultGuest {
  const [a32, thumb] = arm("cortex-a15").formats
  const { bytes } = assembleSource(monitorSource, armDialect(a32!, thumb!), {
    file: "monitor",
    origin: MONITOR_ORIGIN,
  })
  return { image: bytes, append: interactive ? "" : "checks", machine: "virt" }
}
