// One twin for a test file: started, reset, looked at and stopped.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

export async function startTwin() {
  const program = process.env.STENTOR_BIN ?? "stentor";
  const flags = ["dev", "--ephemeral", "--json", "--listen", "127.0.0.1:0"];
  const child = spawn(program, flags, { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(createInterface({ input: child.stdout }), "line");
  const ready = JSON.parse(line);

  async function admin(method, path, body) {
    const headers = { Authorization: `Bearer ${ready.admin_key}`, "Content-Type": "application/json" };
    const answer = await fetch(ready.url + path, { method, headers, body: body && JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }

  return {
    ...ready,
    admin,
    /** No message, nobody who stopped, no faults: as it was started. */
    reset: () => admin("POST", "/sim/reset", { messages: true }),
    /** What the phone shows, newest first. */
    phone: (number) => admin("GET", `/sim/messages/${number}`),
    /** The message's timeline, once it is `state`. */
    wait: (message, state, seconds = 50) =>
      admin("GET", `/admin/v1/accounts/${ready.account_id}/messages/${encodeURIComponent(message)}/wait?state=${state}&timeout_s=${seconds}`),
    /** Moves the time: "8d", "2h", "30s". */
    advance: (by) => admin("POST", "/sim/advance", { by }),
    async stop() {
      const gone = child.exitCode ?? once(child, "exit");
      child.kill("SIGTERM");
      await gone;
    },
  };
}
