package process

import "testing"

func TestParseStat(t *testing.T) {
	const rest = " S 1 22 33 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 987654 1000 200"
	tests := map[string]struct {
		line string
		want stat
		ok   bool
	}{
		"plain":               {"44 (node)" + rest, stat{44, 1, 22, 33, 987654, 'S', "node"}, true},
		"parentheses, blanks": {"44 (a) b (c)" + rest, stat{44, 1, 22, 33, 987654, 'S', "a) b (c"}, true},
		"cut off":             {"44 (node) S 1 22", stat{}, false},
		"no number":           {"x (node)" + rest, stat{}, false},
		"empty":               {"", stat{}, false},
	}
	for name, tt := range tests {
		if got, ok := parseStat([]byte(tt.line)); got != tt.want || ok != tt.ok {
			t.Errorf("%s: got %+v, %v; want %+v, %v", name, got, ok, tt.want, tt.ok)
		}
	}
}
