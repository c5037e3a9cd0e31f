// All built-in words.

import type { WordDefinition } from "../word.ts"
import { arithmetic } from "./arithmetic.ts"
import { comparison } from "./comparison.ts"
import { compiling } from "./compiling.ts"
import { control } from "./control.ts"
import { defining } from "./defining.ts"
import { inputOutput } from "./input-output.ts"
import { interpreter } from "./interpreter.ts"
import { memory } from "./memory.ts"
import { numeric } from "./numeric.ts"
import { stackWords } from "./stack.ts"
import { text } from "./text.ts"

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
]
