// Public face of the Forth engine of Open Firmware (IEEE 1275-1994).

export { MIN_DATA_SPACE } from "./data-space.ts"
export { ForthError, THROW } from "./errors.ts"
export { findFcode } from "./fcode/expansion-rom.ts"
export { listFcode } from "./fcode/listing.ts"
export { type CallResult, Forth, type ForthOptions, type ForthRun, type ForthStatus } from "./forth.ts"
export type { ConsolePort, MemoryPort, SystemPort, VariablesPort } from "./ports.ts"
export type { ForthTree, MethodStack, PackageInstance, PathTarget } from "./tree.ts"
