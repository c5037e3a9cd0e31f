// Makes the Forth engine of a firmware: the `ok` prompt, and the words that clients evaluate.

import { Forth } from "../forth/index.ts"
import type { OpenFirmware } from "../open-firmware.ts"
import { forthConsole, forthMemory, forthVariables } from "./forth-ports.ts"
import { forthTree } from "./forth-tree.ts"

/** Memory for the engine's dictionary and heap. */
const FORTH_BYTES = 1 << 20

/** The Forth engine over a firmware's tree, memory and console. */
export function makeForth(firmware: OpenFirmware): Forth {
  const { ports, tree, instances, loader } = firmware
  return new Forth({
    memory: forthMemory(ports.memory, ports.bus),
    console: forthConsole(firmware.consolePort),
    system: {
      milliseconds: () => ports.milliseconds(),
      load: (parameters) => loader.load(parameters),
      initProgram: () => loader.initProgram(),
      isLoaded: () => loader.isReady || firmware.isEntered,
      go: () => undefined,
      reset: () => firmware.end("reset"),
      powerOff: () => firmware.end("powerOff"),
      banner: () => [`Open Firmware, ${tree.root.text("model") ?? "PowerPC"}, ${ports.memory.size >>> 20} MiB`],
    },
    tree: forthTree(tree, instances),
    variables: forthVariables(tree.find("/options"), ports.nvram),
    base: firmware.claimOwn(FORTH_BYTES),
    size: FORTH_BYTES,
  })
}
