// The processes of the test, each with what it printed.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { freePorts } from "../ports.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const BINARY = resolve(ROOT, process.env.FLYTE_WEBHOOK_BIN ?? "target/debug/flyte-webhook");
const AUTHORIZATION_SERVER = fileURLToPath(new URL("authorization_server.js", import.meta.url));

/** A running process. */
export class Process {
  constructor(command, options, environment) {
    this.output = "";
    this.child = spawn(command, options.map(String), {
      env: environment,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const keep = (piece) => (this.output += piece);
    this.child.stdout.setEncoding("utf8").on("data", keep);
    this.child.stderr.setEncoding("utf8").on("data", keep);
    this.ended = once(this.child, "close");
  }

  /** The lines of JSON that it printed so far. */
  get lines() {
    const lines = this.output.split("\n").filter((line) => line.startsWith("{"));
    return lines.map((line) => JSON.parse(line));
  }

  signal(name) {
    this.child.kill(name);
  }

  async stop(signal = "SIGTERM") {
    this.child.kill(signal);
    const [code] = await this.ended;
    return code;
  }
}

/** `flyte-webhook dev`, for its control plane alone. */
export async function controlPlane(directory) {
  const [port, address] = await freePorts(2);
  const options = ["dev", "--port", port, "--control-plane-port", address, "--data-dir", directory];
  const server = new Process(BINARY, options, process.env);
  await until("the control plane serves", () => answers(`http://127.0.0.1:${address}/healthz`), server);
  return { server, port: address };
}

/** `flyte-webhook serve` in front of a control plane, telling its log everything. */
export async function webhook(endpoint) {
  const [port] = await freePorts(1);
  const server = new Process(BINARY, ["serve", "--host", "127.0.0.1", "--port", port], {
    _U_EP_OVERRIDE: endpoint,
    FLYTE_INTERNAL_EXECUTION_PROJECT: "flytesnacks",
    FLYTE_INTERNAL_EXECUTION_DOMAIN: "development",
    FLYTE_WEBHOOK__LIMITS__UPSTREAM_TIMEOUT: "2s",
    FLYTE_WEBHOOK__LIMITS__CONNECT_TIMEOUT: "1s",
    FLYTE_WEBHOOK__TELEMETRY__LOG_LEVEL: "trace",
  });
  await until("the webhook serves", () => answers(`http://127.0.0.1:${port}/health`), server);
  return { server, port };
}

export async function authorizationServer(port, lifetime, clients) {
  const options = [AUTHORIZATION_SERVER, port, lifetime, ...clients];
  const server = new Process(process.execPath, options, { PATH: process.env.PATH });
  await until("the authorization server serves", () => server.lines.length > 0, server);
  return server;
}

/** Waits until a condition holds, and fails when it does not in time. */
export async function until(what, condition, server) {
  const deadline = Date.now() + 30_000;
  while (!(await condition())) {
    if (server?.child.exitCode != null || Date.now() > deadline) {
      server?.signal("SIGKILL");
      throw new Error(`in vain until ${what}: ${server?.output}`);
    }
    await setTimeout(20);
  }
}

async function answers(url) {
  const answer = await fetch(url).catch(() => undefined);
  return answer?.ok ?? false;
}
