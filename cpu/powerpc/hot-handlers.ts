// The interpreter's handlers that are executed most, by falling frequency.

/** Names of the handlers. */
export const hotHandlers: readonly string[] = []
