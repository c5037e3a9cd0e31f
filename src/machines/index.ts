// The boards.

import { ImageError } from "../../firmware/image-error.ts"
import type { BoardKind } from "./board.ts"
import { versatilepb } from "./versatilepb.ts"
import { virt } from "./virt.ts"

export type { Board, BoardKind, BoardOptions } from "./board.ts"
export { MiB } from "./board.ts"

/** Every board, by name. */
export const machines: Readonly<Record<string, BoardKind>> = { virt, versatilepb }

/** The board of that name; ImageError if there is none. */
export function findMachine(name: string): BoardKind {
  const kind = Object.hasOwn(machines, name) ? machines[name] : undefined
  if (kind) return kind
  throw new ImageError(`There is no machine ${name}; the machines are ${Object.keys(machines).join(", ")}.`)
}
