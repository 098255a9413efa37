package framework

// pythonTable are development servers of Python. Those whose flags click or argparse
// read take the last of two ports, except where an option may be repeated.
var pythonTable = []Framework{
	// python -m http.server --help; files are read at each request.
	{Name: "python -m http.server", Module: "http.server", Serves: ".", Takes: "-b --bind -d --directory -p --protocol --tls-cert --tls-key --tls-password-file", Host: "--bind -b", Form: Word, Reload: "yes"},
	// django/core/management/commands/runserver.py; strict.
	{Name: "manage.py runserver", Program: "manage.py django-admin", Module: "django", Serves: "runserver", Takes: "--settings --pythonpath -v --verbosity", Six: "-6 --ipv6", Form: Joined, Reload: "yes", NoReload: "--noreload"},
	// flask run --help; strict.
	{Name: "flask run", Program: "flask", Module: "flask", Serves: "run", Takes: "-A --app -e --env-file", Port: "--port -p", Host: "--host -h", Last: true, Reload: "--debug --reload", ReloadBy: "FLASK_DEBUG FLASK_RUN_RELOAD", PortBy: "FLASK_RUN_PORT", NoReload: "--no-reload --no-debug"},
	// uvicorn docs/settings.md; strict.
	{Name: "uvicorn", Program: "uvicorn", Module: "uvicorn", Serves: ".", Port: "--port", Host: "--host", Instead: "--uds --fd", Last: true, Reload: "--reload", ReloadBy: "UVICORN_RELOAD", PortBy: "UVICORN_PORT"},
	// fastapi-cli: uvicorn's flags; dev reloads, run does when asked.
	{Name: "fastapi dev", Program: "fastapi", Module: "fastapi", Serves: "dev", Port: "--port", Host: "--host", Last: true, Reload: "yes", NoReload: "--no-reload"},
	{Name: "fastapi run", Program: "fastapi", Module: "fastapi", Serves: "run", Port: "--port", Host: "--host", Last: true, Reload: "--reload"},
	// gunicorn docs/source/settings.rst; it tries the same port again, then ends.
	{Name: "gunicorn", Program: "gunicorn", Module: "gunicorn", Serves: ".", Port: "--bind -b", Form: Address, Follows: true, Reload: "--reload", Config: "gunicorn.conf.py"},
	// hypercorn --help; --bind may be repeated.
	{Name: "hypercorn", Program: "hypercorn", Module: "hypercorn", Serves: ".", Port: "--bind -b", Form: Address, Reload: "--reload"},
	// daphne --help; strict.
	{Name: "daphne", Program: "daphne", Module: "daphne", Serves: ".", Port: "--port -p", Host: "--bind -b", Instead: "--unix-socket -u --fd --endpoint -e", Last: true},
	// granian --help; strict.
	{Name: "granian", Program: "granian", Module: "granian", Serves: ".", Port: "--port", Host: "--host", Instead: "--uds", Last: true, Reload: "--reload"},
	// docs.streamlit.io/develop/api-reference/configuration/config.toml
	{Name: "streamlit run", Program: "streamlit", Module: "streamlit", Serves: "run hello", Port: "--server.port", Host: "--server.address", Last: true, Reload: "yes", Config: "config.toml"},
	// mkdocs serve --help; it watches its config, too.
	{Name: "mkdocs serve", Program: "mkdocs", Module: "mkdocs", Serves: "serve", Port: "--dev-addr -a", Form: Address, Last: true, Reload: "yes", NoReload: "--no-livereload"},
	// jupyter_server --help; it tries further ports.
	{Name: "jupyter", Program: "jupyter", Serves: "lab notebook server", Port: "--port", Host: "--ip", Reload: "yes", Config: "jupyter_*_config.*"},
	{Name: "jupyter", Program: "jupyter-lab jupyter-notebook jupyter-server", Module: "jupyterlab", Serves: ".", Port: "--port", Host: "--ip", Reload: "yes", Config: "jupyter_*_config.*"},
}
