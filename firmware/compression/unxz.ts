// xz files with a bound on the output (the .xz file format specification, version 1.1).

import * as xz from "xz-decompress"
import { ImageError } from "../image-error.ts"
import { Output } from "./output.ts"

// The package is CommonJS: some module loaders provide its names only in the default export.
const { XzReadableStream } = xz.XzReadableStream ? xz : xz.default

const PIECE_BYTES = 64 * 1024

/** Meanings of the numbers in the decompressor's errors. */
const PROBLEMS: Record<string, string> = {
  "2": "its kind of check is not supported; compress it with xz --check=crc32",
  "3": "its dictionary does not fit into memory; compress it with xz -6",
  "4": "its dictionary is too large; compress it with xz -6",
  "5": "its header is damaged; get the file again",
  "6": "it uses a filter that is not supported; compress it with xz -6 --check=crc32",
}

/** Unpacks an xz file and checks it; ImageError if damaged or larger than `limit` bytes. */
export async function unxz(bytes: Uint8Array, limit: number): Promise<Uint8Array> {
  const out = new Output(limit, "xz file")
  const reader = new XzReadableStream(streamOf(bytes)).getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return out.finish()
      out.append(value)
    }
  } catch (error) {
    if (error instanceof ImageError) {
      await reader.cancel().catch(() => undefined)
      throw error
    }
    const code = error instanceof Error ? /error code (\d+)/.exec(error.message)?.[1] : undefined
    throw new ImageError(
      `xz file cannot be unpacked: ${PROBLEMS[code ?? ""] ?? "it is truncated or damaged; get the file again"}.`,
    )
  }
}

function streamOf(bytes: Uint8Array): ReadableStream<Uint8Array> {
  let at = 0
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close()
      controller.enqueue(bytes.subarray(at, at + PIECE_BYTES))
      at += PIECE_BYTES
    },
  })
}
