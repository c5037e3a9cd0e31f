// The boards.

import type { BoardKind } from "./board.ts"
import { versatilepb } from "./versatilepb.ts"
import { virt } from "./virt.ts"

export type { Board, BoardKind, BoardOptions } from "./board.ts"
export { MiB } from "./board.ts"

/** Every board, by name. */
export const machines: Readonly<Record<string, BoardKind>> = { virt, versatilepb }
