package watch

import "testing"

func TestConcerns(t *testing.T) {
	for point, want := range map[string]bool{"/": true, "/home/ada": true, "/home/ada/shop": true, "/home/ada/shop/web": true, "/home/ad": false, "/srv": false} {
		if got := concerns(point, []string{"/home/ada/shop"}); got != want {
			t.Errorf("a mount on %s: got %v; want %v", point, got, want)
		}
	}
}
