// The shop's page: takes orders for api, and shows what api knows of them.
// Usage: node server.js API-URL
'use strict';

const http = require('node:http');

const api = process.argv[2];

async function page() {
  const orders = await (await fetch(`${api}/orders`)).json();
  const lines = orders.map((order) =>
    `${order.id}: ${order.count} × ${order.item}, ${order.total ? (order.total / 100).toFixed(2) : 'to be worked out'}`);
  return `the shop has ${orders.length} orders\n${lines.join('\n')}\n`;
}

// POST /orders?item=tea&count=2 orders something.
async function order(query) {
  const body = JSON.stringify({ item: query.get('item'), count: Number(query.get('count') || 1) });
  const answer = await fetch(`${api}/orders`, { method: 'POST', body });
  console.log(`order for ${query.get('item')}: ${answer.status}`);
  return { status: answer.status, text: await answer.text() };
}

async function handle(request, response) {
  const url = new URL(request.url, 'http://localhost');
  response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  if (request.method === 'POST' && url.pathname === '/orders') {
    const { status, text } = await order(url.searchParams);
    response.statusCode = status;
    response.end(text);
  } else if (url.pathname === '/') {
    response.end(await page());
  } else {
    response.statusCode = 404;
    response.end('nothing here\n');
  }
}

const server = http.createServer((request, response) => {
  handle(request, response).catch((error) => {
    console.error(`api does not answer: ${error.cause || error}`);
    response.statusCode = 502;
    response.end('the shop is closed\n');
  });
});

server.listen(Number(process.env.PORT || 8080), process.env.HOST || '127.0.0.1', () => {
  console.log(`selling for ${api}`);
});

for (const signal of ['SIGTERM', 'SIGINT']) {
  process.once(signal, () => {
    server.close();
    server.closeAllConnections();
  });
}
