// What tests of parts use, with any test runner: the contract that every part keeps, and surroundings that record.

export { type ContractCase, contract, type Subject, TestBench } from "./kit/contract.ts"
