package config

import (
	"reflect"
	"strconv"
	"testing"
	"time"
)

func TestBackoffWait(t *testing.T) {
	b := Backoff{Initial: 200 * time.Millisecond, Max: time.Second, Factor: 2}
	for n, want := range map[int]time.Duration{
		1: 200 * time.Millisecond, 2: 400 * time.Millisecond, 3: 800 * time.Millisecond,
		4: time.Second, 1000: time.Second,
	} {
		if got := b.Wait(n); got != want {
			t.Errorf("Wait(%d) = %v; want %v", n, got, want)
		}
	}
	constant := Backoff{Initial: time.Second, Max: time.Minute, Factor: 1}
	if got := constant.Wait(50); got != time.Second {
		t.Errorf("Wait(50) with factor 1 = %v; want %v", got, time.Second)
	}
}

func TestSame(t *testing.T) {
	parse := func(service string) Service {
		t.Helper()
		file, err := Parse("devrun.yaml", []byte("services: {web: {command: ./web"+service+"}}"), nil)
		if err != nil {
			t.Fatal(err)
		}
		return file.Services[0]
	}
	plain := parse("")
	for service, want := range map[string]bool{
		"": true, ", port: auto": true, ", env: {}": true, ", env_file: []": true, ", watch: {ignore: []}": true, ", depends_on: []": true,
		", port: 3000": false, ", port: none": false, ", env: {A: b}": false, ", watch: false": false, ", ready: {http: /}": false, ", dir: a": false,
	} {
		if got := plain.Same(parse(service)); got != want {
			t.Errorf("Same with %q = %v; want %v", service, got, want)
		}
	}
	moved := plain
	moved.Origin = "devrun.yaml:9"
	if !plain.Same(moved) {
		t.Error("a service that moved in its file is another; want the same")
	}
}

// TestClone changes every list of a clone, through reflection so that no new field
// is forgotten.
func TestClone(t *testing.T) {
	s := Defaults()
	fill(reflect.ValueOf(&s).Elem(), 1)
	want, clone := s.Clone(), s.Clone()
	fill(reflect.ValueOf(&clone).Elem(), 2)
	if !reflect.DeepEqual(s, want) || reflect.DeepEqual(s, clone) {
		t.Errorf("after its clone was changed the service is\n%+v; want\n%+v", s, want)
	}
}

// fill writes n into all lists below v, and makes those that are empty.
func fill(v reflect.Value, n int) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), n)
		}
	case reflect.Slice:
		if v.Len() == 0 {
			v.Set(reflect.MakeSlice(v.Type(), 1, 2))
		}
		fill(v.Index(0), n)
	case reflect.String:
		v.SetString(strconv.Itoa(n))
	case reflect.Int:
		v.SetInt(int64(n))
	}
}
