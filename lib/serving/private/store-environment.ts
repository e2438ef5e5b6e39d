import type { IHotStore } from '../../ports';

/** What a handler needs to connect to the store. */
export function storeEnvironment(store: IHotStore, user: string): { [name: string]: string } {
  return {
    HOT_STORE_ENDPOINT: store.endpoint,
    HOT_STORE_NAME: store.storeName,
    HOT_STORE_USER: user,
    HOT_STORE_TLS: 'true',
  };
}
