// pure-rand types its modules through `exports` only, which the Node10 resolution that jsii asks for does not read.
declare module 'pure-rand/generator/xoroshiro128plus' {
  /** A generator of signed 32-bit integers; `next` advances it. */
  export function xoroshiro128plus(seed: number): { next(): number };
}
