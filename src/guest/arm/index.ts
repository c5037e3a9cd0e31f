// The guest that comes with the emulator: a small monitor for the `virt` board, in ARM assembly that GNU as accepts too.

import { bench } from "./bench.ts"
import { checkSystem } from "./check-system.ts"
import { checks } from "./checks.ts"
import { commands } from "./commands.ts"
import { console } from "./console.ts"
import { deviceTree } from "./device-tree.ts"
import { exceptions } from "./exceptions.ts"
import { faults } from "./faults.ts"
import { interrupts } from "./interrupts.ts"
import { layout } from "./layout.ts"
import { map } from "./map.ts"
import { mmu } from "./mmu.ts"
import { samples } from "./samples.ts"
import { start } from "./start.ts"

/** Address of the image's first byte: the place of a zImage on a board with RAM at 0x4000_0000. */
export const MONITOR_ORIGIN = 0x4001_0000

/**
 * The monitor's source. It executes the words of the kernel command line as commands, then switches the machine off. The
 * exit status is 1 if one of them fails. Without any words it offers its prompt on the serial port.
 */
export const monitorSource = `${[
  layout,
  start,
  deviceTree,
  exceptions,
  mmu,
  interrupts,
  console,
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
