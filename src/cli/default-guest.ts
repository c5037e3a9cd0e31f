// The guest of `emu boot` without an image: the monitor, assembled when it is needed.

import { assembleSource } from "../../cpu/isa/index.ts"
import { architectureOfModel } from "../architectures/index.ts"
import { MONITOR_ORIGIN, monitorSource } from "../guest/index.ts"

/** What to boot: an image, its command line, its board, and the only CPU model that it runs on. */
export type DefaultGuest = {
  readonly image: Uint8Array
  readonly append: string
  readonly machine: string
  readonly cpu: string
}

/** The CPU model that the monitor is assembled for. */
const MODEL = "cortex-a15"

/** The monitor: at a terminal it offers its prompt, else it runs its checks and ends. */
export function defaultGuest(interactive: boolean): DefaultGuest {
  const dialect = architectureOfModel(MODEL).code.dialect(MODEL)
  const { bytes } = assembleSource(monitorSource, dialect, { file: "monitor", origin: MONITOR_ORIGIN })
  return { image: bytes, append: interactive ? "" : "checks", machine: "virt", cpu: MODEL }
}
