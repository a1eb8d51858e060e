import type { Parley } from '../parley.js';

const services = ['auth', 'accounting', 'chat'] as const;
const methods = ['get', 'post', 'put', 'patch', 'delete'] as const;

export interface Route {
  service: (typeof services)[number];
  method: (typeof methods)[number];
  path: string;
  takesBody: boolean;
  fields: string[];
}

interface Document {
  paths: Record<string, Record<string, { requestBody?: { content?: Record<string, { schema?: { $ref?: string } }> } }>>;
  components: { schemas: Record<string, { properties?: Record<string, unknown> }> };
}

const isPublic =
  /^\/(health(?!\/ledger)|metrics|prices|\.well-known|dev\/mailbox|oauth\/token|auth\/(login|anonymous|signup|decline-invite|verify-email|resend-verification|forgot-password|reset-password|unlock|restore|confirm-email-change|undo-email-change|refresh|logout|providers|mfa\/(verify|setup|passkey\/options)|passkeys\/sign-in))/;

/** Whether a route is for callers with a credential only. */
export const isClosed = ({ path, method }: Route): boolean =>
  !(isPublic.test(path) && (method === 'get' || !path.startsWith('/prices')));

/** Every route of the three services, as their own documents describe them. */
export async function documentedRoutes(parley: Parley): Promise<Route[]> {
  const routes: Route[] = [];
  for (const service of services) routes.push(...routesOf(service, (await parley[service].get('/openapi.json')).body));
  return routes;
}

function routesOf(service: Route['service'], document: Document): Route[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    methods
      .filter((method) => item[method])
      .map((method) => {
        const body = item[method]!.requestBody;
        const name = body?.content?.['application/json']?.schema?.$ref?.split('/').at(-1);
        const fields = Object.keys((name && document.components.schemas[name]?.properties) || {});
        return { service, method, path, takesBody: body !== undefined, fields };
      }),
  );
}
