package cmdline

import (
	"io"
	"reflect"
	"strings"
	"testing"

	urfave "github.com/urfave/cli/v2"

	"devrun/config"
)

// fromFile returns the services of file for a command line.
func fromFile(file *config.File, line string) ([]config.Service, error) {
	own := strings.Fields(line)
	c := &cli{stdout: io.Discard, stderr: io.Discard, own: own, given: own}
	var services []config.Service
	c.app().Action = func(ctx *urfave.Context) error {
		var err error
		services, err = c.fromFile(ctx, file, ctx.Args().Slice())
		return err
	}
	err := c.app().Run(append([]string{"devrun"}, c.permute(own)...))
	return services, err
}

// twoServices is a file whose lists have room for more.
func twoServices() *config.File {
	room := func(words ...string) []string { return append(make([]string, 0, 8), words...) }
	web, api := config.Defaults(), config.Defaults()
	web.Name, web.Env, web.EnvFiles, web.DependsOn = "web", room("A=file"), room("file.env"), room("api")
	web.Watch.Ignore = room("*.file")
	api.Name, api.Env, api.Port = "api", room("B=file"), config.Port{Number: 3000}
	return &config.File{Services: []config.Service{web, api}}
}

func TestFlagsOverFile(t *testing.T) {
	tests := []struct {
		line string
		want func(web, api *config.Service)
	}{
		{"--env A=flag", func(web, api *config.Service) {
			web.Env, api.Env = []string{"A=file", "A=flag"}, []string{"B=file", "A=flag"}
		}},
		{"web --env-file /x --ignore y", func(web, api *config.Service) {
			web.EnvFiles, web.Watch.Ignore = []string{"file.env", "/x"}, []string{"*.file", "y"}
			api.EnvFiles, api.Watch.Ignore = []string{"/x"}, []string{"y"}
		}},
		{"web --port 4000", func(web, api *config.Service) { web.Port = config.Port{Number: 4000} }},
		{"web --adopt --ready none", func(web, api *config.Service) {
			web.Adopt, web.Ready.Checks = true, []config.Check{{Kind: config.CheckNone}}
		}},
		{"--watch *.go", func(web, api *config.Service) {
			for _, svc := range []*config.Service{web, api} {
				svc.Watch.Paths, svc.Watch.Include = []string{"."}, []string{"*.go"}
			}
		}},
	}
	for _, test := range tests {
		file, want := twoServices(), twoServices()
		test.want(&want.Services[0], &want.Services[1])
		got, err := fromFile(file, test.line)
		if err != nil {
			t.Errorf("%s: %v", test.line, err)
			continue
		}
		if len(got) != 2 {
			t.Fatalf("%s gives %d services; want 2", test.line, len(got))
		}
		for i := range got {
			if !got[i].Same(want.Services[i]) {
				t.Errorf("%s gives\n%+v; want\n%+v", test.line, got[i], want.Services[i])
			}
		}
		if !reflect.DeepEqual(withRoom(file), withRoom(twoServices())) {
			t.Errorf("%s has written to the lists of the file: %q", test.line, withRoom(file))
		}
	}
}

// withRoom returns the lists of all services with what lies after their ends.
func withRoom(file *config.File) [][]string {
	var lists [][]string
	for _, svc := range file.Services {
		for _, list := range [][]string{svc.Command, svc.Env, svc.EnvFiles, svc.Watch.Paths, svc.Watch.Include, svc.Watch.Ignore} {
			lists = append(lists, list[:cap(list)])
		}
	}
	return lists
}

func TestFlagsOfOneService(t *testing.T) {
	for _, line := range []string{"--port 3000", "--port-range 50000-51000", "--build x", "--adopt", "--ready none", "--open", "web api --port 3000", "--name x", "web --name x"} {
		if _, err := fromFile(twoServices(), line); err == nil {
			t.Errorf("%s gives no error for a file of two services", line)
		}
	}
}
