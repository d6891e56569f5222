"""FastMCP's own proxy before the same server: `python bench/fastmcp_proxy.py PORT URL`.

It runs in an environment of its own, for it needs more of FastMCP than the tests here: see `bench/gateway.py`.
"""

import sys

import uvicorn
from fastmcp.server import create_proxy

if __name__ == "__main__":
    uvicorn.run(
        create_proxy(sys.argv[2]).http_app(path="/mcp", json_response=True, stateless_http=True),
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
    )
