// The helpers of floating-point instructions: what the fast paths leave over, computed bit by bit (helper-table.ts).

import type { Helper } from "../../ir/index.ts"

/** What the first argument of a helper says beside the operation: single precision, and bits of the instruction. */
export const HOW = { single: 0x100, record: 0x200, towardsZero: 1, ordered: 8 } as const

const i32 = "i32" as const
const i64 = "i64" as const
const helper = (name: string, params: Helper["params"]): Helper => ({ name, params, result: undefined, mayFault: true })

/** Of OPERATION and HOW bits, the number of the target, and frA, frB and frC. */
export const fpCompute = helper("fpCompute", [i32, i32, i64, i64, i64])
/** Of HOW bits, the number of the target, and frB. */
export const fpToInteger = helper("fpToInteger", [i32, i32, i64])
/** Of the field of CR, with HOW.ordered, and frA and frB. */
export const fpCompare = helper("fpCompare", [i32, i64, i64])

/** Computes what is pending of FPSCR. */
export const fpMaterialise: Helper = { name: "fpMaterialise", params: [], result: undefined, mayFault: false }

/** All of them. */
export const floatingPointHelpers: readonly Helper[] = [fpCompute, fpToInteger, fpCompare, fpMaterialise]
