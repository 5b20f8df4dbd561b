// Listens to several emitters and stops listening to all of them at once.
export interface Emitter {
  on(name: string, listener: (...args: unknown[]) => void): unknown;
  off(name: string, listener: (...args: unknown[]) => void): unknown;
}

export interface Listening {
  on(emitter: Emitter, name: string, listener: (...args: never[]) => void): void;
  stop(): void;
}

export function createListening(): Listening {
  const undo: (() => void)[] = [];
  return {
    on(emitter, name, listener) {
      const heard = listener as (...args: unknown[]) => void;
      emitter.on(name, heard);
      undo.push(() => emitter.off(name, heard));
    },
    stop() {
      for (const forget of undo.splice(0)) forget();
    },
  };
}
