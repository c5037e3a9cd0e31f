// Public face of firmware: what real boards have in ROM, provided by the host.

export * from "./device-tree/index.ts"
export * from "./fw-cfg.ts"
export * from "./loader/index.ts"
export {
  formatNvram,
  NVRAM_SIGNATURE,
  type NvramPartition,
  nvramPartitions,
  readNvramVariables,
  writeNvramVariables,
} from "./nvram.ts"
export {
  callPsci,
  isPsciFunction,
  PSCI_FUNCTION,
  PSCI_RESULT,
  type PsciOptions,
  type PsciPort,
  type PsciVersion,
} from "./psci.ts"
export { callSemihosting, SEMIHOSTING, type SemihostingOptions, type SemihostingPort } from "./semihosting.ts"
