// The models of ARM CPU, a line each.

import { arm926 } from "./arm926.ts"
import { cortexA15 } from "./cortex-a15.ts"
import type { ArmModel } from "./model.ts"

const models = [cortexA15, arm926] as const

/** Name of a model. */
export type ArmModelName = (typeof models)[number]["name"]

/** Names of all models. */
export const ARM_MODELS: readonly ArmModelName[] = models.map(({ name }) => name)

/** The model of that name; throws if there is none. */
export function armModel(name: string): ArmModel<ArmModelName> {
  const found = models.find((model) => model.name === name)
  if (!found) throw new Error(`There is no ARM CPU ${name}; the models are ${ARM_MODELS.join(", ")}.`)
  return found
}
