package diag

import "testing"

func TestEnvProgram(t *testing.T) {
	for line, want := range map[string]string{
		"#!/usr/bin/env node\r\nx":          "node",
		"#! /usr/bin/env  python3\r\nx":     "python3",
		"#!/usr/bin/env node\nx":            "",
		"#!/usr/bin/env -S node\r\nx":       "",
		"#!/usr/bin/env -S A=1 node -x\r\n": "",
		"#!/usr/bin/env\r\n":                "",
		"#!/bin/sh -e\r\n":                  "",
		"#!/usr/bin/env nod":                "",
		"":                                  "",
	} {
		name, crlf := envProgram([]byte(line))
		if !crlf {
			name = ""
		}
		if name != want {
			t.Errorf("%q: got %q; want %q", line, name, want)
		}
	}
}
