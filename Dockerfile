# syntax=docker/dockerfile:1
# The image of Sinew, in place of the nats image: same paths, ports and entry. docs/docker.md describes it.
#
#   docker build -t sinew .                                                 from scratch: the server and nothing else
#   docker build -t sinew:alpine --target alpine .                          with a shell
#   docker buildx build --platform linux/amd64,linux/arm64,linux/arm/v7 .   several systems; the compiler runs on ours
#
# A release passes BINARIES=prebuilt and a context with its binaries: what is tested, packed and shipped is one file.

ARG GO_VERSION=1.26
ARG ALPINE_VERSION=3.22
ARG BINARIES=build

FROM --platform=$BUILDPLATFORM golang:${GO_VERSION}-alpine AS build
RUN apk add --no-cache ca-certificates
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG TARGETOS TARGETARCH TARGETVARIANT VERSION
RUN GOOS=$TARGETOS GOARCH=$TARGETARCH GOARM=${TARGETVARIANT#v} packaging/docker/rootfs.sh /rootfs

FROM --platform=$BUILDPLATFORM alpine:${ALPINE_VERSION} AS prebuilt
RUN apk add --no-cache ca-certificates
WORKDIR /src
COPY . .
ARG TARGETPLATFORM
RUN packaging/docker/rootfs.sh /rootfs $TARGETPLATFORM/sinew

FROM ${BINARIES} AS rootfs

FROM alpine:${ALPINE_VERSION} AS alpine
RUN apk add --no-cache ca-certificates tzdata
COPY --from=rootfs /rootfs/nats-server /usr/local/bin/nats-server
RUN ln -s nats-server /usr/local/bin/sinew
COPY packaging/docker/docker-entrypoint.sh /usr/local/bin/
COPY packaging/docker/nats-server.conf /etc/nats/nats-server.conf
ARG VERSION
LABEL org.opencontainers.image.title="Sinew" \
      org.opencontainers.image.description="A messaging server that speaks the NATS protocols" \
      org.opencontainers.image.url="https://sinew.dev" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}"
EXPOSE 4222 8222 6222
HEALTHCHECK --interval=10s --timeout=5s --start-period=2s CMD ["sinew", "healthcheck"]
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["nats-server", "--config", "/etc/nats/nats-server.conf"]

FROM scratch AS scratch
COPY --from=rootfs /rootfs/ /
ENV PATH=/
ARG VERSION
LABEL org.opencontainers.image.title="Sinew" \
      org.opencontainers.image.description="A messaging server that speaks the NATS protocols" \
      org.opencontainers.image.url="https://sinew.dev" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}"
EXPOSE 4222 8222 6222
HEALTHCHECK --interval=10s --timeout=5s --start-period=2s CMD ["/sinew", "healthcheck"]
ENTRYPOINT ["/nats-server"]
CMD ["--config", "nats-server.conf"]
