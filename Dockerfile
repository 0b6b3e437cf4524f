# The image: /fn, certificates, a user, an empty exchange directory, and nothing else; no shell, nothing to patch.
#   docker build -t example/fn:1.0 .
# `python3 build image` makes the same without an engine. Arguments, all of them optional:
#   HANDLER        only this handler, and what it imports
#   PRELOAD        1: the snapshot also holds what handlers import inside functions
#   FN_HANDLER     the handler that runs when none is named
#   RUN_AS         who runs it: 0 to set and read variables of a workflow
#   BASE           an image to put the file into, of any C library
#   REVISION, DESCRIBE, DESCRIPTION     labels that no Dockerfile can know: a commit, `fn --describe`, a sentence
#   BUILDER, APT_MIRROR, PIP_INDEX_URL, CERTIFICATES     closed networks: docs/deploy.md
ARG BUILDER=debian:12-slim
ARG BASE=scratch

FROM ${BUILDER} AS build
ARG APT_MIRROR
ARG PIP_INDEX_URL
ARG CERTIFICATES
ENV PIP_CERT=/etc/ssl/certs/ca-certificates.crt
RUN printf '%s\n' "$CERTIFICATES" >/usr/local/share/ca-certificates/build.crt \
 && if [ "$APT_MIRROR" ]; then \
      find /etc/apt -name '*.sources' -o -name '*.list' | xargs sed -i "s|http://deb.debian.org|$APT_MIRROR|"; \
      echo 'Acquire::https::CAInfo "/usr/local/share/ca-certificates/build.crt";' >/etc/apt/apt.conf.d/90build; \
    fi \
 && apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates python3
WORKDIR /source
# What takes minutes comes first: a change in handlers/ does not make it again.
COPY pyproject.toml ./
COPY build build
COPY entry entry
RUN python3 build toolchain
COPY handlers handlers
ARG BASE
ARG HANDLER
ARG PRELOAD
ARG SOURCE_DATE_EPOCH=0
RUN python3 build image --root /image --base "$BASE" ${HANDLER:+--handler "$HANDLER"} ${PRELOAD:+--preload}

FROM ${BASE}
COPY --from=build /image/ /
ARG RUN_AS=65532:65532
ARG FN_HANDLER
ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt FN_HANDLER=${FN_HANDLER}
WORKDIR /
USER ${RUN_AS}
ENTRYPOINT ["/fn"]
ARG VERSION=0.1.0
ARG REVISION
ARG DESCRIPTION="Isolated functions for Direktiv"
ARG DESCRIBE
LABEL org.opencontainers.image.title="fn" \
      org.opencontainers.image.description="${DESCRIPTION}" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.licenses="Apache-2.0" \
      fn.describe="${DESCRIBE}"
