// The guest of `emu boot` without an image: the monitor of an architecture, assembled when it is needed.

import { assembleSource } from "../../cpu/isa/index.ts"
import { ImageError } from "../../firmware/image-error.ts"
import { architectureOfModel } from "../architectures/index.ts"
import * as arm from "../guest/arm/index.ts"
import * as powerPc from "../guest/powerpc/index.ts"
import type { BoardKind } from "../machines/index.ts"
import type { ArchitectureWord } from "./boot-options.ts"

/** What to boot: an image, its command line, its board, and the CPU models that it runs on. */
export type DefaultGuest = {
  readonly image: Uint8Array
  readonly append: string
  readonly machine: string
  readonly cpus: readonly string[]
}

/** A monitor: its source, where that is assembled, its board and its CPU models, the first of which it is assembled for. */
type Monitor = {
  readonly source: string
  readonly origin: number
  readonly machine: string
  readonly cpus: readonly [string, ...string[]]
}

const monitors: Readonly<Record<ArchitectureWord, Monitor>> = {
  arm: { source: arm.monitorSource, origin: arm.MONITOR_ORIGIN, machine: "virt", cpus: ["cortex-a15"] },
  ppc: { source: powerPc.monitorSource, origin: powerPc.MONITOR_ORIGIN, machine: "g3beige", cpus: ["750", "7400"] },
}

/** The monitor: at a terminal it offers its prompt, else it runs its checks and ends. */
export function defaultGuest(word: ArchitectureWord, interactive: boolean): DefaultGuest {
  const { source, origin, machine, cpus } = monitors[word]
  const [model] = cpus
  const dialect = architectureOfModel(model).code.dialect(model)
  const { bytes } = assembleSource(source, dialect, { file: "monitor", origin })
  return { image: bytes, append: interactive ? "" : "checks", machine, cpus }
}

/** Refuses a board that the monitor does not run on: one without its CPUs, or with another firmware than its own. */
export function requireItsBoard({ machine, cpus }: DefaultGuest, board: BoardKind): void {
  // A board of the user's own may be like the monitor's; one that is made of nothing is refused later.
  const models = board.cpus ?? []
  const isAlike = models.length === 0 || models.some((model) => cpus.includes(model))
  if (board.name === machine || (isAlike && !board.hasFirmware)) return
  throw new ImageError(`The monitor that comes with emu runs on ${machine}, not on ${board.name}: give an image.`)
}

/** Refuses a CPU that the monitor does not run on. */
export function requireItsCpu({ cpus }: DefaultGuest, model: string): void {
  if (cpus.includes(model)) return
  throw new ImageError(`The monitor that comes with emu runs on ${cpus.join(" or ")}, not on ${model}: give an image.`)
}
