// IR value types, the same four as WebAssembly's number types.

/** Type of an IR value. */
export type Type = "i32" | "i64" | "f32" | "f64"

/** What a value of each type is in TypeScript: i32 as a signed number, i64 as a signed bigint, floats as numbers. */
export type Value = number | bigint

/** Bytes that a value of the type takes in linear memory. */
export function byteWidth(type: Type): 4 | 8 {
  return type === "i32" || type === "f32" ? 4 : 8
}
