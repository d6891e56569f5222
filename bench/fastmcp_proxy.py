"""FastMCP's own proxy before the same server: `python bench/fastmcp_proxy.py PORT URL [tuned]`.

As it comes it makes a TLS context for each call, which is most of its time; `tuned` it has one for all calls. It runs
in an environment of its own, for it needs more of FastMCP than the tests here: see `bench/gateway.py`.
"""

import ssl
import sys

import uvicorn
from fastmcp.client.transports import StreamableHttpTransport
from fastmcp.server import create_proxy

if __name__ == "__main__":
    url, *tuned = sys.argv[2:]
    target = StreamableHttpTransport(url, verify=ssl.create_default_context()) if tuned else url
    uvicorn.run(
        create_proxy(target).http_app(path="/mcp", json_response=True, stateless_http=True),
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
    )
