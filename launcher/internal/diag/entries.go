package diag

// entriesBefore explain what keeps a service from being started.
func entriesBefore() []Entry {
	return []Entry{
		{
			Code:     CodeConfigInvalid,
			Title:    "the config file has errors",
			Meaning:  "devrun.yaml is read strictly: a key that is not known, a value of the wrong kind or a rule that is broken is an error. All of them are listed at once, in the order of the file, and nothing is started.",
			Evidence: "The file is read and checked before anything else. Line and column are those of the key or value; for an unknown key the nearest known one is named.",
			Fix:      "Correct each line. \"devrun check\" checks without starting anything, and an editor that is given the output of \"devrun schema\" shows the errors while you type.",
		},
		{
			Code:     CodeAlreadyRunning,
			Title:    "the service runs already",
			Meaning:  "Another devrun runs this service of devrun.yaml, or a command with the same --name, from this folder. A second one would only take another port, so devrun does not start it.",
			Evidence: "The run record that the other devrun keeps, whose process is checked by its pid and start time, so that a record which a crash left behind does not count.",
			Fix:      "Use the one that runs: \"devrun open\", \"devrun logs -f\", \"devrun restart\", or take over with --replace. To run a second one on purpose, give it another --name.",
		},
		{
			Code:     CodeCommandNotFound,
			Title:    "there is no such command",
			Meaning:  "The first word of the command is neither a file nor a program in a folder of PATH. devrun runs commands directly, without a shell: aliases, functions and words such as cd or export are not known to it. A name with a slash is relative to the service's folder, and PATH is the service's own.",
			Evidence: "The same search that execvp(3) makes, with the service's PATH and folder. Similar names, and places where projects install programs, are looked through as well.",
			Fix:      "Take one of the names that are offered. Write ./name for a program in the folder itself. Do not quote a command and its arguments together. What needs a shell goes behind \"sh -c\".",
		},
		{
			Code:     CodeNotExecutable,
			Title:    "the file cannot be executed",
			Meaning:  "The file is there, and the system refuses to run it: it is not marked as executable, it is a folder, it is text without a #! line, or it was built for another system or processor.",
			Evidence: "The file's mode and first bytes, and the kernel's own answer to whether it may be executed.",
			Fix:      "Mark a script or program with chmod +x; begin a script with a line such as #!/bin/sh; build a program for this machine. A file system that is mounted noexec runs nothing at all.",
		},
		{
			Code:     CodeBadInterpreter,
			Title:    "what would run the file is missing",
			Meaning:  "The system says \"no such file\" of a file that is plainly there. What is missing is the program that it names: the interpreter in a script's #! line, or the dynamic loader that a binary was linked for.",
			Evidence: "The #! line, or the loader in the program header of an ELF file, and whether that file exists. A line that ends with a carriage return is recognised: the system takes it for a part of the name.",
			Fix:      "Give a script Unix line ends, or the right path (#!/usr/bin/env NAME finds it on PATH). Rebuild a binary for this system's C library, or link it statically.",
		},
		{
			Code:     CodePortInUse,
			Title:    "the port is not to be had",
			Meaning:  "The port that a service was promised cannot be reserved. Somebody listens on it, has it without listening, or uses it for an outgoing connection; or the system itself keeps it: for the administrator (low ports), for its own use (excluded ranges), or for up to a minute after a server ended (TIME_WAIT).",
			Evidence: "devrun tries to bind the port, which cannot be fooled, and only then looks at all sockets of the system in every state. An owner that may not be looked at is named by user; an owner that cannot be seen at all is called unknown.",
			Fix:      "A port that was asked for never moves: stop what has it, or take another with --port auto. Nothing is ever stopped by its port, since that ends browsers and editors, which hold ports too.",
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
			Meaning:  "The command of build: ended with an error. If an older process serves, it goes on serving; otherwise devrun waits for a change and builds again.",
			Evidence: "The build's exit status. Its output is shown as it was.",
			Fix:      "Correct what the output says and save; the build starts by itself. Run the command by hand in the same folder to see it alone.",
		},
	}
}

// entriesStarting explain what keeps a service from being ready.
func entriesStarting() []Entry {
	return []Entry{
		{
			Code:     CodeExitedEarly,
			Title:    "the service ended before it was ready",
			Meaning:  "The process ended before its readiness check passed, whatever its status. Status 0 means that it was done, or that it went to the background, where devrun cannot keep it: services run in the foreground.",
			Evidence: "The exit status or signal of the process, and its last lines. If they say that an address is in use, the port they name is compared with the one the service was given.",
			Fix:      "Read its last lines. Run it alone with the same PORT. If it asked for a port of its own, tell it to take {port} or the PORT variable.",
		},
		{
			Code:     CodeCrashLoop,
			Title:    "the service crashes at every start",
			Meaning:  "It ended five times in a row without having been ready. devrun does not try again by itself: it waits for a changed file, which is the likeliest cure.",
			Evidence: "The ends since it was last ready. A start that became ready sets the count to zero.",
			Fix:      "Read its last lines, correct the cause and save. \"devrun restart\" tries again at once.",
		},
		{
			Code:     CodeListeningElsewhere,
			Title:    "the service listens on another port",
			Meaning:  "The service runs and listens, but not where it was told. Most often it does not read PORT: its port stands in its code, its config, or has to be given as a flag.",
			Evidence: "The listening sockets of all processes that belong to the service.",
			Fix:      "Pass the port on: {port} in an argument is replaced by the number, and PORT is in the environment. Or give devrun the port that the service takes anyway, with --port.",
		},
		{
			Code:     CodeListeningOneFamily,
			Title:    "the service listens on the other of IPv4 and IPv6",
			Meaning:  "It has the right port on ::1 and not on 127.0.0.1, or the other way round. The name localhost means both, so a browser finds the service and a test does not, or the reverse.",
			Evidence: "The listening sockets of the service, by address family.",
			Fix:      "Tell the service the address instead of the name localhost: {host}, or the HOST variable. Or let devrun use the address that the service chose, with --host.",
		},
		{
			Code:     CodeListeningWide,
			Title:    "the service can be reached from the network",
			Meaning:  "It listens on all interfaces (0.0.0.0 or ::), so that everybody on the same network can reach it. A development server is rarely made for that. This is a warning; the service goes on.",
			Evidence: "The addresses of the service's listening sockets.",
			Fix:      "Tell the service to listen on {host}, which is also in HOST. If the network is meant to reach it, say --host 0.0.0.0, or expose: true in devrun.yaml.",
		},
		{
			Code:     CodeNotListening,
			Title:    "the service does not answer",
			Meaning:  "It runs, and ten seconds after its start its port is not answered: it is still starting, it listens nowhere, it refuses connections, or it accepts them and never answers, as a program that hangs does. In a run devrun goes on waiting; this is said once.",
			Evidence: "The listening sockets of all processes that belong to the service, how many connections wait in them, and the last check.",
			Fix:      "Read what it says with \"devrun logs -f\". A program that is not meant to listen takes --ready none, or port: none in devrun.yaml.",
		},
		{
			Code:     CodePortForeign,
			Title:    "somebody else answers on the port",
			Meaning:  "The check was answered, and not by this service: the listening socket belongs to a process outside its tree. Without this a stale server would pass every test.",
			Evidence: "The owner of the listening socket on the port, compared with all processes of the service.",
			Fix:      "Stop the other one if it is yours, or take another port with --port auto.",
		},
		{
			Code:     CodeReadyTimeout,
			Title:    "the service was not ready in time",
			Meaning:  "The readiness check did not pass before its deadline. The service may be slow, waiting for something else, or the check may ask for the wrong thing.",
			Evidence: "Every check and its result; the last one is shown, with what happened when.",
			Fix:      "If it is only slow, raise --ready-timeout. If the path or status is wrong, correct ready: in devrun.yaml; --ready tcp is content with a connection.",
		},
		{
			Code:     CodeCheckFailed,
			Title:    "a check of a smoke run failed",
			Meaning:  "The services were ready, and one of them did not answer as it should, or a command that tries it did not end with status 0. The checks behind it were not made.",
			Evidence: "The answer to the request, compared with each expectation; the exit status of the command.",
			Fix:      "Read what was expected and what came, then the last lines of the service. A check that may need several tries says so: --retry, or retry: in devrun.yaml.",
		},
		{
			Code:     CodeExitedWhenReady,
			Title:    "the service ended after it was ready",
			Meaning:  "In a smoke run nothing but a worker may end by itself. The service did, while it was checked, or while others were starting.",
			Evidence: "The exit status or signal of its command, and its last lines of output.",
			Fix:      "Read what it said last. The check during which it ended is likely to have caused it.",
		},
		{
			Code:     CodeErrorAnswer,
			Title:    "the service answers with an error",
			Meaning:  "The service runs, has its port and answers, but with a status that says that it cannot do what it should.",
			Evidence: "\"devrun why SERVICE\" asks for / and takes 500 and above for an error, since many services have no page there.",
			Fix:      "Read what it says with \"devrun logs -f\". To see another page, give \"devrun why\" its whole URL.",
		},
	}
}

// entriesAfter explain what happens to watching, and at the end.
func entriesAfter() []Entry {
	return []Entry{
		{
			Code:     CodeWatchLimit,
			Title:    "the system allows no more watches",
			Meaning:  "The number of folders that one user may watch is limited by the system, and it is used up. devrun goes on and looks at the remaining folders in turn, which is slower. This is a warning.",
			Evidence: "The error of the system's watching interface, and its limits.",
			Fix:      "Raise the limit with the line that is shown, or leave out large folders with --ignore or a .gitignore.",
		},
		{
			Code:     CodeWatchBlind,
			Title:    "changes are not reported here",
			Meaning:  "The files are on a file system that does not report all changes: a network folder, or one that is shared with a virtual machine. devrun looks at them in turn instead, where it can. This is a warning.",
			Evidence: "The type of the file system, or a trial file whose change was not reported.",
			Fix:      "Keep the project on a local file system, or restart by hand with \"devrun restart\".",
		},
		{
			Code:     CodeRestartLoop,
			Title:    "the service restarts itself",
			Meaning:  "While it starts, the service writes files that are watched, so that each start causes the next. devrun noticed the same files in three starts in a row and does not restart for them any more. This is a warning.",
			Evidence: "The files that changed between start and ready, compared over several starts.",
			Fix:      "Leave the files out with --ignore or ignore: in devrun.yaml, or let the service write outside of the watched folders.",
		},
		{
			Code:     CodeNotRunning,
			Title:    "the service does not run",
			Meaning:  "The service is known, because it ran before or because a devrun is in charge of it, and no process of it is there now.",
			Evidence: "The records of all devruns of this user, each checked by pid and start time; and the mark that devrun puts into the environment of all that it starts.",
			Fix:      "Start it. If a devrun is in charge of it, its command has ended: read its last lines.",
		},
		{
			Code:     CodeUncleanStop,
			Title:    "something survived the stop",
			Meaning:  "After stop signal, timeout and SIGKILL a process of the service is still there, or its port is still bound. Either it changed its user, or the kernel cannot end it now because it waits for a device.",
			Evidence: "The process group, the children, and the mark that devrun puts into the environment of all that it starts; and a trial bind of the port.",
			Fix:      "\"devrun why\" says who has the port now. A process that waits for a device ends when the device answers. Processes of other users are theirs to end.",
		},
	}
}
