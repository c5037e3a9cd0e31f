// What tests of parts use, with any test runner: the contract and a test bench. The public module "emu/testing".

export { type ContractCase, contract, type Subject, TestBench } from "./kit/contract.ts"
