package store_test

import (
	"strings"
	"testing"

	"doorbuster/store"
)

func TestParseURL(t *testing.T) {
	for address, want := range map[string]string{
		"mysql://web:secret@db.example.com:3307/shop":                 "web:secret@tcp(db.example.com:3307)/shop",
		"mariadb://web:secret@db.example.com/shop":                    "web:secret@tcp(db.example.com:3306)/shop",
		"mysql://web:secret@[2001:db8::7]/shop":                       "web:secret@tcp([2001:db8::7]:3306)/shop",
		"mysql://web:s%40cret@localhost/shop?socket=/run/mysqld.sock": "web:s@cret@unix(/run/mysqld.sock)/shop",
		"web:secret@tcp(127.0.0.1:3306)/shop":                         "web:secret@tcp(127.0.0.1:3306)/shop",
	} {
		if got, err := store.ParseURL(address); err != nil || got != want {
			t.Errorf("%s: %q, %v, must be %q", address, got, err, want)
		}
	}
	for _, address := range []string{
		"mysql://web:secret@db.example.com", "postgres://web:secret@db/shop", "mysql://web:secret@db/shop?what=ever", "web:secret/shop",
		"mysql://web:sec ret@db:port/shop",
	} {
		got, err := store.ParseURL(address)
		if err == nil {
			t.Errorf("%s is taken as %q", address, got)
		} else if strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "sec ret") {
			t.Errorf("the password stands in %q", err)
		}
	}
}
