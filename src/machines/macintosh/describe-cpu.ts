// The processor of a Macintosh in its device tree.

import { powerPcModel, TIMEBASE_HZ } from "../../../cpu/powerpc/index.ts"
import type { CpuDescription } from "../../../firmware/open-firmware/index.ts"
import type { PowerPcCpu } from "../../architectures/powerpc/index.ts"

/** Names of the processors' nodes. */
const NODE_NAMES = { "750": "PowerPC,750", "7400": "PowerPC,G4" } as const

/** The time base counts a quarter of the bus clock; a processor runs at a multiple of it. */
const BUS_HZ = 4 * TIMEBASE_HZ
const MULTIPLIER = 4

/** What the device tree says of a processor. */
export function describeCpu({ model }: PowerPcCpu): CpuDescription {
  const { version } = powerPcModel(model)
  return { name: NODE_NAMES[model], version, clockHz: MULTIPLIER * BUS_HZ, busHz: BUS_HZ, timebaseHz: TIMEBASE_HZ }
}
