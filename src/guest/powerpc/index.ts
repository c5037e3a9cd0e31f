// The PowerPC guest that comes with the emulator: a small monitor for the board `g3beige`, in assembly that GNU as accepts
// too. It is a client of Open Firmware until it has read the device tree; then it has the machine for itself.

import { bench } from "./bench.ts"
import { checkSystem } from "./check-system.ts"
import { checks } from "./checks.ts"
import { commands } from "./commands.ts"
import { console } from "./console.ts"
import { cuda } from "./cuda.ts"
import { exceptions } from "./exceptions.ts"
import { faults } from "./faults.ts"
import { interrupts } from "./interrupts.ts"
import { layout } from "./layout.ts"
import { map } from "./map.ts"
import { mmu } from "./mmu.ts"
import { openFirmware } from "./open-firmware.ts"
import { samples } from "./samples.ts"
import { HEADER_BYTES, ORIGIN, start } from "./start.ts"

/** Address that the image's first byte, the header, would have where the monitor runs. */
export const MONITOR_ORIGIN = ORIGIN - HEADER_BYTES

/**
 * The monitor's source. It executes the words of the boot arguments as commands, then switches the machine off. If one of
 * them fails, it stops the processor, which ends the run with status 1. Without any words it offers its prompt on the
 * serial port.
 */
export const monitorSource = `${[
  layout,
  start,
  openFirmware,
  exceptions,
  mmu,
  interrupts,
  console,
  cuda,
  commands,
  map,
  faults,
  checks,
  checkSystem,
  samples,
  bench,
].join("")}
    .balign 4
image_end:
`
