/** 1234567 as `1,234,567`. */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** `0.42 s`, `12.3 s` or `1 min 42 s`. */
export function duration(seconds: number): string {
  if (seconds < 1) return `${seconds.toFixed(2)} s`;
  // What would round to a minute is told as one.
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** `800 MiB` or `2.1 GiB`. */
export function memory(mebibytes: number): string {
  return mebibytes < 1024 ? `${Math.round(mebibytes)} MiB` : `${(mebibytes / 1024).toFixed(1)} GiB`;
}

/** An ISO instant as `2026-11-23 23:40 UTC`, or with its seconds; other text as it is. */
export function instant(iso: string, to: 'minute' | 'second' = 'minute'): string {
  const time = Date.parse(iso);
  const length = to === 'minute' ? 16 : 19;
  return Number.isNaN(time) ? iso : `${new Date(time).toISOString().slice(0, length).replace('T', ' ')} UTC`;
}

/** A decimal text without trailing zeros and with thousands separated; every digit that counts stays. */
export function decimal(text: string): string {
  const [whole, fraction = ''] = text.split('.');
  const kept = fraction.replace(/0+$/, '');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return kept ? `${grouped}.${kept}` : grouped;
}

/** A decimal text to seven significant digits, for where the exact one stands elsewhere. */
export function rounded(text: string): string {
  return Number(text).toLocaleString('en-US', { maximumSignificantDigits: 7, maximumFractionDigits: 8 });
}
