// Bounded queues kept as plain arrays, so that a snapshot can hold them directly.

/** Appends `value` unless the queue already holds `depth` entries; returns whether it did. */
export function push(queue: number[], value: number, depth: number): boolean {
  if (queue.length >= depth) return false
  queue.push(value)
  return true
}

/** Removes and returns the oldest entry; 0 if the queue is empty. */
export function take(queue: number[]): number {
  return queue.shift() ?? 0
}
