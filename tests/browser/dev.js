// `flyte-webhook dev` as a process of its own.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { freePorts } from "../ports.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const BINARY = resolve(ROOT, process.env.FLYTE_WEBHOOK_BIN ?? "target/debug/flyte-webhook");

/**
 * Starts a server, with a configuration of JSON if there is one, which may name a directory of its
 * own; gives its port and how to stop it.
 */
export async function start(configuration) {
  const directory = await mkdtemp(join(tmpdir(), "flyte-webhook-browser-"));
  const [port, controlPlane] = await freePorts(2);
  const options = ["--port", port, "--control-plane-port", controlPlane, "--data-dir", join(directory, "data")];
  if (configuration) {
    const file = join(directory, "configuration.yaml");
    await writeFile(file, JSON.stringify(configuration(directory)));
    options.push("--config", file);
  }
  const child = spawn(BINARY, ["dev", ...options.map(String)], { cwd: directory, stdio: "ignore" });
  const ended = once(child, "exit");
  const stop = async () => {
    child.kill("SIGTERM");
    const [code] = await ended;
    await rm(directory, { recursive: true });
    return code;
  };
  await healthy(port, child);
  return { port, stop };
}

async function healthy(port, child) {
  const deadline = Date.now() + 30_000;
  while (child.exitCode === null && Date.now() < deadline) {
    const answer = await fetch(`http://127.0.0.1:${port}/health`).catch(() => undefined);
    if (answer?.ok) {
      return;
    }
    await setTimeout(50);
  }
  child.kill("SIGKILL");
  throw new Error(`${BINARY} does not serve; exit code ${child.exitCode}`);
}
