/** esbuild and Jest load pages as text. */
declare module '*.html' {
  const text: string;
  export default text;
}
