// An app as its author writes it with the TypeScript SDK: `typescript.mjs <package> <mcp url> <options as JSON>`.
//
// `package` is @modelcontextprotocol/sdk or @modelcontextprotocol/client; what is here is what an author has to write:
// a provider that keeps what the SDK gives it, a callback on the loopback, and a browser that is opened.
// Commands come as JSON lines on standard input and are answered as JSON lines; see tests/clients/program.py.
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const [packageName, mcpUrl, optionsText] = process.argv.slice(2);
const { protocolMode, clientName, clientMetadataUrl } = JSON.parse(optionsText);
const load = createRequire(new URL("../../../.tools/package.json", import.meta.url));
const sdk =
  packageName === "@modelcontextprotocol/sdk"
    ? {
        ...load("@modelcontextprotocol/sdk/client/index.js"),
        ...load("@modelcontextprotocol/sdk/client/auth.js"),
        ...load("@modelcontextprotocol/sdk/client/streamableHttp.js"),
      }
    : load(packageName);

const arrived = []; // callbacks nobody took yet
const callbacks = createServer((request, response) => {
  const url = new URL(request.url, "http://127.0.0.1");
  response.end("The app has you back.");
  if (url.pathname === "/callback") {
    arrived.push(url.searchParams);
    callbacks.emit("callback");
  }
});
await once(callbacks.listen(0, "127.0.0.1"), "listening");
const redirectUrl = `http://127.0.0.1:${callbacks.address().port}/callback`;

const kept = {};
const provider = {
  redirectUrl,
  ...(clientMetadataUrl && { clientMetadataUrl }),
  clientMetadata: {
    client_name: clientName,
    redirect_uris: [redirectUrl],
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    token_endpoint_auth_method: "none",
  },
  state: () => (kept.state = randomUUID()),
  clientInformation: () => kept.client,
  saveClientInformation: (client) => void (kept.client = client),
  tokens: () => kept.tokens,
  saveTokens: (tokens) => void (kept.tokens = tokens),
  saveCodeVerifier: (verifier) => void (kept.verifier = verifier),
  codeVerifier: () => kept.verifier,
  saveDiscoveryState: (state) => void (kept.discovery = state),
  discoveryState: () => kept.discovery,
  redirectToAuthorization: (url) => void spawn(process.env.BROWSER, [String(url)], { stdio: "ignore" }),
  invalidateCredentials: (scope) => {
    if (scope === "all" || scope === "client") delete kept.client;
    if (scope === "all" || scope === "tokens") delete kept.tokens;
    if (scope === "all" || scope === "verifier") delete kept.verifier;
    if (scope === "all" || scope === "discovery") delete kept.discovery;
  },
};

let client, transport;

async function open() {
  const versionNegotiation = protocolMode && { mode: protocolMode };
  client = new sdk.Client({ name: clientName, version: "1" }, { versionNegotiation });
  transport = new sdk.StreamableHTTPClientTransport(new URL(mcpUrl), { authProvider: provider });
  await client.connect(transport);
}

/** The person has been sent to the consent page: wait for what they decided, then open again. */
async function finish() {
  // A standing stream that ends asks for consent too: what answers an older question is passed over.
  let answer;
  while (answer?.get("state") !== kept.state) {
    if (!arrived.length) await once(callbacks, "callback");
    answer = arrived.shift();
  }
  if (answer.has("error")) throw new Error(answer.get("error"));
  await transport.finishAuth(packageName.endsWith("/client") ? answer : answer.get("code"));
  await open();
}

async function withConsent(work) {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof sdk.UnauthorizedError)) throw error;
    await finish();
    return work === open ? undefined : await work();
  }
}

const commands = {
  async connect() {
    await withConsent(open);
    return { protocol: client.getNegotiatedProtocolVersion?.() ?? transport.protocolVersion };
  },
  async tools() {
    const { tools } = await withConsent(() => client.listTools());
    return { tools: tools.map((tool) => tool.name) };
  },
  async call({ tool, arguments: given }) {
    return { result: await withConsent(() => client.callTool({ name: tool, arguments: given })) };
  },
  // This SDK renews when it is refused: there is no clock to turn.
  async let_token_expire() {
    return {};
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { command, ...given } = JSON.parse(line);
  const answer = await commands[command](given).catch((error) => ({ failure: `${error.name}: ${error.message}` }));
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
process.exit(0);
