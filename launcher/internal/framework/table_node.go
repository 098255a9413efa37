package framework

// nodeTable are development servers of the JavaScript world. Those that the parser
// of their flags lets take the last of two ports have Last: cac in vite, commander,
// and yargs where an option is a number alone.
var nodeTable = []Framework{
	// vite.dev/guide/cli; without --strictPort it takes the next free port. It starts
	// itself again for its config and .env files, and so do those built on it.
	{Name: "vite", Program: "vite", Serves: "dev serve .", Others: "build optimize preview", Help: "-h -v", Takes: viteTakes, Port: "--port", Host: "--host", Strict: "--strictPort --strict-port", Last: true, Reload: "yes", ReadsEnv: true},
	{Name: "vite preview", Program: "vite", Serves: "preview", Help: "-h -v", Takes: viteTakes, Port: "--port", Host: "--host", Strict: "--strictPort --strict-port", Last: true},
	// react-router-dev/cli/run.ts: flags are vite's, -p as well.
	{Name: "react-router", Program: "react-router @react-router/dev", Serves: "dev .", Others: "build routes reveal typegen", Help: "-h -v", Takes: "-c --config -l --logLevel -m --mode", Port: "--port -p", Host: "--host", Strict: "--strictPort", Reload: "yes", ReadsEnv: true},
	// The same CLI under its former name; the classic compiler's "dev" reads PORT.
	{Name: "remix", Program: "remix", Serves: "vite:dev", Port: "--port -p", Host: "--host", Strict: "--strictPort", Reload: "yes", ReadsEnv: true},
	// astro/dist/cli/{dev,preview}: no strict flag, it takes the next port.
	{Name: "astro", Program: "astro", Serves: "dev", Takes: "--root --config --site --base", Port: "--port", Host: "--host", Reload: "yes", ReadsEnv: true},
	{Name: "astro preview", Program: "astro", Serves: "preview", Takes: "--root --config --site --base", Port: "--port", Host: "--host"},
	// @angular/build dev-server schema; strict, or it asks at a terminal. It reads PORT
	// since version 22.
	{Name: "ng serve", Program: "ng @angular/cli", Serves: "serve s dev", Port: "--port", Host: "--host", Follows: true, Reload: "yes", NoReload: "--watch=false --no-watch", Config: "angular.json tsconfig*.json"},
	// rsbuild cli/commands.ts; --strict-port is too new to be added unasked.
	{Name: "rsbuild", Program: "rsbuild @rsbuild/core", Serves: "dev .", Others: "build preview inspect", Help: "-h -v", Port: "--port", Host: "--host", Reload: "yes", ReadsEnv: true},
	{Name: "rsbuild preview", Program: "rsbuild @rsbuild/core", Serves: "preview", Port: "--port", Host: "--host"},
	// webpack-dev-server bin/cli-flags.js, lib/Server.js: a given port is strict.
	{Name: "webpack serve", Program: "webpack webpack-cli", Serves: "serve server s", Takes: "-c --config --config-name --mode --env", Port: "--port", Host: "--host", Last: true, Reload: "yes", Config: "webpack.config.*"},
	{Name: "webpack-dev-server", Program: "webpack-dev-server", Serves: ".", Port: "--port", Host: "--host", Last: true, Reload: "yes", Config: "webpack.config.*"},
	// nuxi/src/commands/dev.ts; --strictPort is too new to be added unasked.
	{Name: "nuxt", Program: "nuxt nuxi", Serves: "dev", Port: "--port -p", Host: "--host -h", Follows: true, Reload: "yes", ReadsEnv: true},
	// next/dist/bin/next, cli/next-dev.js: strict unless the port is its default.
	{Name: "next dev", Program: "next", Serves: "dev .", Others: nextOthers, Help: "-h -v", Port: "-p --port", Host: "-H --hostname", Last: true, Follows: true, Reload: "yes", ReadsEnv: true},
	{Name: "next start", Program: "next", Serves: "start", Port: "-p --port", Host: "-H --hostname", Last: true, Follows: true},
	// wrangler-dist/cli.js: dev and pages dev.
	{Name: "wrangler", Program: "wrangler", Serves: "dev pages/dev", Takes: "-c --config -e --env --cwd", Port: "--port", Host: "--ip", Reload: "yes", Config: "wrangler.toml wrangler.json*"},
	// @expo/cli start/index.ts: the host is lan, tunnel or localhost.
	{Name: "expo", Program: "expo", Serves: "start", Port: "--port -p", Host: "--host=localhost -m --tunnel --lan --localhost", Reload: "yes", Config: "app.json app.config.* metro.config.* babel.config.*"},
	// vitepress/dist/node/cli.js: without a subcommand it is dev; flags are passed to vite.
	{Name: "vitepress", Program: "vitepress", Serves: "dev .", Others: "build serve preview init", Takes: "--base --outDir", Port: "--port", Host: "--host", Strict: "--strictPort", Reload: "yes", ReadsEnv: true},
	// docusaurus.io/docs/cli: start; it loads its config again.
	{Name: "docusaurus", Program: "docusaurus", Serves: "start", Port: "--port -p", Host: "--host -h", Last: true, Reload: "yes"},
	// storybook.js.org/docs/api/cli-options: dev, and start-storybook of version 6.
	{Name: "storybook", Program: "storybook sb", Serves: "dev", Takes: "-c --config-dir", Port: "-p --port", Host: "-h --host", Last: true, Reload: "yes", Config: "main.ts main.js main.mjs main.cjs"},
	{Name: "storybook", Program: "start-storybook", Serves: ".", Port: "-p --port", Host: "-h --host", Last: true, Reload: "yes", Config: "main.ts main.js main.mjs main.cjs"},
	// gatsby.io/docs/reference/gatsby-cli: develop.
	{Name: "gatsby", Program: "gatsby gatsby-cli", Serves: "develop", Port: "--port -p", Host: "--host -H", Reload: "yes", Config: "gatsby-config.* gatsby-node.*"},
	// @vue/cli-service lib/commands/serve.js: PORT and HOST, or flags.
	{Name: "vue-cli-service", Program: "vue-cli-service @vue/cli-service", Serves: "serve", Port: "--port", Host: "--host", Form: Nowhere, Follows: true, Reload: "yes", Config: "vue.config.* babel.config.* tsconfig.json"},
	// react-scripts/scripts/start.js: PORT and HOST; there is no flag.
	{Name: "react-scripts", Program: "react-scripts craco react-app-rewired", Serves: "start", Form: Nowhere, Follows: true, Reload: "yes", Config: "craco.config.* config-overrides.js tsconfig.json"},
	// parceljs.org/features/cli: PORT, or flags.
	{Name: "parcel", Program: "parcel", Serves: "serve .", Others: "build watch help", Port: "--port -p", Host: "--host", Form: Nowhere, Follows: true, Last: true, Reload: "yes"},
	// vinxi/bin/cli.mjs: PORT, or --port.
	{Name: "vinxi", Program: "vinxi", Serves: "dev", Port: "--port", Form: Nowhere, Follows: true, Reload: "yes", Config: "app.config.*"},
	// nest start --help: main.ts reads PORT.
	{Name: "nest start --watch", Program: "nest @nestjs/cli", Serves: "start", Form: Nowhere, Follows: true, Reload: "--watch -w --webpackHMR", Config: "nest-cli.json tsconfig*.json"},
	// fastify-cli README: PORT, or flags.
	{Name: "fastify", Program: "fastify fastify-cli", Serves: "start .", Others: "eject generate generate-plugin readme version help print-routes print-plugins", Port: "--port -p", Host: "--address -a", Form: Nowhere, Follows: true, Reload: "--watch -w"},
	// @11ty/eleventy cmd.cjs, 11ty.dev/docs/dev-server: minimist makes a list of two ports.
	{Name: "eleventy", Program: "eleventy @11ty/eleventy", Serves: "--serve", Port: "--port", Reload: "yes"},
	// live-server.js: PORT, or --port=N; an option has its value behind "=" only.
	{Name: "live-server", Program: "live-server", Serves: ".", Port: "--port", Host: "--host", Form: Nowhere, Follows: true, Reload: "yes"},
	// browsersync.io/docs/command-line: --host is for its links, not where it listens.
	{Name: "browser-sync", Program: "browser-sync", Serves: "start .", Others: "init reload recipe", Port: "--port", Reload: "yes", Config: "bs-config.js"},
	// json-server 0.17 lib/cli, 1.0 src/bin.ts: -p and -H; --watch reloads its data.
	{Name: "json-server", Program: "json-server", Serves: ".", Port: "--port -p", Host: "--host -H -h", Reload: "--watch -w"},
}

const (
	viteTakes  = "-c --config --base -l --logLevel -m --mode --configLoader -f --filter --outDir --root"
	nextOthers = "build start analyze experimental-analyze export info lint telemetry typegen upgrade experimental-test experimental-request-insights"
)
