package diag

import (
	"bytes"
	"debug/elf"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"runtime"
	"slices"
	"strings"

	"devrun/config/words"
)

// shebangSize is how much of a #! line counts: BINPRM_BUF_SIZE of
// include/uapi/linux/binfmts.h; other systems read more.
const shebangSize = 256

// InspectExecutable explains why execve(2) refuses the file at path with ENOENT,
// EACCES or ENOEXEC. Its error is a *CommandError, or nil if nothing is wrong. Call
// it only for a refused file: a kernel with registered emulators runs formats that
// count as wrong here.
func InspectExecutable(path string) error {
	if err := checkFile(path, path); err != nil {
		return err
	}
	file, err := os.Open(path)
	if err != nil {
		return nil // A file may be executable without being readable.
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return nil
	}
	head := make([]byte, shebangSize)
	n, err := io.ReadFull(file, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	head = head[:n]
	wrong := func(format string) error {
		return &CommandError{Name: path, Kind: WrongFormat, Path: path, Mode: info.Mode(), Format: format}
	}
	switch format := formatOf(head); {
	case format == "script" && kernelReadsScripts:
		return inspectScript(path, info, head)
	case format == "ELF" && nativeFormat == "ELF":
		return inspectELF(path, info, file)
	case format == "text" && kernelReadsScripts:
		return &CommandError{Name: path, Kind: WrongFormat, Path: path, Mode: info.Mode(), NoShebang: true, Mark: bytes.HasPrefix(head, []byte("\xef\xbb\xbf#!")), Format: "text without a #! line"}
	case format == "script", format == "text", format == "", format == nativeFormat:
		return nil
	case format == "empty":
		return wrong("an empty file")
	default:
		return wrong("a program in " + format + " format, where " + nativeFormat + " is needed")
	}
}

// formatOf recognises a file by its first bytes; "" is an unknown binary format.
func formatOf(head []byte) string {
	has := func(magic string) bool { return bytes.HasPrefix(head, []byte(magic)) }
	switch {
	case len(head) == 0:
		return "empty"
	case has("#!"):
		return "script"
	case has(elf.ELFMAG):
		return "ELF"
	case has("MZ"):
		return "PE"
	case has("\xfe\xed\xfa\xce"), has("\xfe\xed\xfa\xcf"), has("\xce\xfa\xed\xfe"), has("\xcf\xfa\xed\xfe"), has("\xca\xfe\xba\xbe"):
		return "Mach-O"
	case bytes.IndexByte(head, 0) < 0:
		return "text"
	}
	return ""
}

// InspectScript explains why a script that the kernel starts cannot run all the same:
// its #! line names env, and the program for it ends with a carriage return or is not
// on the PATH of env, the service's environment in dir. It is nil for any other file.
// Its error is a *CommandError.
func InspectScript(path, dir string, env []string) error {
	file, err := os.Open(path)
	if err != nil {
		return nil // A file may be executable without being readable.
	}
	defer file.Close()
	head := make([]byte, shebangSize)
	n, _ := io.ReadFull(file, head)
	head = head[:n]
	if formatOf(head) != "script" || !kernelReadsScripts {
		return nil
	}
	name, crlf := envProgram(head)
	if !crlf && !isMissing(name, dir, env) {
		return nil
	}
	e := &CommandError{Name: path, Kind: BadInterpreter, Path: path, Interpreter: name, CRLF: crlf, ByEnv: !crlf, Err: fs.ErrNotExist}
	if info, err := file.Stat(); err == nil {
		e.Mode = info.Mode()
	}
	return e
}

// isMissing reports whether env finds no program of that name.
func isMissing(name, dir string, env []string) bool {
	if name == "" {
		return false
	}
	_, err := LookCommand(name, dir, env)
	return errors.Is(err, fs.ErrNotExist)
}

// envProgram is the program that env in a #! line is to find, and whether its name
// ends with a carriage return. Behind -S that is white space to env (GNU coreutils,
// src/env.c, split_string).
func envProgram(head []byte) (name string, crlf bool) {
	line, _, whole := bytes.Cut(bytes.TrimPrefix(head, []byte("#!")), []byte("\n"))
	env, argument, found := strings.Cut(strings.TrimLeft(string(line), " \t"), " ")
	argument = strings.TrimLeft(argument, " \t")
	if !whole || !found || path.Base(env) != "env" {
		return "", false
	}
	if split, ok := strings.CutPrefix(argument, "-S"); ok {
		if fields := strings.Fields(split); len(fields) > 0 && !strings.ContainsAny(fields[0], `-='"\$`) {
			return fields[0], false
		}
	}
	if strings.HasPrefix(argument, "-") || words.IsAssignment(argument) {
		return "", false
	}
	return strings.CutSuffix(strings.TrimRight(argument, " \t"), "\r")
}

// inspectScript judges the #! line.
func inspectScript(path string, info fs.FileInfo, head []byte) error {
	interpreter, crlf := shebang(head)
	e := &CommandError{Name: path, Kind: BadInterpreter, Path: path, Mode: info.Mode(), Interpreter: interpreter, CRLF: crlf}
	if interpreter == "" {
		e.Kind, e.NoShebang, e.Format = WrongFormat, true, "a #! line that names nothing"
		return e
	}
	if crlf {
		e.Err = fs.ErrNotExist
		return e
	}
	if err := checkFile(interpreter, interpreter); err != nil {
		e.Err = errors.Unwrap(err)
		return e
	}
	return nil
}

// shebang is the interpreter of a #! line, and whether the line ends with CR LF. The
// kernel treats the CR as part of the last word.
func shebang(head []byte) (interpreter string, crlf bool) {
	line, _, _ := bytes.Cut(bytes.TrimPrefix(head, []byte("#!")), []byte("\n"))
	text := string(line)
	crlf = strings.HasSuffix(text, "\r")
	text = strings.Trim(text, " \t\r")
	if cut := strings.IndexAny(text, " \t"); cut >= 0 {
		text = text[:cut]
	}
	return text, crlf
}

// inspectELF judges the machine and the dynamic loader.
func inspectELF(path string, info fs.FileInfo, file io.ReaderAt) error {
	e := &CommandError{Name: path, Kind: WrongFormat, Path: path, Mode: info.Mode()}
	f, err := elf.NewFile(file)
	if err != nil {
		e.Format, e.Err = "a damaged ELF file", err
		return e
	}
	if runs := machines(); len(runs) > 0 && !slices.Contains(runs, f.Machine) {
		e.Format = "an ELF file for " + strings.ToLower(strings.TrimPrefix(f.Machine.String(), "EM_")) + ", where " + runtime.GOARCH + " is needed"
		return e
	}
	loader := loaderOf(f)
	if loader == "" {
		return nil
	}
	if err := checkFile(loader, loader); err != nil {
		e.Kind, e.Interpreter, e.Loader, e.Err = BadInterpreter, loader, true, errors.Unwrap(err)
		return e
	}
	return nil
}

// loaderOf is the program in PT_INTERP, empty for a static program.
func loaderOf(f *elf.File) string {
	const maxPath = 4096
	for _, prog := range f.Progs {
		if prog.Type != elf.PT_INTERP || prog.Filesz > maxPath {
			continue
		}
		data := make([]byte, prog.Filesz)
		if _, err := prog.ReadAt(data, 0); err != nil {
			return ""
		}
		name, _, _ := bytes.Cut(data, []byte{0})
		return string(name)
	}
	return ""
}

// machines are those whose programs this processor may run, including its 32-bit
// mode. It is empty for an unlisted processor.
func machines() []elf.Machine {
	switch runtime.GOARCH {
	case "amd64":
		return []elf.Machine{elf.EM_X86_64, elf.EM_386}
	case "386":
		return []elf.Machine{elf.EM_386}
	case "arm64":
		return []elf.Machine{elf.EM_AARCH64, elf.EM_ARM}
	case "arm":
		return []elf.Machine{elf.EM_ARM}
	case "riscv64":
		return []elf.Machine{elf.EM_RISCV}
	}
	return nil
}
