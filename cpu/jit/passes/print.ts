// An instruction of a plan as text: its IR as passes left it, and what is deferred around it.

import { deferrable, MADE, type Made, wayMask, wayShift } from "../../codegen/lazy-flags.ts"
import { printBlock } from "../../ir/index.ts"
import type { Plan, PlannedStep } from "./plan.ts"

const wayNames = new Map(Object.entries(MADE).map(([name, made]) => [made, name] as const))
const nameOf = (made: Made | undefined) => (made === undefined ? "as running tells" : wayNames.get(made)!)

/** Lines of text. */
export function printStep({ arch }: Plan, { ir, settle, made, predicted }: PlannedStep): string[] {
  const deferred = deferrable(arch).flatMap(({ name }, place) => {
    if ((made.mask & wayMask(place)) === 0) return []
    return [`${name} ${nameOf(((made.ways >>> wayShift(place)) & 15) as Made)}`]
  })
  return [
    ...settle.map(({ file, made: how }) => `make ${file.name}: ${nameOf(how)}`),
    ...(predicted.size > 0 ? [`predicted TLB entries: ${predicted.size}`] : []),
    ...(ir.length > 0 ? printBlock(ir).split("\n") : []),
    ...(deferred.length > 0 ? [`to be made: ${deferred.join(", ")}`] : []),
  ]
}
