// All built-in words.

import type { WordDefinition } from "../word.ts"
import { arithmetic } from "./arithmetic.ts"
import { booting } from "./booting.ts"
import { browsing } from "./browsing.ts"
import { comparison } from "./comparison.ts"
import { compiling } from "./compiling.ts"
import { configuration } from "./configuration.ts"
import { control } from "./control.ts"
import { defining } from "./defining.ts"
import { deviceNodes } from "./device-nodes.ts"
import { display } from "./display.ts"
import { driverSupport } from "./driver-support.ts"
import { fcode } from "./fcode.ts"
import { inputOutput } from "./input-output.ts"
import { instances } from "./instances.ts"
import { interpreter } from "./interpreter.ts"
import { memory } from "./memory.ts"
import { numeric } from "./numeric.ts"
import { properties } from "./properties.ts"
import { stackWords } from "./stack.ts"
import { text } from "./text.ts"
import { tools } from "./tools.ts"

/** Every word that the engine starts with, in the order in which it is laid down. */
export const BUILT_IN: readonly WordDefinition[] = [
  ...control,
  ...stackWords,
  ...arithmetic,
  ...comparison,
  ...memory,
  ...defining,
  ...compiling,
  ...text,
  ...numeric,
  ...inputOutput,
  ...interpreter,
  ...configuration,
  ...instances,
  ...properties,
  ...deviceNodes,
  ...browsing,
  ...booting,
  ...fcode,
  ...display,
  ...driverSupport,
  ...tools,
]
