// The public interface of the WebAssembly writer.

export { Code, MEMORY, OP, TracedCode, typeCode } from "./code.ts"
export type { Signature } from "./module.ts"
export { Module } from "./module.ts"
