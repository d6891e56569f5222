"""Where a client id, and a secret if there is one, go in the app that was entered by hand."""

from auth_server.trust.known_apps import AppName

WHERE_IT_GOES = {
    AppName.CLAUDE: "In Claude, client id and secret go into the Advanced settings where you add the connector.",
    AppName.CHATGPT: (
        "In ChatGPT, client id and secret go into the OAuth settings of the connector. If it shows a callback address\n"
        "that is not above, enter it anew with that `--redirect-uri`."
    ),
    AppName.CLAUDE_CODE: (
        "In a terminal, with the address that apps are given:\n\n"
        "  claude mcp add --transport http --client-id {client_id} ostiary ADDRESS"
    ),
    AppName.CURSOR: (
        'In ~/.cursor/mcp.json the client id goes beside "url", as "auth": {{"CLIENT_ID": "{client_id}"}}.'
    ),
    AppName.VSCODE: "VS Code asks for the client id when you start the server.",
}
"""Sentences with a place for `client_id`, as far as the makers' pages say it."""
