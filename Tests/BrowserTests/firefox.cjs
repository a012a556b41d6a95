// Read by Playwright's driver before it starts (NODE_OPTIONS). With every page Playwright asks Firefox by WebDriver BiDi for
// a colour scheme, a command that Firefox ESR 153 does not know; nothing here needs it, so it is not sent.
const { Module } = require('node:module');

const compile = Module.prototype._compile;
const unknown = /this\.(_session|_browser\._browserSession)\.send\("emulation\.setMediaFeaturesOverride"/g;

Module.prototype._compile = function (source, name, ...rest) {
  const text = name.endsWith('coreBundle.js') ? source.replaceAll(unknown, '(() => {})("not sent"') : source;
  return compile.call(this, text, name, ...rest);
};
