// Prints an instruction of a plan: its IR after the passes, and its lazy flags.

import { type LazyFlag, lazyFlagsOf } from "../../codegen/lazy-flags.ts"
import { partsOf, printBlock } from "../../ir/index.ts"
import type { Plan, PlannedStep } from "./plan.ts"

function recipeText({ recipes, group }: LazyFlag, recipe: number | undefined): string {
  if (recipe === undefined) return "unknown recipe"
  if (recipe === 0) return "in its register"
  const name = recipes[recipe - 1]!
  const { type, formula } = partsOf(name)
  return type === group.sources.type ? formula : name
}

/** An instruction of a plan as lines of text. */
export function printStep({ arch }: Plan, { ir, materialise, recipes, predicted }: PlannedStep): string[] {
  const lazy = lazyFlagsOf(arch).flags.flatMap((flag) => {
    const change = recipes.find(({ word, mask }) => word === flag.word && (mask & flag.mask) !== 0)
    return change ? [`${flag.name} ${recipeText(flag, (change.value & flag.mask) >>> flag.shift)}`] : []
  })
  return [
    ...materialise.map(({ flag, recipe }) => `materialise ${flag.name}: ${recipeText(flag, recipe)}`),
    ...(predicted.size > 0 ? [`predicted TLB entries: ${predicted.size}`] : []),
    ...(ir.length > 0 ? printBlock(ir).split("\n") : []),
    ...(lazy.length > 0 ? [`lazy: ${lazy.join(", ")}`] : []),
  ]
}
