// DMA channels between parts: a device at one end, a DMA controller at the other.

/** What a device does for the controller of its DMA channel. */
export interface DmaEndpoint {
  /** Gives bytes for memory: fills `into` from its start, and returns how many bytes it has now. */
  read(into: Uint8Array): number
  /** Takes bytes from memory, from the start of `from`, and returns how many it has taken. */
  write(from: Uint8Array): number
}

/** A DMA channel as the device sees it. */
export interface DmaPort {
  /** Registers what the device does for the controller. Whatever is called there must settle the device. */
  connect(endpoint: DmaEndpoint): void
  /** Tells the controller that the device can give or take bytes again. */
  request(): void
}

/** A DMA channel as the controller sees it. */
export interface DmaChannelPort extends DmaEndpoint {
  /** Registers the callback for requests of the device. */
  onRequest(callback: () => void): void
}

/** Connects a device with a channel of a DMA controller; a board makes one and gives it to both. */
export class DmaLink implements DmaPort, DmaChannelPort {
  #endpoint: DmaEndpoint | undefined
  #requested: (() => void) | undefined

  connect(endpoint: DmaEndpoint): void {
    this.#endpoint = endpoint
  }

  request(): void {
    this.#requested?.()
  }

  onRequest(callback: () => void): void {
    this.#requested = callback
  }

  read(into: Uint8Array): number {
    return this.#endpoint?.read(into) ?? 0
  }

  write(from: Uint8Array): number {
    return this.#endpoint?.write(from) ?? 0
  }
}
