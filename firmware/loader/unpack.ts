// Removes compression from an image: around the image, and inside a uImage.

import { compressionOf, decompress } from "../compression/index.ts"
import { ImageError, sizeText } from "../image-error.ts"
import { encodeUimage, isUimage, parseUimage, type UImage } from "./uimage.ts"

/** Limits of `unpack`. */
export interface UnpackOptions {
  /** Limit of the unpacked bytes of each layer; 1 GiB if not given. */
  limit?: number
}

const DEFAULT_LIMIT = 1024 * 1024 * 1024

// Limit of layers: some files unpack to themselves for ever.
const MOST_LAYERS = 8

/**
 * The image inside all layers of compression: gzip, xz, zstd, bzip2, lz4, lzop or lzma. A uImage stays a uImage, with its
 * payload unpacked, because its header says where the payload goes. ImageError if damaged, or larger than the limit.
 */
export async function unpack(bytes: Uint8Array, { limit = DEFAULT_LIMIT }: UnpackOptions = {}): Promise<Uint8Array> {
  let image = bytes
  for (let layer = 0; layer <= MOST_LAYERS; layer++) {
    const format = compressionOf(image)
    if (format) {
      image = await decompress(format, image, limit)
      continue
    }
    const uimage = isUimage(image) ? parseUimage(image) : undefined
    if (!uimage || uimage.compression === "none") return image
    image = await unpackUimage(uimage, uimage.compression, limit)
  }
  throw new ImageError(`The image is compressed more than ${MOST_LAYERS} times over; unpack it yourself.`)
}

async function unpackUimage(
  image: UImage,
  compression: Exclude<UImage["compression"], "none">,
  limit: number,
): Promise<Uint8Array> {
  const payload = await decompress(compression === "lzo" ? "lzop" : compression, image.payload, limit)
  if (payload.length > 0xffff_ffff)
    throw new ImageError(`A uImage cannot hold a payload of ${sizeText(payload.length)}.`)
  return encodeUimage({ ...image, compression: "none", payload })
}
