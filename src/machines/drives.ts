// The drives that a user adds to a board, and the places that they take.

import { BytesBlock } from "../../devices/block/bytes-block.ts"
import { OverlayBlock } from "../../devices/block/overlay-block.ts"
import type { BlockPort, Drive } from "../../devices/kit/index.ts"
import { ImageError } from "../../firmware/image-error.ts"
import type { BoardKind } from "./board.ts"

/** A drive to be added to a board. */
export type DriveOptions = {
  /** What it is: a hard disk unless given. */
  readonly media?: Drive["media"]
  /**
   * Its raw image: a block device, or bytes, which stay as they are while the guest's writes are kept beside them. A CD-ROM
   * drive may be empty.
   */
  readonly image?: BlockPort | Uint8Array | undefined
  /** Its place: 0 and 1 are the devices of the first channel, 2 and 3 of the second. The first free one, unless given. */
  readonly index?: number | undefined
  /** What messages call it. */
  readonly name?: string
}

/** Bytes of a sector by medium. */
const SECTOR = { disk: 512, cdrom: 2048 } as const

/** The drives of a kind of board by place; ImageError if one does not fit. */
export function placeDrives(kind: BoardKind, drives: readonly DriveOptions[]): (Drive | undefined)[] {
  const { name, drivePlaces = 0 } = kind
  if (drives.length > 0 && drivePlaces === 0) throw new ImageError(`${name} has no place for a drive.`)
  const places = new Array<Drive | undefined>(drivePlaces).fill(undefined)
  // Those with a place of their own come first, so that no other drive takes it.
  for (const drive of drives) {
    if (drive.index === undefined) continue
    if (!(Number.isInteger(drive.index) && drive.index >= 0 && drive.index < drivePlaces))
      throw new ImageError(`${name} has places 0 to ${drivePlaces - 1} for drives, but no place ${drive.index}.`)
    if (places[drive.index]) throw new ImageError(`There are two drives at place ${drive.index}.`)
    places[drive.index] = driveOf(drive)
  }
  for (const drive of drives) {
    if (drive.index !== undefined) continue
    const free = places.indexOf(undefined)
    if (free < 0) throw new ImageError(`${name} has ${drivePlaces} places for drives, which is too few.`)
    places[free] = driveOf(drive)
  }
  return places
}

function driveOf({ media = "disk", image, name = `The image of the ${media}` }: DriveOptions): Drive {
  const block = image instanceof Uint8Array ? blockOf(image, media) : image
  if (!block) {
    if (media === "disk") throw new ImageError(`${name} is missing.`)
    return { media, block }
  }
  const sector = SECTOR[media]
  if (block.size === 0) throw new ImageError(`${name} is empty.`)
  if (block.size % sector !== 0)
    throw new ImageError(`${name} has ${block.size} bytes, which is no multiple of its sectors of ${sector}.`)
  return { media, block }
}

function blockOf(bytes: Uint8Array, media: Drive["media"]): BlockPort {
  const block = new BytesBlock(bytes)
  return media === "disk" ? new OverlayBlock(block) : block
}
