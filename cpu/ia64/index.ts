// Public face of the IA-64 CPU: its state, its instruction sets, how its code stands in memory.

export type { Bundle } from "./bundle.ts"
export {
  assembleBundle,
  bundleFormat,
  decodeSlot,
  joinBundle,
  sets,
  slotLength,
  splitBundle,
} from "./bundle.ts"
export { readIntervalTime, writeIntervalTime } from "./moves.ts"
export { fillStack, type StackPort, spillStack, stackHelpers } from "./register-stack.ts"
export { AR_NUMBER, applicationNames, state } from "./state.ts"
