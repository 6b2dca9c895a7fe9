# Gateway and inference node in one image: which of them runs is the command's. docs/deploy.md tells how; the tests do not build it.

# What it runs on. For NVIDIA GPUs an image with the CUDA runtime: --build-arg BASE=nvidia/cuda:13.0.2-runtime-ubuntu24.04
ARG BASE=debian:bookworm-slim

FROM node:24-bookworm-slim AS packages
WORKDIR /opt/hearthkey
COPY package.json package-lock.json .npmrc ./
# The Node that runs the program is one of the packages.
RUN npm ci --omit=dev

FROM ${BASE}
RUN apt-get update \
  && apt-get install -y --no-install-recommends ca-certificates libstdc++6 \
  && rm -rf /var/lib/apt/lists/* \
  && groupadd --system --gid 10001 hearthkey \
  && useradd --system --uid 10001 --gid hearthkey --no-create-home --home-dir /var/lib/hearthkey hearthkey \
  && install -d -o hearthkey -g hearthkey -m 0700 /var/lib/hearthkey
WORKDIR /opt/hearthkey
COPY --from=packages /opt/hearthkey/node_modules node_modules
COPY . .
USER hearthkey
VOLUME /var/lib/hearthkey
EXPOSE 8787
ENTRYPOINT ["/opt/hearthkey/cli/hearthkey"]
# Inside a container every address is 0.0.0.0's: publish the port on loopback, with what ends TLS in front, or give a certificate.
CMD ["up", "--state", "/var/lib/hearthkey", "--host", "0.0.0.0"]
