// IR value types, WebAssembly's number types and its vector type, and the form of operations on them.

/** Type of an IR value. */
export type Type = "i32" | "i64" | "f32" | "f64" | "v128"

/** A value in TypeScript: i32 is a signed number, i64 a signed bigint, a float a number, v128 an unsigned bigint. */
export type Value = number | bigint

/** Bytes of a value of the type in linear memory. */
export function byteWidth(type: Type): 4 | 8 | 16 {
  if (type === "v128") return 16
  return type === "i32" || type === "f32" ? 4 : 8
}

/** One pure operation: its encoding, its types and its meaning on TypeScript values. */
export type PureOp = {
  readonly name: string
  /** Bytes of the WebAssembly instruction. */
  readonly code: readonly number[]
  readonly params: readonly Type[]
  readonly result: Type
  readonly evaluate: (...args: never[]) => Value
}
