// The extended mnemonics of moves from and to special-purpose registers (Programming Environments Manual, F.8): mflr, mtctr.

import type { Alias } from "../../isa/index.ts"
import { sprNames } from "./spr.ts"

/** Registers that disassemblers of GNU binutils name; they print the numbers of the others. */
const PRINTED: readonly string[] = ["xer", "lr", "ctr", "dsisr", "dar", "dec", "sdr1", "srr0", "srr1", "ear", "vrsave"]
const PRINTED_READ: readonly string[] = ["pvr"]
const PRINTED_WRITTEN: readonly string[] = ["tbl", "tbu"]

/** Reading the time base has an instruction of its own, and writing it has numbers of its own. */
const TIME_BASE_READ = [268, 269]
const TIME_BASE_WRITE = [284, 285]

const BATS = [
  ["ibatu", 0],
  ["ibatl", 1],
  ["dbatu", 8],
  ["dbatl", 9],
] as const

/** The aliases of mfspr (`mf`) or mtspr (`mt`), with the field of the general register. */
export function sprAliases(prefix: "mf" | "mt", register: "rD" | "rS"): Alias[] {
  const isRead = prefix === "mf"
  const withNumber = (number: string) => (isRead ? `${register}, ${number}` : `${number}, ${register}`)
  const printed = [...PRINTED, ...(isRead ? PRINTED_READ : PRINTED_WRITTEN)]
  const unnamed = isRead ? [...TIME_BASE_READ, ...TIME_BASE_WRITE] : TIME_BASE_READ
  const named = sprNames
    .filter(([number]) => !unnamed.includes(number))
    .map(
      ([number, name]): Alias => ({
        name: `${prefix}${name}`,
        args: register,
        fields: { sprHigh: number >> 5, sprLow: number & 31 },
        unprinted: !printed.includes(name),
      }),
    )
  const bats = BATS.map(
    ([name, low]): Alias => ({
      name: `${prefix}${name}`,
      args: withNumber("bat"),
      fields: { sprHigh: 16, sprLow: (v) => 16 | (v["sprLow"]! & 6) | low },
    }),
  )
  const sprgs: Alias = {
    name: `${prefix}sprg`,
    args: withNumber("sprg"),
    fields: { sprHigh: 8, sprLow: (v) => 16 | (v["sprLow"]! & 3) },
  }
  return [...named, ...bats, sprgs]
}
