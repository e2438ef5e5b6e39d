/** Where engines are reached that deployed resources stand on, such as `{ kafka: '127.0.0.1:9092' }`. */
export interface EngineEndpoints {
  readonly [engine: string]: string;
}
