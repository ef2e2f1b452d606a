# The published image: built on Debian, runs as nobody on a slim base.
FROM rust:1.95-bookworm AS build
WORKDIR /haulgate
COPY Cargo.toml Cargo.lock config.default.toml ./
COPY src src
COPY migrations migrations
COPY openapi openapi
COPY policies policies
COPY benches benches
COPY tests tests
RUN cargo build --release --locked

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates curl \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home /var/lib/haulgate --create-home haulgate
COPY --from=build /haulgate/target/release/haulgate /usr/local/bin/haulgate
USER 10001
WORKDIR /var/lib/haulgate
# TLS ends in front of a container, unless HAULGATE__SERVER__TLS__CERTIFICATE_FILE and …__KEY_FILE name files in it.
ENV HAULGATE__SERVER__LISTEN=0.0.0.0:8080 HAULGATE__SERVER__ADMIN_LISTEN=0.0.0.0:8081 HAULGATE__SERVER__PLAIN_HTTP=true
EXPOSE 8080 8081
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD curl -fsS http://127.0.0.1:8081/readyz || exit 1
ENTRYPOINT ["haulgate"]
CMD ["serve"]
