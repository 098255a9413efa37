// Package launcher is a run of devrun: it composes a project from its services,
// answers other shells, and ends everything.
//
// # Where the code lives
//
// An import goes to a lower level only; layers_test.go has the exact list. Packages
// without a folder before their name are in launcher/internal.
//
//	main.go              a call of launcher/cmdline
//	launcher/cmdline     subcommands, flags, signals, exit statuses, everything
//	                     that prints
//	launcher/cmdline/help
//	                     what devrun says about itself, a page for each subcommand
//	                     and topic
//	launcher/smoke       smoke runs
//
//	launcher             a run: it composes the project, answers other shells,
//	                     ends everything
//	doctor               the checks of this machine and project
//	why                  who has a port; why a service does not answer
//
//	project              the order of services, and the changes of devrun.yaml
//	service              one service's life; state.go is the table of its states
//
//	address              where services listen: endpoints, placeholders,
//	                     environment
//	depends              the folders that the code in a folder depends on
//	event                what devrun reports while it runs
//	free     placeholder
//	holders              who has a port, in the words of diag
//	free                 ends the process that has a port
//	remote               asking other runs of this user
//	runs                 records of live runs, remembered ports
//
//	check                the checks of a smoke run
//	control              the socket on which a run answers other shells
//	detect               services that a folder seems to have, for devrun init
//	diag                 problems: codes, causes, remedies, devrun explain
//	framework            what a command starts: servers that are known, runners,
//	                     workspaces
//	gitenv               removing git's own variables
//	logs                 the kept output of services
//	machine              facts about this machine
//	output               a service's output on its way to the terminal: labels,
//	                     last lines
//	port                 the held port and the remembered one
//	portowner            which sockets and processes have a port
//	process              one run of a command and its process tree; the guardian
//	ready                readiness checks
//	relay                passing connections on, for --adopt
//	report               the result of a smoke run as text, JSON, JUnit
//	watch, watch/ignore  file changes as settled batches; files that do not count
//
//	config, config/dotenv, config/expand, config/secret, config/words
//	                     services as devrun.yaml or a Procfile defines them, its
//	                     schema; env files; $NAME in a text; masking; shell words
//	gitdir               git repositories and branches
//	keys                 what single keys at a terminal ask for
//	mailbox              sending to a goroutine without waiting
//	netns                network namespaces for tests
//	oserr                the causes that the system gives for errors
//	packagejson          package.json, the manifest of a package of Node
//	proc, sock           Linux's process table and socket table
//	text                 text and durations for a terminal
//	tries                how a connection, a request or a command went
//	wholefile            values in folders, each in a JSON file of its own
//
// The folder examples has small services, each run by a test.
//
// # To add
//
//   - a subcommand: write launcher/cmdline/NAME.go with a method that returns its
//     *cli.Command (see version.go), list it in app.go, write its page
//     launcher/cmdline/help/NAME.md, and test it in
//     launcher/cmdline/testdata/script/NAME.txtar.
//   - a topic of devrun help: write launcher/cmdline/help/NAME.md.
//   - a flag of the main command, smoke or check: add a row to
//     launcher/cmdline/flagtable.go, and a case to services_test.go; TestTables with
//     -update writes it into the pages.
//   - a problem code: name it in problem.go of launcher/internal/diag, write the
//     function that makes the problem from facts, its text in catalogue.yaml, and its
//     example in examples.go; catalogue_test.go fails until all are there. Provoke it in
//     a script of launcher/cmdline/testdata/script, without which TestScripts fails, and
//     its remedies in one of testdata/remedy.
//   - a framework that does not read PORT, or that reloads by itself: add a row to the
//     table_….go of its language in launcher/internal/framework, and cases to
//     args_test.go and framework_test.go there.
//   - a runner or wrapper of other commands: add a row to runner.go there, and a case to
//     runners_test.go.
package launcher
