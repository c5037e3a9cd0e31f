// Tables of the monitors' source: rows of words whose texts follow the table.

/** A text of a table, as opposed to an expression. */
export type TableText = { readonly text: string }

/** A column of a row: an expression, or a text whose address stands in the table. */
export type TableCell = string | TableText

/** A text as a column. */
export const text = (text: string): TableText => ({ text })

/**
 * A table of 32-bit words: its rows, a zero, then its texts. Its label is the name; the text in column c of row r has the label
 * `name.r.c`.
 */
export function table(name: string, rows: readonly (readonly TableCell[])[]): string {
  const labelOf = (row: number, column: number) => `${name}.${row}.${column}`
  const words = rows.map((cells, row) => {
    const columns = cells.map((cell, column) => (typeof cell === "string" ? cell : labelOf(row, column)))
    return `    .long   ${columns.join(", ")}\n`
  })
  const texts = rows.flatMap((cells, row) =>
    cells.flatMap((cell, column) => (typeof cell === "string" ? [] : [asciz(labelOf(row, column), cell.text)])),
  )
  return `${name}:\n${words.join("")}    .long   0\n${texts.join("")}`
}

/** Named texts. */
export const texts = (named: Readonly<Record<string, string>>): string =>
  Object.entries(named)
    .map(([name, value]) => asciz(name, value))
    .join("")

const asciz = (label: string, value: string) => `${label}:\n    .asciz  ${JSON.stringify(value)}\n`
