// Removes compression from an image: gzip and xz, around the image and inside a uImage.

import { ImageError, sizeText } from "../image-error.ts"
import { gunzip } from "./gunzip.ts"
import { recognise } from "./recognise.ts"
import { encodeUimage, type UImage } from "./uimage.ts"
import { unxz } from "./unxz.ts"

/** Limits of `unpack`. */
export interface UnpackOptions {
  /** Limit of the unpacked bytes of each layer; 1 GiB if not given. */
  limit?: number
}

const DEFAULT_LIMIT = 1024 * 1024 * 1024

// Limit of layers: some files unpack to themselves for ever.
const MOST_LAYERS = 8

/**
 * The image inside all layers of gzip and xz. A uImage stays a uImage, with its payload unpacked, because its header
 * says where the payload goes. ImageError if damaged, compressed in another way, or larger than the limit.
 */
export async function unpack(bytes: Uint8Array, { limit = DEFAULT_LIMIT }: UnpackOptions = {}): Promise<Uint8Array> {
  let image = bytes
  for (let layer = 0; layer <= MOST_LAYERS; layer++) {
    const kind = recognise(image)
    if (kind.format === "gzip") image = gunzip(image, limit)
    else if (kind.format === "xz") image = await unxz(image, limit)
    else if (kind.format === "uimage" && kind.compression !== "none") image = await unpackUimage(kind, limit)
    else return image
  }
  throw new ImageError(`The image is compressed more than ${MOST_LAYERS} times over; unpack it yourself.`)
}

async function unpackUimage(image: UImage, limit: number): Promise<Uint8Array> {
  if (image.compression !== "gzip") {
    throw new ImageError(
      `The payload of the uImage is compressed with ${image.compression}; make it with gzip or none.`,
    )
  }
  const payload = gunzip(image.payload, limit)
  if (payload.length > 0xffff_ffff)
    throw new ImageError(`A uImage cannot hold a payload of ${sizeText(payload.length)}.`)
  return encodeUimage({ ...image, compression: "none", payload })
}
