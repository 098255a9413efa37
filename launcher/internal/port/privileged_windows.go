package port

func unprivileged() int { return minPort }
