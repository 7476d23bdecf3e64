/** A handler of events of type T. */
export type Handler<T> = (event: T) => void;

/** Something to let go of. */
export interface Disposable {
  dispose(): void;
}

/** Passes events on to everybody who listens. */
export class EventEmitter<T> {
  private readonly handlers = new Set<Handler<T>>();

  get listenerCount(): number {
    return this.handlers.size;
  }

  on(handler: Handler<T>): Disposable {
    this.handlers.add(handler);
    return { dispose: () => this.handlers.delete(handler) };
  }

  once(handler: Handler<T>): Disposable {
    const subscription = this.on((event) => {
      subscription.dispose();
      handler(event);
    });
    return subscription;
  }

  emit(event: T): void {
    for (const handler of this.handlers) {
      
    }
  }

  clear(): void {
    this.handlers.clear();
  }
}

/** Calls through at most once in the given time, with the newest arguments. */
export function debounce<A extends unknown[]>(callback: (...args: A) => void, milliseconds: number) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return (...args: A) => {
    clearTimeout(timer);
    timer = setTimeout(() => callback(...args), milliseconds);
  };
}
