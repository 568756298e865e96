// The page is whole without this: it counts down, hears of news, and opens the wallet.
(function () {
  'use strict';
  var body = document.body;
  var byId = function (id) { return document.getElementById(id); };
  var say = function (text) { var it = byId('status'); if (it && text) it.textContent = text; };

  // Twice pressed is once sent; a page that comes back from the history may send again. What the
  // choice makes of the order is its own answer: news of it must not take the page away.
  var leaving = false;
  Array.prototype.forEach.call(document.forms, function (form) {
    form.addEventListener('submit', function () {
      leaving = true;
      setTimeout(function () {
        Array.prototype.forEach.call(form.querySelectorAll('button'), function (it) {
          it.disabled = true;
        });
      }, 0);
    });
  });
  window.addEventListener('pageshow', function (event) {
    if (event.persisted) location.reload();
  });
  if (byId('leave')) { byId('leave').submit(); return; }

  var back = byId('back');
  if (back && body.dataset.state === 'paid') {
    setTimeout(function () { location.assign(back.href); }, 5000);
  }

  countDown(byId('left'));
  if (body.dataset.state && !/^(paid|over)$/.test(body.dataset.state)) listen();
  invoke(byId('invoke'));

  function countDown(time) {
    if (!time) return;
    var end = Date.now() + Number(body.dataset.left);
    var two = function (it) { return (it < 10 ? '0' : '') + it; };
    (function tick() {
      var left = Math.max(0, Math.ceil((end - Date.now()) / 1000));
      var minutes = Math.floor(left / 60) % 60, hours = Math.floor(left / 3600);
      time.textContent = (hours ? hours + ':' + two(minutes) : minutes) + ':' + two(left % 60);
      if (left === 0) { setTimeout(again, 1000); return; }
      setTimeout(tick, 1000);
    })();
  }

  function again() { if (!leaving) location.replace(location.pathname + location.search); }

  function news(text) {
    if (leaving) return;
    try {
      if (JSON.parse(text).state !== body.dataset.state) again();
    } catch (_) { /* half a message: the next one is whole */ }
  }

  function listen() {
    var lost = false;
    // A stream that opens late says nothing of a network that went meanwhile.
    var online = function () {
      if (lost && navigator.onLine) { lost = false; say(body.dataset.online); }
    };
    var offline = function () { lost = true; say(body.dataset.offline); };
    if (!window.EventSource) { poll(online, offline); return; }
    var source = new EventSource(body.dataset.page + '/events');
    source.onopen = online;
    source.onmessage = function (event) { news(event.data); };
    source.onerror = function () {
      if (source.readyState === EventSource.CLOSED) poll(online, offline);
      else if (!navigator.onLine) offline();
    };
    window.addEventListener('offline', offline);
    window.addEventListener('online', online);
  }

  function poll(online, offline) {
    var ask = new XMLHttpRequest();
    ask.open('GET', body.dataset.page + '/status');
    ask.onload = function () { if (ask.status === 200) { online(); news(ask.responseText); } };
    ask.onerror = offline;
    ask.onloadend = function () { setTimeout(function () { poll(online, offline); }, 3000); };
    ask.send();
  }

  function invoke(button) {
    if (!button) return;
    var call = JSON.parse(button.dataset.call);
    var ways = { wechat: wechat, alipay: alipay };
    var pay = function () {
      button.disabled = true;
      ways[button.dataset.wallet](call, function (done) {
        button.disabled = done;
        say(done ? button.dataset.confirming : button.dataset.cancelled);
      });
    };
    button.addEventListener('click', pay);
    if (location.hash === '#pay') {
      history.replaceState(null, '', location.pathname + location.search);
      pay();
    }
  }

  function ready(name, event, run) {
    if (window[name]) run(); else document.addEventListener(event, run, { once: true });
  }

  function wechat(call, then) {
    ready('WeixinJSBridge', 'WeixinJSBridgeReady', function () {
      WeixinJSBridge.invoke('getBrandWCPayRequest', call, function (result) {
        then(result.err_msg === 'get_brand_wcpay_request:ok');
      });
    });
  }

  // 9000 is paid, and 8000 and 6004 perhaps: the gateway will know.
  function alipay(call, then) {
    ready('AlipayJSBridge', 'AlipayJSBridgeReady', function () {
      AlipayJSBridge.call('tradePay', call, function (result) {
        then(/^(9000|8000|6004)$/.test(String(result.resultCode)));
      });
    });
  }
})();
