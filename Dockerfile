# One image, both servers: `ostiary up` runs the pair, `ostiary serve auth` and `ostiary serve mcp` one each.
# compose.yaml is the short way. By hand, a proxy with TLS in front, a key of your own (see compose.yaml) and:
#   docker run --publish 127.0.0.1:9000:9000 --publish 127.0.0.1:8000:8000 --volume ostiary:/data \
#     --volume "$PWD/deploy/master.key:/run/secrets/ostiary_master_key:ro" \
#     --env OSTIARY_ISSUER=https://memory.example.org --env OSTIARY_MCP_URL=https://memory.example.org/mcp \
#     --env OSTIARY_TRUSTED_PROXIES=172.17.0.1 ostiary
# Without the key file or with plain http it ends with one line that says so.

FROM python:3.13-slim-bookworm AS build
COPY --from=ghcr.io/astral-sh/uv:0.9 /uv /usr/local/bin/uv
# wordllama has no wheel for arm64 Linux and is compiled there.
RUN apt-get update && apt-get install -y --no-install-recommends build-essential && rm -rf /var/lib/apt/lists/*
WORKDIR /app
ENV UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1 UV_PYTHON_DOWNLOADS=never
COPY pyproject.toml uv.lock README.md LICENSE ./
RUN uv sync --frozen --no-dev --no-install-project
COPY shared shared
COPY auth_server auth_server
COPY resource_server resource_server
COPY templates templates
COPY cli cli
RUN uv sync --frozen --no-dev --no-editable

FROM python:3.13-slim-bookworm
RUN useradd --uid 10001 --create-home ostiary && install -d -o ostiary -g ostiary -m 700 /data
COPY --from=build /app/.venv /app/.venv
# A key made inside would be lost with the container, and every memory with it.
ENV PATH=/app/.venv/bin:$PATH OSTIARY_DATA_DIR=/data PYTHONUNBUFFERED=1 \
    OSTIARY_MASTER_KEY_FILE=/run/secrets/ostiary_master_key
USER 10001
WORKDIR /home/ostiary
VOLUME /data
EXPOSE 9000 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["sh", "-c", "ostiary health auth && ostiary health mcp"]
ENTRYPOINT ["ostiary"]
CMD ["up", "--host", "0.0.0.0"]
