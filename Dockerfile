# The image: /fn, an empty exchange directory, and nothing else.
#   docker build -t example/fn:1.0 .
FROM debian:12-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends python3
WORKDIR /source
COPY . .
# The exchange is mode 0777, as the sidecar makes it: the function may run as any user.
RUN python3 build --output /image/fn && mkdir -m 0777 /image/direktiv-data

FROM scratch
COPY --from=build /image/ /
USER 65532:65532
ENTRYPOINT ["/fn"]
