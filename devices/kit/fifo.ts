// Bounded queues kept as plain arrays, so that they are part of a snapshot as they stand.

/** Appends `value` unless the queue already holds `depth` entries; tells whether it did. */
export function push(queue: number[], value: number, depth: number): boolean {
  if (queue.length >= depth) return false
  queue.push(value)
  return true
}

/** Takes the oldest entry; an empty queue gives 0, as a hardware FIFO gives something. */
export function take(queue: number[]): number {
  return queue.shift() ?? 0
}
