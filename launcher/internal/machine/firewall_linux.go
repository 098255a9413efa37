package machine

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// maxRules bounds the text that is read from a tool.
const maxRules = 8 << 20

// ReadFirewall reads the rules of this network namespace with nft, and those of
// iptables' older kind with iptables-save. Beside an error, which is an *Error
// for each part that could not be read, it holds the rest. It wraps
// fs.ErrPermission where that takes another user, exec.ErrNotFound without the
// tools. It takes what the tools take: tens of milliseconds.
func ReadFirewall(ctx context.Context) (Firewall, error) {
	tables, errNft := readNftables(ctx)
	var errs []error
	if errNft != nil {
		errs = append(errs, errNft)
	}
	opaque := slices.ContainsFunc(tables, func(t *table) bool { return t.opaque })
	for _, ip6 := range []bool{false, true} {
		legacy, err := hasLegacyTables(ip6)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if legacy {
			found, err := readIptables(ctx, ip6, "legacy")
			tables = append(tables, found...)
			errs = append(errs, err)
		}
		// iptables' newer kind is nftables: nft shows its tables too, but not
		// all of what stands in them.
		if opaque || errors.Is(errNft, exec.ErrNotFound) {
			found, err := readIptables(ctx, ip6, "nft")
			if err == nil {
				family := "ip"
				if ip6 {
					family = "ip6"
				}
				tables = slices.DeleteFunc(tables, func(t *table) bool { return t.opaque && t.family == family })
				tables = append(tables, found...)
			}
		}
	}
	return Firewall{tables}, errors.Join(errs...)
}

func readNftables(ctx context.Context) ([]*table, error) {
	data, err := list(ctx, "nft", "-j", "list", "ruleset")
	if err != nil {
		return nil, err
	}
	// Only the words of the rules come from this: without it they are numbered.
	text, _ := list(ctx, "nft", "-a", "list", "ruleset")
	tables, err := parseNftables(data, string(text))
	if err != nil {
		return nil, &Error{Op: opRules, Operand: "nft", Err: err}
	}
	return tables, nil
}

// hasLegacyTables asks the kernel rather than the tool, which would load the
// module if there were none.
func hasLegacyTables(ip6 bool) (bool, error) {
	path := "/proc/net/ip_tables_names"
	if ip6 {
		path = "/proc/net/ip6_tables_names"
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, &Error{Op: "read", Operand: path, Err: cause(err)}
	}
	return len(bytes.TrimSpace(text)) > 0, nil
}

// readIptables reads the tables of one kind, "legacy" or "nft". A distribution
// may have both, and either may be what plain iptables means.
func readIptables(ctx context.Context, ip6 bool, kind string) ([]*table, error) {
	name := toolIP4
	if ip6 {
		name = toolIP6
	}
	said := name
	text, err := list(ctx, name+"-"+kind+"-save")
	if errors.Is(err, exec.ErrNotFound) {
		text, err = list(ctx, name+"-save")
	} else if path, errFind := findAdmin(name); errFind != nil || !isOfKind(path, kind) {
		said += "-" + kind
	}
	if err != nil {
		return nil, err
	}
	tables := parseIptables(string(text), ip6)
	for _, t := range tables {
		t.tool = said
	}
	return tables, nil
}

// isOfKind follows the links of a tool to its program, such as
// xtables-nft-multi.
func isOfKind(path, kind string) bool {
	program, err := filepath.EvalSymlinks(path)
	return err == nil && strings.Contains(filepath.Base(program), kind)
}

const opRules = "list rules with"

// list runs a tool and returns what it prints.
func list(ctx context.Context, name string, args ...string) ([]byte, error) {
	path, err := findAdmin(name)
	if err != nil {
		return nil, &Error{Op: opRules, Operand: name, Err: exec.ErrNotFound}
	}
	var out limited
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = []string{"LC_ALL=C", "PATH=/usr/sbin:/usr/bin:/sbin:/bin"}
	cmd.Stdout = &out
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		} else if !mayAdminister() {
			err = fs.ErrPermission
		}
		return nil, &Error{Op: opRules, Operand: name, Err: err}
	}
	return out.Bytes(), nil
}

// mayAdminister reports whether this process may see the rules: the tools have
// no exit status that says so (capabilities(7), CAP_NET_ADMIN).
func mayAdminister() bool {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	return unix.Capget(&header, &data[0]) == nil && data[0].Effective&(1<<unix.CAP_NET_ADMIN) != 0
}

// findAdmin looks also where a plain user's PATH does not lead.
func findAdmin(name string) (string, error) {
	if path, err := exec.LookPath(name); err == nil {
		return path, nil
	}
	for _, dir := range []string{"/usr/sbin", "/sbin", "/usr/local/sbin"} {
		if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return path, nil
		}
	}
	return "", exec.ErrNotFound
}

// limited is a buffer that drops what is too much.
type limited struct{ bytes.Buffer }

func (l *limited) Write(p []byte) (int, error) {
	l.Buffer.Write(p[:min(len(p), maxRules-l.Len())])
	return len(p), nil
}
