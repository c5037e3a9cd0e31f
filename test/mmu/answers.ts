// The recorded answers of QEMU 7.2: six words for each address, in hexadecimal; see qemu-oracle.S.

import { join } from "node:path"
import type { TableFormat } from "./random-tables.ts"

/** How many cases of each format are recorded, and addresses in each. */
export const ANSWERS: Readonly<Record<TableFormat, { readonly cases: number; readonly queries: number }>> = {
  short: { cases: 16, queries: 48 },
  long: { cases: 16, queries: 48 },
  v5: { cases: 12, queries: 48 },
}

/** The file with a format's answers. */
export function answersFile(format: TableFormat): string {
  return join(import.meta.dirname, `${format}.answers`)
}
