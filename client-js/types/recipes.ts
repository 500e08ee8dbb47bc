/** The recipes of docs/guide/client.md, over the smallest shapes of the libraries they are for. */
import { BearerError, createClient } from "../dist/index.js";

const API = "https://api.example.com/";
const bearer = createClient({ api: API });

// axios: its fetch adapter takes the function to use.
interface AxiosConfig {
  baseURL: string;
  adapter: "fetch";
  env: { fetch: typeof fetch };
}
export const axiosConfig: AxiosConfig = { baseURL: API, adapter: "fetch", env: { fetch: bearer.fetch } };

// ky
interface KyOptions {
  prefixUrl: string;
  fetch: (input: Request, init?: RequestInit) => Promise<Response>;
  retry: number;
}
export const kyOptions: KyOptions = { prefixUrl: API, fetch: bearer.fetch, retry: 0 };

// TanStack Query
interface QueryOptions<T> {
  queryKey: readonly unknown[];
  queryFn: (context: { signal: AbortSignal }) => Promise<T>;
  retry: (count: number, error: Error) => boolean;
}
export const notes: QueryOptions<unknown> = {
  queryKey: ["notes", bearer.session.id],
  queryFn: async ({ signal }) => (await bearer.fetch(`${API}notes/`, { signal })).json(),
  retry: (count, error) => count < 3 && !(error instanceof BearerError),
};
declare const queryClient: { clear: () => void };
bearer.onChange((session) => {
  if (session.status !== "in" || session.changed) queryClient.clear();
  if (session.changed) bearer.accept(session);
});
