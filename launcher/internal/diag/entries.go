package diag

// entriesBefore are the problems that keep a service from starting.
func entriesBefore() []Entry {
	return []Entry{
		{
			Code:     CodeConfigInvalid,
			Title:    "the config file has errors",
			Meaning:  "devrun reads devrun.yaml strictly: an unknown key, a value of the wrong kind and a broken rule are errors. It lists all of them at once, in the order of the file, and starts nothing.",
			Evidence: "devrun reads and checks the file before anything else. Line and column are those of the key or value. For an unknown key devrun names the nearest known one.",
			Fix:      "Correct each line. \"devrun check\" checks the file without starting anything. With the output of \"devrun schema\" an editor shows errors as you type.",
		},
		{
			Code:     CodeAlreadyRunning,
			Title:    "the service is already running",
			Meaning:  "Another devrun runs this service of devrun.yaml, or a command with the same --name, from this folder. A second one would only take another port, so devrun does not start it.",
			Evidence: "The run record of the other devrun. devrun verifies its process by pid and start time, so a record left by a crash does not count.",
			Fix:      "Use the running one: \"devrun open\", \"devrun logs -f\", \"devrun restart\", or take over with --replace. To run a second one on purpose, give it another --name.",
		},
		{
			Code:     CodeCommandNotFound,
			Title:    "there is no such command",
			Meaning:  "The first word of the command is neither a file nor a program in a folder of PATH. devrun runs commands directly, without a shell, so aliases, functions and built-ins such as cd or export do not exist. A name with a slash is relative to the service's folder, and PATH is the service's own.",
			Evidence: "The same search that execvp(3) makes, with the service's PATH and folder. devrun also looks for similar names, and in the folders where projects install programs.",
			Fix:      "Use one of the suggested names. Write ./name for a program in the folder itself. Do not quote a command and its arguments together. Run a command that needs a shell with \"sh -c\".",
		},
		{
			Code:     CodeNotExecutable,
			Title:    "the file cannot be executed",
			Meaning:  "The file exists, but the system refuses to run it: it is not marked as executable, it is a folder, it is text without a #! line, or it was built for another system or processor.",
			Evidence: "The file's mode and first bytes, and whether the kernel allows executing it.",
			Fix:      "Mark a script or program with chmod +x; begin a script with a line such as #!/bin/sh; build a program for this machine. Nothing runs on a file system that is mounted noexec.",
		},
		{
			Code:     CodeBadInterpreter,
			Title:    "the interpreter of the file is missing",
			Meaning:  "The system reports \"no such file\" although the file exists. The missing file is the program that it names: the interpreter in a script's #! line, or the dynamic loader that a binary was linked for.",
			Evidence: "The #! line, or the loader in the program header of an ELF file, and whether that file exists. devrun recognises a line that ends with a carriage return, which the system treats as part of the name.",
			Fix:      "Give a script Unix line endings, or the right path (#!/usr/bin/env NAME finds it on PATH). Rebuild a binary for this system's C library, or link it statically.",
		},
		{
			Code:     CodePortInUse,
			Title:    "the port is not available",
			Meaning:  "devrun cannot reserve the port of a service. Another process listens on it, has it bound without listening, or uses it for an outgoing connection. Or the system itself keeps it: for the administrator (low ports), for its own use (excluded ranges), or for up to a minute after a server ended (TIME_WAIT).",
			Evidence: "devrun tries to bind the port, which is the one reliable test, and only then looks at all sockets of the system in every state. An owner that devrun may not inspect is shown by user; an invisible owner is shown as unknown.",
			Fix:      "A port that you chose never moves: stop the process that has it, or take another port with --port auto. devrun never stops a process only because of its port: browsers and editors hold ports too.",
		},
		{
			Code:     CodeLoopbackBlocked,
			Title:    "loopback does not work",
			Meaning:  "A connection from this machine to itself does not arrive, so no check can succeed and no browser would reach the service.",
			Evidence: "devrun connects to a listener on this machine that has room for a connection: the service, or one of its own on a port close by.",
			Fix:      "Look for a firewall rule, a VPN client, or a container or sandbox without a loopback interface. \"devrun doctor\" names the command that lists the rules.",
		},
		{
			Code:     CodeBuildFailed,
			Title:    "the build failed",
			Meaning:  "The command of build: ended with an error. If the previous process is still running, it keeps serving; otherwise devrun waits for a change and builds again.",
			Evidence: "The build's exit status. Its output is shown unchanged.",
			Fix:      "Correct the errors in the output and save; the build starts by itself. To build without devrun, run the command in the same folder.",
		},
	}
}

// entriesStarting are the problems that keep a service from being ready, and those
// of smoke runs.
func entriesStarting() []Entry {
	return []Entry{
		{
			Code:     CodeExitedEarly,
			Title:    "the service ended before it was ready",
			Meaning:  "The process ended before its readiness check passed, whatever its status. Status 0 means that it finished, or moved to the background, where devrun cannot manage it: services run in the foreground.",
			Evidence: "The exit status or signal of the process, and its last lines. If they report an address in use, devrun compares that port with the one that it gave the service.",
			Fix:      "Read its last lines. Run it without devrun, with the same PORT. If it uses a port of its own, make it use {port} or the PORT variable.",
		},
		{
			Code:     CodeCrashLoop,
			Title:    "the service crashes at every start",
			Meaning:  "It ended five times in a row before it was ready. devrun does not start it again until a file changes, which is the most likely cure.",
			Evidence: "The number of ends since it was last ready. Becoming ready resets the count.",
			Fix:      "Read its last lines, correct the cause and save. \"devrun restart\" tries again at once.",
		},
		{
			Code:     CodeListeningElsewhere,
			Title:    "the service listens on another port",
			Meaning:  "The service runs and listens, but not on the port that it was given. Usually it does not read PORT: its port is set in its code or config, or must be passed as a flag.",
			Evidence: "The listening sockets of all processes that belong to the service.",
			Fix:      "Pass it the port: devrun replaces {port} in an argument, and sets PORT in the environment. Or give devrun the port that the service uses anyway, with --port.",
		},
		{
			Code:     CodeListeningOneFamily,
			Title:    "the service listens on the other of IPv4 and IPv6",
			Meaning:  "It has the right port on ::1 and not on 127.0.0.1, or the other way round. The name localhost means both, so a browser may find the service while a test does not, or the reverse.",
			Evidence: "The listening sockets of the service, by address family.",
			Fix:      "Pass the service the address instead of the name localhost: {host}, or the HOST variable. Or let devrun use the address that the service chose, with --host.",
		},
		{
			Code:     CodeListeningWide,
			Title:    "the network can reach the service",
			Meaning:  "It listens on all interfaces (0.0.0.0 or ::), so anyone on the same network can reach it. A development server is rarely made for that. This is a warning; the service keeps running.",
			Evidence: "The addresses of the service's listening sockets.",
			Fix:      "Make the service listen on {host}, which is also in HOST. If the network should reach it, use --host 0.0.0.0, or expose: true in devrun.yaml.",
		},
		{
			Code:     CodeNotListening,
			Title:    "the service does not answer",
			Meaning:  "It runs, but does not answer on its port ten seconds after its start: it is still starting, it listens nowhere, it refuses connections, or it accepts them and never answers, as a hanging program does. In a run devrun reports this once and keeps waiting.",
			Evidence: "The listening sockets of all processes that belong to the service, how many connections wait in them, and the last check.",
			Fix:      "Follow its output with \"devrun logs -f\". For a program that does not listen use --ready none, or port: none in devrun.yaml.",
		},
		{
			Code:     CodePortForeign,
			Title:    "another process answers on the port",
			Meaning:  "Another process answered the check: the listening socket belongs to a process that the service did not start. Without this check, tests would pass against a stale server.",
			Evidence: "The owner of the listening socket on the port, compared with all processes of the service.",
			Fix:      "Stop the other process if it is yours, or take another port with --port auto.",
		},
		{
			Code:     CodeReadyTimeout,
			Title:    "the service was not ready in time",
			Meaning:  "The readiness check did not pass before its deadline. The service may be slow or waiting for something else, or the check may ask for the wrong thing.",
			Evidence: "Every check and its result. The last one is shown, with a timeline.",
			Fix:      "If it is only slow, raise --ready-timeout. If the path or status is wrong, correct ready: in devrun.yaml; --ready tcp requires only a TCP connection.",
		},
		{
			Code:     CodeCheckFailed,
			Title:    "a check of a smoke run failed",
			Meaning:  "The services were ready, but one of them did not answer as expected, or a command that checks it did not end with status 0. The later checks did not run.",
			Evidence: "The answer to the request, compared with each expectation; the exit status of the command.",
			Fix:      "Compare the expected and the received answer, then read the last lines of the service. For a check that may need several attempts use --retry, or retry: in devrun.yaml.",
		},
		{
			Code:     CodeExitedWhenReady,
			Title:    "the service ended after it was ready",
			Meaning:  "In a smoke run only a worker may end by itself. This service did, during a check or while others were starting.",
			Evidence: "The exit status or signal of its command, and its last lines of output.",
			Fix:      "Read its last lines. The check during which it ended probably caused it.",
		},
		{
			Code:     CodeErrorAnswer,
			Title:    "the service answers with an error",
			Meaning:  "The service runs, has its port and answers, but with a status that reports an error.",
			Evidence: "\"devrun why SERVICE\" requests / and treats 500 and above as an error; many services have no page there.",
			Fix:      "Follow its output with \"devrun logs -f\". To check another page, give \"devrun why\" its whole URL.",
		},
	}
}

// entriesAfter are the problems with watching, and those at the end.
func entriesAfter() []Entry {
	return []Entry{
		{
			Code:     CodeWatchLimit,
			Title:    "the system allows no more watches",
			Meaning:  "The system limits the number of folders that one user may watch, and the limit is reached. devrun polls the remaining folders, which is slower. This is a warning.",
			Evidence: "The error of the system's watching interface, and its limits.",
			Fix:      "Raise the limit with the suggested command, or exclude large folders with --ignore or a .gitignore.",
		},
		{
			Code:     CodeWatchBlind,
			Title:    "the system does not report changes here",
			Meaning:  "The files are on a file system that does not report all changes: a network folder, or one shared with a virtual machine. devrun polls them instead, where it can. This is a warning.",
			Evidence: "The type of the file system, or a test file whose change was not reported.",
			Fix:      "Keep the project on a local file system, or restart by hand with \"devrun restart\".",
		},
		{
			Code:     CodeRestartLoop,
			Title:    "the service restarts itself",
			Meaning:  "While it starts, the service writes watched files, so each start causes the next. devrun saw the same files in three starts in a row and no longer restarts for them. This is a warning.",
			Evidence: "The files that changed between start and ready, compared over several starts.",
			Fix:      "Exclude the files with --ignore or ignore: in devrun.yaml, or make the service write outside the watched folders.",
		},
		{
			Code:     CodeNotRunning,
			Title:    "the service is not running",
			Meaning:  "The service is known, because it ran before or because a devrun manages it, but it has no process now.",
			Evidence: "The records of all devruns of this user, each verified by pid and start time; and the mark that devrun puts into the environment of every process that it starts.",
			Fix:      "Start it. If a devrun manages it, its command has ended: read its last lines.",
		},
		{
			Code:     CodeUncleanStop,
			Title:    "a process or port survived the stop",
			Meaning:  "After stop signal, timeout and SIGKILL a process of the service still exists, or its port is still bound. The process may run as another user, or the kernel cannot end it while it waits for a device.",
			Evidence: "The process group, the children, and the mark that devrun puts into the environment of every process that it starts; and an attempt to bind the port.",
			Fix:      "\"devrun why\" shows what has the port now. A process that waits for a device ends when the device answers. Only their own users can end processes of other users.",
		},
	}
}
