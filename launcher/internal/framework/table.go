package framework

// table is read from the top; the first line that serves wins. Each line was
// checked against the tool's own help or source, named above it. A strict tool fails
// if its port is taken.
var table = []Framework{
	// vite.dev/guide/cli; without --strictPort it takes the next free port.
	{Name: "vite", Program: "vite", Serves: "dev serve .", Others: "build optimize preview", Takes: viteTakes, Port: "--port", Host: "--host", Strict: "--strictPort --strict-port", Reload: "yes", Config: "vite.config.*"},
	{Name: "vite preview", Program: "vite", Serves: "preview", Takes: viteTakes, Port: "--port", Host: "--host", Strict: "--strictPort --strict-port"},
	// react-router-dev/cli/run.ts: flags are vite's, -p as well.
	{Name: "react-router", Program: "react-router @react-router/dev", Serves: "dev .", Others: "build routes reveal typegen", Takes: "-c --config -l --logLevel -m --mode", Port: "--port -p", Host: "--host", Strict: "--strictPort", Reload: "yes", Config: "vite.config.* react-router.config.*"},
	// The same CLI under its former name; the classic compiler's "dev" reads PORT.
	{Name: "remix", Program: "remix", Serves: "vite:dev", Port: "--port -p", Host: "--host", Strict: "--strictPort", Reload: "yes", Config: "vite.config.*"},
	// astro/dist/cli/{dev,preview}: no strict flag, it takes the next port.
	{Name: "astro", Program: "astro", Serves: "dev", Takes: "--root --config --site --base", Port: "--port", Host: "--host", Reload: "yes", Config: "astro.config.*"},
	{Name: "astro preview", Program: "astro", Serves: "preview", Takes: "--root --config --site --base", Port: "--port", Host: "--host"},
	// @angular/build dev-server schema; strict, or it asks at a terminal.
	{Name: "ng serve", Program: "ng @angular/cli", Serves: "serve s dev", Port: "--port", Host: "--host", Reload: "yes", NoReload: "--watch=false --no-watch", Config: "angular.json tsconfig*.json"},
	// rsbuild cli/commands.ts; --strict-port is too new to be added unasked.
	{Name: "rsbuild", Program: "rsbuild @rsbuild/core", Serves: "dev .", Others: "build preview inspect", Port: "--port", Host: "--host", Reload: "yes", Config: "rsbuild.config.*"},
	{Name: "rsbuild preview", Program: "rsbuild @rsbuild/core", Serves: "preview", Port: "--port", Host: "--host"},
	// webpack-dev-server bin/cli-flags.js, lib/Server.js: a given port is strict.
	{Name: "webpack serve", Program: "webpack webpack-cli", Serves: "serve server s", Takes: "-c --config --config-name --mode --env", Port: "--port", Host: "--host", Reload: "yes", Config: "webpack.config.*"},
	{Name: "webpack-dev-server", Program: "webpack-dev-server", Serves: ".", Port: "--port", Host: "--host", Reload: "yes", Config: "webpack.config.*"},
	// nuxi/src/commands/dev.ts; --strictPort is too new to be added unasked.
	{Name: "nuxt", Program: "nuxt nuxi", Serves: "dev", Port: "--port -p", Host: "--host -h", Reload: "yes", Config: "nuxt.config.*"},
	// next/dist/bin/next, cli/next-dev.js: strict unless the port is its default.
	{Name: "next dev", Program: "next", Serves: "dev .", Others: nextOthers, Port: "-p --port", Host: "-H --hostname", Reload: "yes", Config: "next.config.*"},
	{Name: "next start", Program: "next", Serves: "start", Port: "-p --port", Host: "-H --hostname"},
	// wrangler-dist/cli.js: dev and pages dev.
	{Name: "wrangler", Program: "wrangler", Serves: "dev pages/dev", Takes: "-c --config -e --env --cwd", Port: "--port", Host: "--ip", Reload: "yes", Config: "wrangler.toml wrangler.json*"},
	// @expo/cli start/index.ts: the host is lan, tunnel or localhost.
	{Name: "expo", Program: "expo", Serves: "start", Port: "--port -p", Host: "--host=localhost -m --tunnel --lan --localhost", Reload: "yes", Config: "app.json app.config.* metro.config.* babel.config.*"},
	// gohugo.io/commands/hugo_server; a given port is strict.
	{Name: "hugo server", Program: "hugo", Serves: "server serve", Takes: "-s --source -d --destination -c --contentDir --config --configDir -e --environment -t --theme -b --baseURL", Port: "--port -p", Host: "--bind", Reload: "yes", NoReload: "--watch=false -w=false"},
	// jekyll/commands/serve.rb; WEBrick is strict.
	{Name: "jekyll serve", Program: "jekyll", Serves: "serve server s", Port: "--port -P", Host: "--host -H", Reload: "yes", NoReload: "--no-watch --watch=false", Config: "_config*.yml _config*.toml"},
	// php --help: -S cannot do without its address; files are read at each request.
	{Name: "php -S", Program: "php", Serves: "-S", Port: "-S", Form: Address, Reload: "yes", Config: "php.ini"},
	// python -m http.server --help; files are read at each request.
	{Name: "python -m http.server", Module: "http.server", Serves: ".", Takes: "-b --bind -d --directory -p --protocol --tls-cert --tls-key --tls-password-file", Host: "--bind -b", Form: Word, Reload: "yes"},
	// django/core/management/commands/runserver.py; strict.
	{Name: "manage.py runserver", Program: "manage.py django-admin", Module: "django", Serves: "runserver", Takes: "--settings --pythonpath -v --verbosity", Form: Joined, Reload: "yes", NoReload: "--noreload"},
	// flask run --help; strict.
	{Name: "flask run", Program: "flask", Module: "flask", Serves: "run", Takes: "-A --app -e --env-file", Port: "--port -p", Host: "--host -h", Reload: "--debug --reload", NoReload: "--no-reload"},
	// uvicorn docs/settings.md; strict.
	{Name: "uvicorn", Program: "uvicorn", Module: "uvicorn", Serves: ".", Port: "--port", Host: "--host", Instead: "--uds --fd", Reload: "--reload"},
	// fastapi-cli: uvicorn's flags; dev reloads, run does when asked.
	{Name: "fastapi dev", Program: "fastapi", Module: "fastapi", Serves: "dev", Port: "--port", Host: "--host", Reload: "yes", NoReload: "--no-reload"},
	{Name: "fastapi run", Program: "fastapi", Module: "fastapi", Serves: "run", Port: "--port", Host: "--host", Reload: "--reload"},
	// gunicorn docs/source/settings.rst; it tries the same port again, then ends.
	{Name: "gunicorn", Program: "gunicorn", Module: "gunicorn", Serves: ".", Port: "--bind -b", Form: Address, Reload: "--reload", Config: "gunicorn.conf.py"},
	// rails/commands/server/server_command.rb; strict.
	{Name: "rails server", Program: "rails", Serves: "server s", Port: "--port -p", Host: "--binding -b", Reload: "yes", NoReload: "-e=production --environment=production", Config: "config/application.rb config/environment.rb config/boot.rb config/puma.rb config/environments/*.rb config/initializers/**/*.rb Gemfile.lock"},
	// Illuminate/Foundation/Console/ServeCommand.php; it runs php -S.
	{Name: "artisan serve", Program: "artisan", Serves: "serve", Port: "--port", Host: "--host", Reload: "yes"},
	// Phoenix's generated config reads PORT; there is no flag.
	{Name: "mix phx.server", Program: "mix", Serves: "phx.server phoenix.server", Form: Nowhere, Reload: "yes", Config: "config/*.exs mix.exs mix.lock"},
}

const (
	viteTakes  = "-c --config --base -l --logLevel -m --mode --configLoader -f --filter"
	nextOthers = "build start analyze experimental-analyze export info lint telemetry typegen upgrade experimental-test experimental-request-insights"
)
