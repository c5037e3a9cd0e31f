// The architectures.

import { ImageError, type ImageTarget, isOfTarget } from "../../firmware/loader/index.ts"
import type { GuestArchitecture } from "./architecture.ts"
import { arm } from "./arm/index.ts"
import { powerPc } from "./powerpc/index.ts"

export type {
  CodeConventions,
  CodeLocation,
  CodeSymbol,
  DebuggerDescription,
  GuestArchitecture,
  KernelPlacement,
  KernelRequest,
} from "./architecture.ts"

/** Every architecture, the usual one first. */
export const architectures: readonly GuestArchitecture[] = [arm, powerPc]

/** The architecture that runs such images; undefined if none does. */
export function architectureOfTarget(target: ImageTarget): GuestArchitecture | undefined {
  return architectures.find(({ takes }) => isOfTarget(target, takes))
}

/** The architecture of a CPU model; ImageError if there is none. */
export function architectureOfModel(model: string): GuestArchitecture {
  const found = architectures.find(({ models }) => models.includes(model))
  if (found) return found
  const models = architectures.flatMap((architecture) => architecture.models)
  throw new ImageError(`There is no CPU ${model}; the CPUs are ${models.join(", ")}.`)
}
