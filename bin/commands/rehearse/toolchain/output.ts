/** What the tools print when the disk is full. */
export function diskIsFull(output: string): boolean {
  return /No space left on device|ENOSPC|Disk quota exceeded/.test(output);
}

/** `12.3 MB`, decimal units as download tools print them. */
export function formatBytes(bytes: number): string {
  if (bytes < 1e6) {
    return `${(bytes / 1e3).toFixed(0)} kB`;
  }
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}
