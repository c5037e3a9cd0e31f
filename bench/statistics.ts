// Statistics for the benchmarks, and tables of text.

/** The median; NaN without values. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  if (sorted.length === 0) return Number.NaN
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** Geometric mean of positive numbers; NaN without values. */
export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, x) => sum + Math.log(x), 0) / values.length)
}

export const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0)

/** A number with so many decimals; a dash for NaN. */
export const fixed = (value: number | undefined, decimals: number) =>
  value === undefined || Number.isNaN(value) ? "-" : value.toFixed(decimals)

/** Rows under a heading; the first column is aligned left, the others right. */
export function table(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [heading, ...rows]
  const widths = heading.map((_, i) => Math.max(...all.map((row) => (row[i] ?? "").length)))
  const line = (row: readonly string[]) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join("  ")
  return all.map((row) => `${line(row).trimEnd()}\n`).join("")
}
