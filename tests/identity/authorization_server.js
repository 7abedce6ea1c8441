// An authorization server as a process of its own: `node authorization_server.js PORT SECONDS
// CLIENT:SECRET…`. Its tokens live for so many seconds; it prints a line for each that it grants
// or refuses.

import { Provider } from "oidc-provider";

const [port, lifetime, ...clients] = process.argv.slice(2);

// Its own words about development are no failure of a test.
console.warn = console.info = () => {};

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: clients.map((pair) => {
    const [id, secret] = pair.split(/:(.*)/s);
    return {
      client_id: id,
      client_secret: secret,
      grant_types: ["client_credentials"],
      redirect_uris: [],
      response_types: [],
      scope: "all",
      token_endpoint_auth_method: "client_secret_basic",
    };
  }),
  clientAuthMethods: ["client_secret_basic"],
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    introspection: { enabled: true, allowedPolicy: () => true },
    revocation: { enabled: true, allowedPolicy: () => true },
  },
  scopes: ["all"],
  ttl: { ClientCredentials: Number(lifetime) },
});

provider.on("grant.success", (context) => print("granted", context));
provider.on("grant.error", (context) => print("refused", context));

function print(what, context) {
  console.log(JSON.stringify({ what, client: context.oidc.client?.clientId ?? null }));
}

provider.listen(Number(port), "127.0.0.1", () => console.log(JSON.stringify({ what: "serves" })));
