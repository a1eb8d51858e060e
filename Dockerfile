# One image for the three services; the command names the one to run: auth, accounting or chat.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY .swcrc ./
COPY apps apps
COPY libs libs
# Neither tools/ nor anything made for tests is in the context (.dockerignore): npm start and the demo run from a checkout.
RUN npm run build && npm prune --omit=dev

FROM node:24-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY docker/entrypoint.sh docker/make-secrets.sh docker/ready.mjs docker/
# A new volume takes the owner of the directory that it is mounted on.
RUN mkdir -p /secrets/auth /secrets/accounting /secrets/chat && chown -R node:node /secrets
USER node
ENTRYPOINT ["/bin/sh", "/app/docker/entrypoint.sh"]
