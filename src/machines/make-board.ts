// A board from its kind, with the parts that the user adds.

import { ImageError } from "../../firmware/image-error.ts"
import type { Board, BoardKind, BoardOptions } from "./board.ts"
import { addParts, type ExtraPart } from "./extra-parts.ts"

/** What no board can do without. */
const MEMBERS = ["machine", "cpu", "ramBase", "ramBytes", "handover"] as const

/** Makes a board; ImageError if its kind, which may be a plug-in in JavaScript, makes none. */
export function makeBoard(kind: BoardKind, options: BoardOptions, parts: readonly ExtraPart[] = []): Board {
  const board = kind.create(options)
  const lacking = MEMBERS.filter((name) => board?.[name] === undefined)
  if (lacking.length > 0)
    throw new ImageError(`${kind.name}: what it creates is no Board; it lacks ${lacking.join(", ")}.`)
  addParts(board.machine, parts)
  return board
}
