// The public module "emu/testing": the contract and a test bench for parts, for any test runner.

export { type ContractCase, contract, type Subject, TestBench } from "./kit/contract.ts"
