// The last bytes of a console.

import { expect, it } from "vitest"
import { OutputRing } from "../../src/output-ring.ts"

function ringOf(limit: number, bytes: Iterable<number>) {
  const ring = new OutputRing(limit)
  for (const byte of bytes) ring.push(byte)
  return ring.text()
}

it("keeps all of a short output, as UTF-8 text", () => {
  expect(ringOf(1000, new TextEncoder().encode("é€\n"))).toEqual({ text: "é€\n", dropped: 0 })
})

it("joins a character that lies in two chunks", () => {
  const bytes = new TextEncoder().encode(`${"x".repeat(65_535)}é`)
  expect(ringOf(1_000_000, bytes).text.slice(-2)).toBe("xé")
})

it("keeps the last bytes of a long output, and says how many came before", () => {
  const bytes = Uint8Array.from({ length: 1_000_000 }, (_, n) => 0x20 + (n % 90))
  const { text, dropped } = ringOf(200_000, bytes)
  expect(text.length).toBeGreaterThanOrEqual(200_000)
  expect(text.length).toBeLessThanOrEqual(200_000 + 2 * 65_536)
  expect(text.length + dropped).toBe(1_000_000)
  expect(text).toBe(new TextDecoder().decode(bytes.subarray(dropped)))
})

it("begins with a whole character", () => {
  const bytes = new TextEncoder().encode(`x${"é".repeat(200_000)}`)
  const { text, dropped } = ringOf(100_000, bytes)
  expect([text[0], (dropped - 1) % 2]).toEqual(["é", 0])
})
