package machine

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Unlimited is the value of an absent limit.
const Unlimited = math.MaxUint64

// parseLimits reads the output of a shell's ulimit: two lines, each a number or
// "unlimited".
func parseLimits(text string) (soft, hard uint64, err error) {
	fields := strings.Fields(text)
	if len(fields) != 2 {
		return 0, 0, fmt.Errorf("read limit %q: want two lines", text)
	}
	for i, to := range []*uint64{&soft, &hard} {
		if fields[i] == "unlimited" {
			*to = Unlimited
			continue
		}
		if *to, err = strconv.ParseUint(fields[i], 10, 64); err != nil {
			return 0, 0, fmt.Errorf("read limit %q: want a number", fields[i])
		}
	}
	return soft, hard, nil
}
