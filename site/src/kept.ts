/** What the pages remember of a visitor: for the next page where the browser allows that, else on this page alone. */

const here = new Map<string, string>();

export function kept(key: string): string | null {
  try {
    return here.get(key) ?? localStorage.getItem(key);
  } catch {
    return null;
  }
}

export function keep(key: string, value: string): void {
  here.set(key, value);
  try {
    localStorage.setItem(key, value);
  } catch {
    // It is kept here.
  }
}
