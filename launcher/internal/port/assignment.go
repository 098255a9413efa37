package port

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"devrun/launcher/internal/wholefile"
)

// Assignment is the remembered port of a service.
type Assignment struct {
	Project     string    `json:"project"`                 // path of the project
	Service     string    `json:"service"`                 // name of the service
	Port        int       `json:"port"`                    // 1–65535
	NoReuseAddr bool      `json:"no_reuse_addr,omitempty"` // its server binds without SO_REUSEADDR, so the hold must be released for it
	Tried       bool      `json:"tried,omitempty"`         // the service has never been ready
	Chosen      time.Time `json:"chosen"`                  // when the port was chosen; saved as UTC
}

// assignmentVersion is the version of the file's format that this code writes.
// Fields may be added without a new version, since older devruns ignore them.
const assignmentVersion = 1

// assignmentName is the file name for a service: project paths have characters
// and lengths that file names lack. Two services never share one.
func assignmentName(project, service string) string {
	sum := sha256.Sum256([]byte(project + "\x00" + service)) // neither can contain NUL
	return hex.EncodeToString(sum[:16]) + wholefile.Ext
}

// encode returns the file's content. Equal assignments give equal bytes.
func (a Assignment) encode() ([]byte, error) {
	if err := checkPort(a.Port); err != nil {
		return nil, err
	}
	// JSON cannot hold other bytes: another service would be read back.
	if text := a.Project + a.Service; !utf8.ValidString(text) || strings.Contains(text, "\x00") {
		return nil, errors.New("the project's path or the service's name is not UTF-8 text")
	}
	a.Chosen = a.Chosen.UTC()
	data, err := json.MarshalIndent(struct {
		Version int `json:"version"`
		Assignment
	}{assignmentVersion, a}, "", "  ")
	return append(data, '\n'), err
}

// decodeAssignment reads the content of the file called name. Its errors are those
// of wholefile.Decode.
func decodeAssignment(data []byte, name string) (Assignment, error) {
	var a Assignment
	if err := wholefile.Decode(data, assignmentVersion, &a); err != nil {
		return Assignment{}, err
	}
	if err := checkPort(a.Port); err != nil {
		return Assignment{}, err
	}
	if assignmentName(a.Project, a.Service) != name {
		return Assignment{}, fmt.Errorf("belongs to service %q of %s", a.Service, a.Project)
	}
	return a, nil
}
