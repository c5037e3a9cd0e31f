// Block devices: the port behind which a host keeps an image, and the drive that a board connects.

/**
 * An image of a disk or disc on the host. Calls return when the work is done. They return false, and change nothing in the
 * part, if the host cannot do it or if a byte lies outside of the image: the guest then sees an error of its medium.
 */
export interface BlockPort {
  /** Bytes of the image. */
  readonly size: number
  /** Whether writes are refused. */
  readonly isReadOnly: boolean
  /** Reads `into.length` bytes from a byte offset. */
  read(offset: number, into: Uint8Array): boolean
  /** Writes bytes at a byte offset. */
  write(offset: number, from: Uint8Array): boolean
  /** Makes what was written safe against a power failure of the host. */
  flush(): boolean
}

/** A drive at a connector of a controller: a hard disk, or a CD-ROM drive, which may be empty. */
export type Drive =
  | { readonly media: "disk"; readonly block: BlockPort }
  | { readonly media: "cdrom"; readonly block: BlockPort | undefined }
