// Snapshots as plain JSON: what a part's state may hold, and its translation to JSON and back.

type Bytes = Uint8Array | Uint16Array | Uint32Array | Int32Array

/** What the state of a part is made of. */
export type State = { [key: string]: Value }
export type Value = undefined | null | boolean | number | bigint | string | Bytes | Value[] | { [key: string]: Value }

/** A snapshot: survives JSON.stringify and JSON.parse unchanged. */
export type Plain = null | boolean | number | string | Plain[] | { [key: string]: Plain }

const arrays = { Uint8Array, Uint16Array, Uint32Array, Int32Array }

/** Translates state to JSON values: typed arrays become base64, big integers text, undefined members are left out. */
export function toPlain(value: Value): Plain {
  if (value === undefined || value === null) return null
  if (typeof value === "bigint") return { $bigint: value.toString() }
  if (typeof value !== "object") return value
  if (Array.isArray(value)) return value.map(toPlain)
  for (const [name, type] of Object.entries(arrays)) {
    if (value instanceof type)
      return { [`$${name}`]: toBase64(new Uint8Array(value.buffer, value.byteOffset, value.byteLength)) }
  }
  const result: { [key: string]: Plain } = {}
  for (const [key, member] of Object.entries(value)) if (member !== undefined) result[key] = toPlain(member)
  return result
}

/** Translates JSON values made by `toPlain` back. */
export function fromPlain(plain: Plain): Value {
  if (plain === null || typeof plain !== "object") return plain
  if (Array.isArray(plain)) return plain.map(fromPlain)
  if (typeof plain["$bigint"] === "string") return BigInt(plain["$bigint"])
  for (const [name, type] of Object.entries(arrays)) {
    const text = plain[`$${name}`]
    if (typeof text === "string") return new type(fromBase64(text).buffer)
  }
  const result: { [key: string]: Value } = {}
  for (const [key, member] of Object.entries(plain)) result[key] = fromPlain(member)
  return result
}

function toBase64(bytes: Uint8Array): string {
  let binary = ""
  // String.fromCharCode takes its characters as arguments, whose number engines limit.
  for (let at = 0; at < bytes.length; at += 0x2000) binary += String.fromCharCode(...bytes.subarray(at, at + 0x2000))
  return btoa(binary)
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
}
