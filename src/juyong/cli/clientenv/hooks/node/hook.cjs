'use strict';
// Sends requests for Alibaba Cloud hosts through the proxy that HTTPS_PROXY names.
//
// Node's http and https modules read no proxy variables (newer versions do when asked, for their
// global agents only), and the SDKs make agents of their own. Every agent opens its sockets in
// Agent.prototype.createConnection, so that is where this file steps in. Other hosts, and every
// host when no proxy is set, go the way they always did.

const http = require('http');
const https = require('https');
const net = require('net');
const tls = require('tls');

const HOSTS = /(^|\.)(aliyuncs\.com|signin\.alibabacloud\.com|api\.alibabacloud\.com)\.?$/i;
const LONGEST_HEAD = 16384;
const MARK = Symbol.for('juyong.clientenv.hook');

function proxy() {
  const text = process.env.HTTPS_PROXY || process.env.https_proxy;
  if (!text) return null;
  try {
    const url = new URL(text);
    if (url.protocol !== 'http:') return null;
    return { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port) || 80 };
  } catch (_) {
    return null;
  }
}

// Calls back exactly once, with an error or with a socket on which the far host speaks.
function openTunnel(via, host, port, callback) {
  const socket = net.connect({ host: via.host, port: via.port });
  let head = Buffer.alloc(0);
  function settle(error) {
    socket.removeListener('data', read);
    socket.removeListener('error', settle);
    socket.removeListener('close', closed);
    if (error) {
      socket.destroy();
      callback(error);
    } else {
      callback(null, socket);
    }
  }
  function closed() {
    settle(new Error('the proxy closed the connection to ' + host));
  }
  function read(chunk) {
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) {
      if (head.length > LONGEST_HEAD) settle(new Error('the proxy answered no CONNECT head'));
      return;
    }
    const line = head.toString('latin1', 0, head.indexOf('\r\n'));
    if (!/^HTTP\/1\.[01] 200( |$)/.test(line)) {
      settle(new Error('the proxy refused ' + host + ': ' + line));
      return;
    }
    const rest = head.slice(end + 4);
    socket.pause();
    if (rest.length) socket.unshift(rest);
    settle(null);
  }
  socket.on('data', read);
  socket.on('error', settle);
  socket.on('close', closed);
  socket.write('CONNECT ' + host + ':' + port + ' HTTP/1.1\r\nHost: ' + host + ':' + port + '\r\n\r\n');
}

function patch(module, defaultPort, dress) {
  const direct = module.Agent.prototype.createConnection;
  module.Agent.prototype.createConnection = function createConnection(options, callback) {
    const via = proxy();
    const host = options && (options.host || options.hostname);
    const eligible =
      via && typeof host === 'string' && HOSTS.test(host) && !options.socketPath && !options.socket;
    if (!eligible || typeof callback !== 'function') return direct.apply(this, arguments);
    openTunnel(via, host, options.port || defaultPort, function opened(error, socket) {
      if (error) callback(error);
      else callback(null, dress(options, host, socket));
    });
    return undefined;
  };
}

// Some libraries bring a copy of Node's agent, which opens plain sockets by itself. Requests on them
// need no tunnel: their Host header tells the platform which product they call.
function patchCopies() {
  const direct = net.createConnection;
  net.createConnection = function createConnection(options) {
    const via = proxy();
    const eligible =
      via &&
      options &&
      typeof options.host === 'string' &&
      HOSTS.test(options.host) &&
      Number(options.port) === 80 &&
      !options.path &&
      !options.socketPath;
    if (!eligible) return direct.apply(this, arguments);
    const there = Object.assign({}, options, { host: via.host, port: via.port });
    return direct.apply(this, [there].concat(Array.prototype.slice.call(arguments, 1)));
  };
}

if (!globalThis[MARK]) {
  globalThis[MARK] = true;
  patch(http, 80, function plain(options, host, socket) {
    // Nothing arrives before the request is sent, so no byte is lost to a missing listener.
    return socket.resume();
  });
  patch(https, 443, function secure(options, host, socket) {
    const inside = Object.assign({}, options, { socket: socket, path: undefined });
    if (!inside.servername) inside.servername = host;
    return tls.connect(inside);
  });
  patchCopies();
}
