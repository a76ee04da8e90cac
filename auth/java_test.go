package auth

import (
	"strconv"
	"testing"
)

func TestDigitsAreThoseOfJava(t *testing.T) {
	want := make(map[rune]int64)
	for _, c := range captured(t, "digits.txt", "\t", 40) {
		first, err1 := strconv.ParseInt(c[0], 16, 32)
		last, err2 := strconv.ParseInt(c[1], 16, 32)
		value, err3 := strconv.ParseInt(c[2], 10, 32)
		if err1 != nil || err2 != nil || err3 != nil {
			t.Fatal(c)
		}
		for r := first; r <= last; r++ {
			want[rune(r)] = value + r - first
		}
	}
	for r := range rune(0x20000) {
		d, ok := want[r]
		if !ok {
			d = -1
		}
		if got := javaDigit(r); got != d {
			t.Errorf("javaDigit(%U) = %d, want %d", r, got, d)
		}
	}
}

func TestJavaIntBounds(t *testing.T) {
	for text, want := range map[string]int32{
		"2147483647": 2147483647, "-2147483648": -2147483648, "-0": 0, "+7": 7, "0000000000000000000009": 9,
	} {
		if n, ok := javaInt(text, 10); !ok || n != want {
			t.Errorf("javaInt(%q) = %d, %v, want %d", text, n, ok, want)
		}
	}
	for _, text := range []string{"", "-", "+", "--1", "+-1", "2147483648", "-2147483649", "1 ", "1_0", "a", "99999999999999999999"} {
		if n, ok := javaInt(text, 10); ok {
			t.Errorf("javaInt(%q) = %d", text, n)
		}
	}
}
