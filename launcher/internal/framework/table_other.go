package framework

// otherTable are development servers of other languages.
var otherTable = []Framework{
	// gohugo.io/commands/hugo_server; a given port is strict.
	{Name: "hugo server", Program: "hugo", Serves: "server serve", Takes: "-s --source -d --destination -c --contentDir --config --configDir -e --environment -t --theme -b --baseURL", Port: "--port -p", Host: "--bind", Last: true, Reload: "yes", NoReload: "--watch=false -w=false"},
	// jekyll/commands/serve.rb; WEBrick is strict.
	{Name: "jekyll serve", Program: "jekyll", Serves: "serve server s", Port: "--port -P", Host: "--host -H", Last: true, Reload: "yes", NoReload: "--no-watch --watch=false", Config: "_config*.yml _config*.toml"},
	// php --help: -S cannot do without its address; files are read at each request.
	{Name: "php -S", Program: "php", Serves: "-S", Port: "-S", Form: Address, Reload: "yes", Config: "php.ini", Logs: true},
	// rails/commands/server/server_command.rb; strict.
	{Name: "rails server", Program: "rails", Serves: "server s", Port: "--port -p", Host: "--binding -b", Last: true, Follows: true, Reload: "yes", NoReload: "-e=production --environment=production", Config: "config/application.rb config/environment.rb config/boot.rb config/puma.rb config/environments/*.rb config/initializers/**/*.rb Gemfile.lock"},
	// rackup --help; strict.
	{Name: "rackup", Program: "rackup", Serves: ".", Takes: "-s --server -E --env -I -r -P --pid -O", Port: "-p --port", Host: "-o --host", Last: true},
	// puma --help: -p listens on all interfaces, so the address is given as a URL; it
	// may be repeated.
	{Name: "puma", Program: "puma", Serves: ".", Port: "-b --bind -p --port", Before: "tcp://", Form: Address, Config: "puma.rb"},
	// Illuminate/Foundation/Console/ServeCommand.php; it runs php -S.
	{Name: "artisan serve", Program: "artisan", Serves: "serve", Port: "--port", Host: "--host", Last: true, Reload: "yes"},
	// Phoenix's generated config reads PORT; there is no flag.
	{Name: "mix phx.server", Program: "mix", Serves: "phx.server phoenix.server", Form: Nowhere, Reload: "yes", Config: "config/*.exs mix.exs mix.lock"},
}

// fileTable are servers of files, which read them at each request.
var fileTable = []Framework{
	// http-server --help; minimist makes a list of two ports.
	{Name: "http-server", Program: "http-server", Serves: ".", Help: "-h -v", Port: "-p --port", Host: "-a", Follows: true, Reload: "yes"},
	// serve --help; --listen may be repeated.
	{Name: "serve", Program: "serve", Serves: ".", Help: "-h -v", Port: "-l --listen -p --port", Before: "tcp://", Form: Address, Follows: true, Reload: "yes", Config: "serve.json"},
	// caddyserver.com/docs/command-line: the config is read at the start.
	{Name: "caddy file-server", Program: "caddy", Serves: "file-server", Port: "--listen", Form: Address, Last: true, Reload: "yes"},
	{Name: "caddy run", Program: "caddy", Serves: "run", Form: Nowhere, Reload: "yes", Config: "Caddyfile *.caddyfile caddy.json"},
	{Name: "nginx", Program: "nginx", Serves: ".", Help: "-t -T -v -V -h", Form: Nowhere, Reload: "yes", Config: "*.conf"},
}

// watcherTable are tools that start another program again when its files change. What
// that program reads for its port is its own affair.
var watcherTable = []Framework{
	{Name: "nodemon", Passes: true, Program: "nodemon", Serves: ".", Help: "-h -v", Form: Nowhere, Reload: "yes", Config: "nodemon.json"},
	{Name: "tsx watch", Passes: true, Program: "tsx", Serves: "watch --watch", Form: Nowhere, Reload: "yes", Config: "tsconfig.json"},
	{Name: "ts-node-dev", Passes: true, Program: "ts-node-dev tsnd", Serves: ".", Help: "-h -v", Form: Nowhere, Reload: "yes", Config: "tsconfig.json"},
	{Name: "node-dev", Passes: true, Program: "node-dev", Serves: ".", Form: Nowhere, Reload: "yes"},
	{Name: "tsc-watch", Program: "tsc-watch", Serves: ".", Form: Nowhere, Reload: "yes", Config: "tsconfig*.json"},
	{Name: "air", Program: "air", Serves: ".", Others: "init", Help: "-h -v", Form: Nowhere, Reload: "yes", Config: ".air.toml"},
	{Name: "wgo", Program: "wgo gow CompileDaemon modd reflex", Serves: ".", Form: Nowhere, Reload: "yes", Config: "modd.conf reflex.conf"},
	{Name: "cargo watch", Program: "cargo", Serves: "watch", Form: Nowhere, Reload: "yes"},
	{Name: "cargo watch", Program: "cargo-watch bacon", Serves: ".", Form: Nowhere, Reload: "yes"},
	{Name: "dotnet watch", Program: "dotnet", Serves: "watch", Form: Nowhere, Reload: "yes"},
	// These compile again by themselves, some by polling, and what they write is for others.
	{Name: "esbuild --watch", Program: "esbuild", Serves: "--watch", Form: Nowhere, Reload: "yes"},
	{Name: "tailwindcss --watch", Program: "tailwindcss tailwind", Serves: "--watch -w", Form: Nowhere, Reload: "yes"},
	{Name: "tsc --watch", Program: "tsc vue-tsc", Serves: "--watch -w", Form: Nowhere, Reload: "yes"},
	{Name: "sass --watch", Program: "sass", Serves: "--watch -w", Form: Nowhere, Reload: "yes"},
	{Name: "postcss --watch", Program: "postcss", Serves: "--watch -w", Form: Nowhere, Reload: "yes", Config: "postcss.config.*"},
	{Name: "rollup --watch", Program: "rollup", Serves: "--watch -w", Form: Nowhere, Reload: "yes"},
	{Name: "webpack --watch", Program: "webpack", Serves: "--watch -w watch", Form: Nowhere, Reload: "yes", Config: "webpack.config.*"},
	{Name: "parcel watch", Program: "parcel", Serves: "watch", Form: Nowhere, Reload: "yes"},
	{Name: "babel --watch", Program: "babel swc", Serves: "--watch -w", Form: Nowhere, Reload: "yes", Config: "babel.config.* .swcrc"},
	{Name: "watchexec", Program: "watchexec", Serves: ".", Form: Nowhere, Reload: "yes"},
	{Name: "watchmedo auto-restart", Program: "watchmedo", Serves: "auto-restart", Form: Nowhere, Reload: "yes"},
	{Name: "watchfiles", Program: "watchfiles", Module: "watchfiles", Serves: ".", Form: Nowhere, Reload: "yes"},
	{Name: "rerun", Program: "rerun guard", Serves: ".", Form: Nowhere, Reload: "yes", Config: "Guardfile"},
}
