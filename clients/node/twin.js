// A `stentor dev` of its own and a webhook receiver, for every test.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { createInterface } from "node:readline";

/** Starts a twin; what its ready line says, and calls with the admin key and the customer's. */
export async function startTwin() {
  const flags = ["dev", "--ephemeral", "--json", "--listen", "127.0.0.1:0"];
  const child = spawn(process.env.STENTOR_BIN, flags, { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(createInterface({ input: child.stdout }), "line");
  const ready = JSON.parse(line);
  const call = (headers) => async (method, path, body) => {
    const answer = await fetch(ready.url + path, {
      method,
      headers: { "Content-Type": "application/json", ...headers },
      body: body && JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
  return {
    ...ready,
    admin: call({ Authorization: `Bearer ${ready.admin_key}` }),
    customer: call({ "D360-API-KEY": ready.api_key }),
    async stop() {
      child.kill("SIGTERM");
      await once(child, "exit");
    },
  };
}

const patience = 60_000;

/** Takes webhooks: `next()` gives them one by one, as `{body, signature}`, and fails when none comes. */
export async function startReceiver() {
  const arrived = [];
  const waiting = [];
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    response.end();
    const webhook = { body: Buffer.concat(chunks).toString(), signature: request.headers["x-hub-signature-256"] };
    const waits = waiting.shift();
    if (waits) waits(webhook);
    else arrived.push(webhook);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    next: () => (arrived.length ? Promise.resolve(arrived.shift()) : new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error("the webhook did not come")), patience);
      waiting.push((webhook) => { clearTimeout(late); resolve(webhook); });
    })),
    stop: () => server.close(),
  };
}
