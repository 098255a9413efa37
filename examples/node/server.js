// A service on Node's standard library alone.
'use strict';

const http = require('node:http');

const server = http.createServer((request, response) => {
  response.setHeader('Content-Type', 'text/plain');
  if (request.url === '/healthz') {
    response.end('ok\n');
  } else {
    response.end(`hello from ${process.env.DEVRUN_SERVICE || 'node'}\n`);
  }
});

server.listen(Number(process.env.PORT || 8080), process.env.HOST || '127.0.0.1');

for (const signal of ['SIGTERM', 'SIGINT']) {
  process.once(signal, () => {
    server.close();
    server.closeIdleConnections();
  });
}
