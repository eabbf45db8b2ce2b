// The browser's memory, which may be full, forbidden or absent: then nothing is remembered.

export const store = {
  session: (key: string): string | null => attempt(() => sessionStorage.getItem(key)) ?? null,
  setSession: (key: string, value: string | null): void => set(() => sessionStorage, key, value),
  local: (key: string): string | null => attempt(() => localStorage.getItem(key)) ?? null,
  setLocal: (key: string, value: string | null): void => set(() => localStorage, key, value),
};

function set(where: () => Storage, key: string, value: string | null): void {
  attempt(() => (value === null ? where().removeItem(key) : where().setItem(key, value)));
}

function attempt<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
