export async function checkGgufFile(path: string): Promise<{ ok: true } | { ok: false; reason: string }> {
  return path === '' ? { ok: false, reason: 'no path' } : { ok: true };
}
