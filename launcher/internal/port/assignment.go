package port

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Assignment is the remembered port of a service.
type Assignment struct {
	Project     string    // path of the project
	Service     string    // name of the service
	Port        int       // 1–65535
	NoReuseAddr bool      // its server binds without SO_REUSEADDR, so the hold must be released for it
	Chosen      time.Time // when the port was chosen; saved as UTC
}

// assignmentVersion is the version of the file's format that this code writes.
const assignmentVersion = 1

// assignmentFile is an Assignment's JSON form. Fields may be added without a
// new version, since older devruns ignore them.
type assignmentFile struct {
	Version     int       `json:"version"`
	Project     string    `json:"project"`
	Service     string    `json:"service"`
	Port        int       `json:"port"`
	NoReuseAddr bool      `json:"no_reuse_addr,omitempty"`
	Chosen      time.Time `json:"chosen"`
}

const assignmentExt = ".json"

// assignmentName is the file name for a service: project paths have characters
// and lengths that file names lack. Two services never share one.
func assignmentName(project, service string) string {
	sum := sha256.Sum256([]byte(project + "\x00" + service)) // neither can contain NUL
	return hex.EncodeToString(sum[:16]) + assignmentExt
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
	data, err := json.MarshalIndent(assignmentFile{
		Version: assignmentVersion, Project: a.Project, Service: a.Service,
		Port: a.Port, NoReuseAddr: a.NoReuseAddr, Chosen: a.Chosen.UTC(),
	}, "", "  ")
	return append(data, '\n'), err
}

// errNewer reports a file that a later devrun wrote, in a format unknown here.
var errNewer = errors.New("written by a newer devrun")

// decodeAssignment reads the content of the file called name. The error is
// errNewer for a later version; any other means that the file is damaged.
func decodeAssignment(data []byte, name string) (Assignment, error) {
	var header struct {
		Version int `json:"version"`
	}
	// A later version may have changed any other field, so read the version
	// first and alone.
	if err := json.Unmarshal(bytes.TrimSpace(data), &header); err != nil {
		return Assignment{}, err
	}
	switch {
	case header.Version > assignmentVersion:
		return Assignment{}, errNewer
	case header.Version < 1:
		return Assignment{}, fmt.Errorf("version %d is unknown", header.Version)
	}
	var f assignmentFile
	if err := json.Unmarshal(data, &f); err != nil {
		return Assignment{}, err
	}
	if err := checkPort(f.Port); err != nil {
		return Assignment{}, err
	}
	if assignmentName(f.Project, f.Service) != name {
		return Assignment{}, fmt.Errorf("belongs to service %q of %s", f.Service, f.Project)
	}
	return Assignment{Project: f.Project, Service: f.Service, Port: f.Port, NoReuseAddr: f.NoReuseAddr, Chosen: f.Chosen}, nil
}
