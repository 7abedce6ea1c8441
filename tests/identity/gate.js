// A control plane that takes valid tokens alone: it stands in front of another, and has each
// token introspected (RFC 7662) where it comes from.

import { once } from "node:events";
import { createServer, request } from "node:http";

const OPEN = "/flyteidl2.auth.AuthMetadataService/";

/** The gate, with all that came through it or was refused. */
export class Gate {
  constructor(controlPlane, introspection, client) {
    this.controlPlane = controlPlane;
    this.introspection = introspection;
    this.client = client;
    this.calls = [];
    // What was valid when last seen stays so while nobody can be asked.
    this.known = new Set();
    this.server = createServer((incoming, outgoing) => this.handle(incoming, outgoing));
  }

  async listen(port) {
    this.server.listen(port, "127.0.0.1");
    await once(this.server, "listening");
  }

  close() {
    this.server.close();
    this.server.closeAllConnections();
  }

  /** The tokens of all calls that needed one. */
  get tokens() {
    return this.calls.map((call) => call.authorization).filter(Boolean);
  }

  async handle(incoming, outgoing) {
    const body = await read(incoming);
    const { authorization } = incoming.headers;
    this.calls.push({ path: incoming.url, authorization, all: JSON.stringify(incoming.rawHeaders) + body });
    if (!incoming.url.startsWith(OPEN) && !(await this.isActive(authorization))) {
      outgoing.writeHead(401, { "content-type": "application/json" });
      outgoing.end(JSON.stringify({ code: "unauthenticated", message: `no valid token: ${authorization}` }));
      return;
    }
    const options = { host: "127.0.0.1", port: this.controlPlane, method: incoming.method, path: incoming.url };
    // Its own name too: the control plane behind says that data are at the name it was called by.
    const { headers } = incoming;
    const forwarded = request({ ...options, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode, answer.headers);
      answer.pipe(outgoing);
    });
    forwarded.on("error", () => outgoing.destroy());
    forwarded.end(body);
  }

  async isActive(authorization) {
    const token = authorization?.replace(/^Bearer /, "");
    if (!token) {
      return false;
    }
    const answer = await fetch(this.introspection, {
      method: "POST",
      headers: { authorization: basic(this.client) },
      body: new URLSearchParams({ token }),
      signal: AbortSignal.timeout(500),
    }).catch(() => undefined);
    if (!answer?.ok) {
      return this.known.has(token);
    }
    const { active } = await answer.json();
    this.known[active ? "add" : "delete"](token);
    return active;
  }
}

export function basic({ id, secret }) {
  return `Basic ${Buffer.from(`${id}:${encodeURIComponent(secret)}`).toString("base64")}`;
}

async function read(stream) {
  const pieces = [];
  for await (const piece of stream) {
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
