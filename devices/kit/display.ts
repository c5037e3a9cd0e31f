// Displays: what a graphics part shows, and the screen that a board connects to it.

/** A picture: rows from the top, pixels from the left, each a byte of red, green and blue. */
export type Picture = { readonly width: number; readonly height: number; readonly rgb: Uint8Array }

/** A screen as a graphics part sees it. */
export interface DisplayPort {
  /** Registers what makes the picture that the part shows now; undefined while it shows none. */
  connect(picture: () => Picture | undefined): void
}

/** A screen: whoever holds it may look at it at any time. */
export class Screen implements DisplayPort {
  #picture: () => Picture | undefined = () => undefined

  connect(picture: () => Picture | undefined): void {
    this.#picture = picture
  }

  /** What is shown now; undefined if nothing is. */
  picture(): Picture | undefined {
    return this.#picture()
  }
}
