// Chromium, and a site whose pages do as they are told.

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

const library = new URL("node_modules/@segment/analytics-next/dist/umd/", import.meta.url);

const page = `<!doctype html>
<meta charset="utf-8">
<title>A witness</title>
<a id="link" href="#further">Further</a>
<form id="form" action="/sent" target="beside"><button>Send</button></form>
<iframe name="beside" hidden></iframe>
<script>window.analytics = { _cdn: location.origin };</script>
<script src="/analytics-next/bundles/index.js"></script>
<script type="module" src="/act.js"></script>
`;

const waiting = `<!doctype html>
<title>A witness waits</title>
<script type="module">
location.assign(await (await fetch("/next")).text());
</script>
`;

function find() {
  for (const name of ["chromium", "chromium-browser", "google-chrome"]) {
    for (const folder of process.env.PATH.split(delimiter)) {
      if (existsSync(join(folder, name))) return join(folder, name);
    }
  }
  throw new Error("There is no Chromium here; Debian has it as chromium.");
}

/** Opens a browser; `close` ends it. */
export async function browse() {
  let act;
  let done;
  let visits = 0;
  let hold;
  let wanted;
  let waits;
  const go = () => {
    if (!wanted || !waits) return;
    waits.writeHead(200, { "content-type": "text/plain", "cache-control": "no-store" }).end(wanted);
    wanted = waits = undefined;
  };
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://site");
    const answer = (kind, body) => response.writeHead(200, { "content-type": kind, "cache-control": "no-store" }).end(body);
    const bundle = /^\/analytics-next\/bundles\/([\w.-]+\.js)$/.exec(pathname)?.[1];
    if (bundle) return answer("text/javascript", readFileSync(new URL(bundle, library)));
    if (pathname === "/act.js") return answer("text/javascript", act);
    if (pathname === "/wait") return answer("text/html", waiting);
    if (pathname === "/next") {
      waits = response;
      return go();
    }
    if (pathname === "/hold") return answer("text/plain", String(await hold()));
    if (pathname.startsWith("/page/")) return answer("text/html", page);
    if (pathname === "/done") {
      let said = "";
      for await (const part of request) said += part;
      done(JSON.parse(said));
      return answer("text/plain", "");
    }
    response.writeHead(404).end();
  });
  await new Promise((listens) => server.listen(0, "127.0.0.1", listens));
  const site = `http://127.0.0.1:${server.address().port}`;

  const profile = mkdtempSync(join(tmpdir(), "interline-chromium-"));
  const flags = [
    "--headless",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    // Nothing but this machine is found.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    `--user-data-dir=${profile}`,
    ...(process.getuid() === 0 ? ["--no-sandbox"] : []),
  ];
  const chromium = spawn(find(), [...flags, `${site}/wait`], { stdio: "ignore", detached: true });
  const ended = new Promise((over) => chromium.once("exit", over));
  // It has children of its own.
  const kill = () => {
    try {
      process.kill(-chromium.pid, "SIGKILL");
    } catch {
      // It is over.
    }
  };
  process.once("exit", kill);

  /**
   * Opens a page on which `what` is done, with what it is given; it may use `AnalyticsBrowser`, and `held()` to wait until
   * something holds here. What it gives is given back, and the page is left. A page on which nothing is remembered begins as
   * for a new visitor.
   */
  const visit = async (what, given, { remembers = false, holds = () => true } = {}) => {
    hold = () => until(holds);
    act = `
      const { AnalyticsBrowser } = window.AnalyticsNext;
      const forget = () => {
        localStorage.clear();
        for (const cookie of document.cookie.split("; ")) document.cookie = cookie.split("=")[0] + "=; max-age=0; path=/";
      };
      if (!${remembers}) forget();
      const held = () => fetch("/hold");
      const what = ${what};
      let said;
      try {
        said = { gave: await what(${JSON.stringify(given)}) };
      } catch (error) {
        said = { failed: String(error?.stack ?? error) };
      }
      await fetch("/done", { method: "POST", body: JSON.stringify(said) });
      location.assign("/wait");`;
    visits += 1;
    const said = new Promise((told, late) => {
      done = told;
      setTimeout(() => late(new Error("the page does not end")), 30_000).unref();
    });
    wanted = `/page/${visits}?utm_campaign=spring&utm_source=mail`;
    go();
    const { gave, failed } = await said;
    if (failed) throw new Error(`on the page: ${failed}`);
    return gave;
  };
  const close = async () => {
    kill();
    await ended;
    server.closeAllConnections();
    server.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  };
  return { site, visit, close };
}

/** Waits until it holds. */
export async function until(holds) {
  const late = Date.now() + 30_000;
  while (!holds()) {
    if (Date.now() > late) throw new Error(`it never holds: ${holds}`);
    await new Promise((passed) => setTimeout(passed, 20));
  }
}
