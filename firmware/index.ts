// What real boards have in ROM, served by the host.

export * from "./device-tree/index.ts"
export * from "./loader/index.ts"
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
