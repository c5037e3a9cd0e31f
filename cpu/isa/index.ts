// Public face of the instruction-set kit.

export type {
  Architecture,
  ByteOrder,
  CodeFormat,
  EngineRegisters,
  ExceptionEntry,
  Fetched,
  HelperTable,
  Regime,
} from "./architecture.ts"
export { engineRegisters } from "./architecture.ts"
export type { Assembled, AssemblyPlace, Spelling } from "./assemble.ts"
export { Assembler, AssemblyError, assembleAs } from "./assemble.ts"
export type { CheckOptions } from "./check.ts"
export { checkInstructionSet } from "./check.ts"
export { buildDecodeTree, decodeWord, fieldValue, fieldValues, overlaps } from "./decode-table.ts"
export { disassemble, encodedLength } from "./disassemble.ts"
export type {
  DataPort,
  ExecutionEngine,
  FetchPort,
  HelperFunction,
  IsOverdue,
  RunClock,
  RunResult,
} from "./engine.ts"
export { CLOCK_AT_POWER_ON, NEVER_OVERDUE, timeNs } from "./engine.ts"
export type { ContextModifier, Derived, Field, FieldValues, Form, Place, Text } from "./fields.ts"
export { computed, computedModifier, decimal, joined, modifier, operand, registerText } from "./fields.ts"
export type { DrawOptions, Random } from "./generate.ts"
export { randomWord, seededRandom } from "./generate.ts"
export type { Alias, EncodingNames, EncodingText, Guard, Instruction, Seen, Vocabulary, Where } from "./instruction.ts"
export { isa } from "./instruction.ts"
export type { Decoded, Variant } from "./instruction-set.ts"
export {
  contextGuard,
  derivedValue,
  guardOf,
  InstructionSet,
  isAvailable,
  roleOf,
  translate,
  variants,
} from "./instruction-set.ts"
export { extract, signExtend } from "./pattern.ts"
export type { AssembledSource, ListedLine, LiteralLoad, SourceDialect, SourceOptions } from "./source.ts"
export { assembleSource, SourceError } from "./source.ts"
