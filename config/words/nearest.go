package words

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxWord is the longest word, in bytes, for which a near one is looked for.
const maxWord = 80

// Nearest returns the known word that is most similar to word: one that begins
// with it or contains it as a part, else one that differs by a few letters. It is
// empty if there is none. Case does not matter.
func Nearest(word string, known []string) string {
	if word == "" || len(word) > maxWord {
		return ""
	}
	word = strings.ToLower(word)
	limit := Tolerance(word)
	best, least := "", limit+1
	for _, candidate := range known {
		lower := strings.ToLower(candidate)
		if lower == word {
			return candidate
		}
		slips := limit + 1
		if max(len(lower)-len(word), len(word)-len(lower)) <= limit {
			slips = Distance(word, lower)
		}
		switch {
		case len(word) > 1 && strings.HasPrefix(lower, word):
			slips = 0
		case len(word) > 2 && hasPart(lower, word):
			slips = min(slips, 1)
		case len(lower) > 2 && strings.HasPrefix(word, lower):
			slips = min(slips, limit)
		}
		// All letters replaced is another word.
		if slips < least && slips < len(lower) {
			best, least = candidate, slips
		}
	}
	return best
}

// hasPart reports whether s contains part after a separator such as a dash.
func hasPart(s, part string) bool {
	i := strings.LastIndex(s, part)
	if i <= 0 {
		return false
	}
	before, _ := utf8.DecodeLastRuneInString(s[:i])
	return !unicode.IsLetter(before)
}

// Tolerance is how many slips a word of this length may have: more would turn one
// short word into any other.
func Tolerance(word string) int {
	switch n := len(word); {
	case n <= 1:
		return 0
	case n <= 4:
		return 1
	case n <= 8:
		return 2
	}
	return 3
}

// Distance counts the insertions, deletions, substitutions and swaps of
// neighbouring letters between a and b: the optimal string alignment form of the
// Damerau–Levenshtein distance.
func Distance(a, b string) int {
	s, t := []rune(a), []rune(b)
	before, last, row := make([]int, len(t)+1), make([]int, len(t)+1), make([]int, len(t)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(s); i++ {
		row[0] = i
		for j := 1; j <= len(t); j++ {
			cost := 1
			if s[i-1] == t[j-1] {
				cost = 0
			}
			row[j] = min(row[j-1]+1, last[j]+1, last[j-1]+cost)
			if i > 1 && j > 1 && s[i-1] == t[j-2] && s[i-2] == t[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(t)]
}
